"""How much an answer is expected to tell: information gain, and classes that it leaves or strikes out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from etl.engine import array_namespace
from etl.engine.types import Array

Score = Literal["eig", "erc", "edc"]
SCORES: tuple[Score, ...] = ("eig", "erc", "edc")
GRID = float(1 << 20)
"""Scores are rounded to steps of 1 / GRID, so that sums of another order make no other choice."""
CELLS = 1 << 24
"""Items times questions worked on at a time."""
Block = Callable[[Array, Array, Array, Array, Score], tuple[Array, Array]]
"""Question and priority of some items, from `P`, candidates, questions, costs and the score."""


@dataclass(frozen=True)
class Best:
    """The best question of each item.

    Attributes
    ----------
    question : int64 array, shape (n,)
        -1 where no question splits the candidates.
    priority : float64 array, shape (n,)
        Of the item among others, `GRID` times its worth; higher is asked first, -inf where there is
        none.
    """

    question: Array
    priority: Array


def expected(P: Array, Y: Array, Q: Array, score: Score) -> Array:
    """Score of every question for every item, float64, shape (n, Q).

    With ``p`` the prior on the candidates ``y``, and ``q`` the probability of a yes:

    - EIG, bits of information about the class: ``-q log2 q - (1 - q) log2 (1 - q)``; more is better;
    - ERC, candidates that are left: ``q |y & Q| + (1 - q) |y & ~Q|``; less is better;
    - EDC, candidates that are struck out: ``|y| - ERC``; more is better.

    A question that does not split an item's candidates tells nothing: EIG and EDC are 0, and ERC is ``|y|``.
    Source: Hu et al. 2019, section 3.

    Parameters
    ----------
    P : float array, shape (n, K)
        Probability of each class by a model; need not sum to 1 over the candidates. Where it is 0 on all
        candidates they are taken as equally likely.
    Y : bool array, shape (n, K)
        Candidates.
    Q : bool array, shape (questions, K)
    score : {"eig", "erc", "edc"}

    Raises
    ------
    ValueError
        There is no such score.

    Examples
    --------
    >>> import numpy
    >>> Q, y = numpy.eye(3, dtype=bool), numpy.ones((1, 3), dtype=bool)
    >>> expected(numpy.array([[0.5, 0.25, 0.25]]), y, Q, "edc").tolist()
    [[1.5, 1.25, 1.25]]
    """
    check_score(score)
    xp = array_namespace(P)
    yes, left, size, splits = _answers(P, Y, Q)
    if score == "eig":
        return xp.where(splits, entropy(yes), 0.0)
    remaining = xp.where(splits, yes * left + (1 - yes) * (size - left), size)
    return remaining if score == "erc" else size - remaining


def check_score(score: str) -> None:
    """Refuse what is no score.

    Raises
    ------
    ValueError
        It is none of `SCORES`.
    """
    if score not in SCORES:
        raise ValueError(f"there is no score {score!r}; take one of {', '.join(SCORES)}")


def _answers(P: Array, Y: Array, Q: Array) -> tuple[Array, Array, Array, Array]:
    """Probability of yes, candidates after a yes, candidates now, and whether a question splits them."""
    xp = array_namespace(P)
    held, T = Y.astype("float64"), Q.T.astype("float64")
    size, left = held.sum(axis=1, keepdims=True), xp.rint(held @ T)
    return xp.clip(masked(P, held) @ T, 0, 1), left, size, (left > 0) & (left < size)


def masked(P: Array, held: Array) -> Array:
    """Prior among candidates of these weights; the weights where it is 0 on all.

    Parameters
    ----------
    P : float array, shape (n, K)
        Probability of each class by a model.
    held : float64 array, shape (n, K)
        Weights of the candidates, 0 for the others.

    Returns
    -------
    float64 array, shape (n, K)
        Rows sum to 1; to 0 where an item has no candidate.
    """
    xp = array_namespace(P)
    prior, size = held * P, held.sum(axis=1, keepdims=True)
    total = prior.sum(axis=1, keepdims=True)
    return xp.where(total > 0, prior / xp.where(total > 0, total, 1), held / xp.where(size > 0, size, 1))


def entropy(q: Array) -> Array:
    """Of a yes of this probability, in bits: ``-q log2 q - (1 - q) log2 (1 - q)``."""
    xp = array_namespace(q)
    return -q * xp.log2(xp.where(q > 0, q, 1)) - (1 - q) * xp.log2(xp.where(q < 1, 1 - q, 1))


def best(P: Array, Y: Array, Q: Array, costs: Array, score: Score) -> Best:
    """The best question of each item, and how urgent the item is.

    A question's worth is its EIG or EDC per cost; ERC and EDC find the same question of an item and differ in
    which item is asked first: that with the fewest classes to be left, or with the most to be struck out per
    cost. Where a model is certain so that every EIG is 0, its likeliest class is asked for. Scores are
    rounded to 1 / `GRID`: equal ones tie, whatever the order of their sums, and the first question wins.

    Parameters
    ----------
    P, Y, Q, score
        See `expected`.
    costs : float64 array, shape (questions,)

    Raises
    ------
    ValueError
        There is no such score.
    """
    return in_blocks(_block, P, Y, Q, costs, score)


def in_blocks(block: Block, P: Array, held: Array, rows: Array, costs: Array, score: Score) -> Best:
    """What a function of some items and all questions finds for all items, a few at a time.

    Parameters
    ----------
    block : function of (P, held, rows, costs, score)
        Question and priority of each of some items.
    P, held : arrays, shape (n, K)
        Prior, and candidates.
    rows : array, shape (questions, K)
    costs : float64 array, shape (questions,)
    score : {"eig", "erc", "edc"}
    """
    xp, size = array_namespace(P), max(1, CELLS // len(rows))
    slices = [slice(begin, begin + size) for begin in range(0, max(1, len(P)), size)]
    parts = [block(P[part], held[part], rows, costs, score) for part in slices]
    return Best(*(xp.concatenate(column) for column in zip(*parts, strict=True)))


def _block(P: Array, Y: Array, Q: Array, costs: Array, score: Score) -> tuple[Array, Array]:
    value = expected(P, Y, Q, "edc" if score == "erc" else score)
    size = Y.sum(axis=1)
    left = array_namespace(P).rint(Y.astype("float32") @ Q.T.astype("float32"))
    splits = (left > 0) & (left < size[:, None])
    return choose_questions(value, splits, size, costs, score, lambda: _likeliest(P, Y, Q, splits))


def choose_questions(
    value: Array, may_ask: Array, size: Array, costs: Array, score: Score, likeliest: Callable[[], Array]
) -> tuple[Array, Array]:
    """Question and priority of each item; see `Best`.

    Parameters
    ----------
    value : float64 array, shape (n, questions)
        EIG, or else EDC.
    may_ask : bool array, shape (n, questions) or (n, 1)
    size : array, shape (n,)
        Candidates.
    costs : float64 array, shape (questions,)
    score : {"eig", "erc", "edc"}
    likeliest : callable
        The questions where every EIG is 0, int64, shape (n,).

    Returns
    -------
    question : int64 array, shape (n,)
    priority : float64 array, shape (n,)
    """
    xp = array_namespace(value)
    rows = xp.arange(len(value))
    worth = xp.where(may_ask, xp.rint(value * GRID) * (1 / costs), -1.0)
    question = worth.argmax(axis=1)
    priority = worth[rows, question]
    if score == "eig":
        question = xp.where(priority > 0, question, likeliest())
    if score == "erc":
        priority = -xp.rint((size - value[rows, question]) * GRID)
    is_open = may_ask.any(axis=1)
    return xp.where(is_open, question, -1), xp.where(is_open, priority, -xp.inf)


def _likeliest(P: Array, Y: Array, Q: Array, splits: Array) -> Array:
    """The question for the fewest classes that hold the likeliest candidate; else the first that splits."""
    xp = array_namespace(P)
    top = xp.where(Y, P, -1).argmax(axis=1)
    classes = Q.shape[1]
    others = xp.where(splits, classes, classes + 1)
    sizes = xp.where(splits & Q.T[top], Q.sum(axis=1)[None, :], others)
    return sizes.argmin(axis=1)
