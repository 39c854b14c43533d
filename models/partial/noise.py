"""Answers of workers who err: how likely a yes is, soft candidates, and what an answer is expected to tell.

A worker who is asked about an item of class z perceives a class z' by a confusion of theirs, and answers
truly for that. Soft candidates are the likelihood of all answers so far by class, scaled so that the
likeliest has 1. Their effective number is Hill's of order 2, ``(sum w)^2 / sum w^2``. Where nobody errs, soft
candidates are 0 or 1, their effective number counts them, and all that follows is what
`models.partial.scores` says.
"""

from etl.engine import array_namespace
from etl.engine.types import Array
from models.partial.scores import Best, Score, check_score, choose_questions, entropy, in_blocks, masked

SETTLED = 1.05
"""Effective candidates below which an item is not asked about any more."""


def answer_probability(confusion: Array, Q: Array) -> Array:
    """Probability of a yes to each question by class, float64, shape (questions, K).

    Parameters
    ----------
    confusion : float array, shape (K, K)
        Probability of what is perceived, by column, of a true class, by row.
    Q : bool array, shape (questions, K)

    Raises
    ------
    ValueError
        A row of the confusion is not a distribution.
    """
    xp = array_namespace(Q)
    confusion = xp.asarray(confusion, dtype="float64")
    wrong = (confusion < 0).any(axis=1) | ~(xp.abs(confusion.sum(axis=1) - 1) < 1e-6)
    if bool(wrong.any()):
        row = int(wrong.argmax())
        raise ValueError(
            f"row {row} of the confusion sums to {float(confusion[row].sum()):.4g}, or has a value below 0; "
            "it must hold the probability of each class that is perceived"
        )
    return xp.clip(Q.astype("float64") @ confusion.T, 0, 1)


def with_errors(confusion: Array, errors: float) -> Array:
    """The confusion with its mistakes scaled so that every class is mistaken with the same probability.

    Classes that were never mistaken are mistaken for any other alike.

    Parameters
    ----------
    confusion : float array, shape (K, K)
        Probability, or count, of what is perceived, by column, of a true class, by row.
    errors : float
        Probability of a mistake.

    Returns
    -------
    float64 array, shape (K, K)
        Rows sum to 1.
    """
    xp = array_namespace(confusion)
    others = ~xp.eye(len(confusion), dtype=bool)
    wrong = xp.where(others, xp.asarray(confusion, dtype="float64"), 0.0)
    wrong = xp.where(wrong.sum(axis=1, keepdims=True) > 0, wrong, others.astype("float64"))
    return errors * wrong / wrong.sum(axis=1, keepdims=True) + (1 - errors) * xp.eye(len(confusion))


def effective(W: Array) -> Array:
    """Effective number of candidates of each item, (n,)."""
    W = W.astype("float64")
    return W.sum(axis=1) ** 2 / (W * W).sum(axis=1)


def answered(W: Array, likelihood: Array) -> Array:
    """Soft candidates after an answer of that likelihood by class.

    Parameters
    ----------
    W : float array, shape (n, K)
        Soft candidates before.
    likelihood : float array, shape (n, K)

    Returns
    -------
    float array, shape (n, K)
        The likeliest class of each row has 1.
    """
    after = W * likelihood
    return after / after.max(axis=1, keepdims=True)


def expected(P: Array, W: Array, A: Array, score: Score) -> Array:
    """Score of every question for every item as `scores.expected` has it, float64, shape (n, questions).

    EIG is the mutual information of class and answer, ``H(sum p a) - sum p H(a)``; ERC and EDC count
    effective candidates.

    Parameters
    ----------
    P : float array, shape (n, K)
        Prior by a model.
    W : float array, shape (n, K)
        Soft candidates.
    A : float64 array, shape (questions, K)
        See `answer_probability`.
    score : {"eig", "erc", "edc"}
    """
    xp = array_namespace(P)
    held, T = W.astype("float64"), xp.ascontiguousarray(A.T)
    prior = masked(P, held)
    yes = xp.clip(prior @ T, 0, 1)
    if score == "eig":
        return xp.maximum(entropy(yes) - prior @ entropy(T), 0)
    square = held * held
    after_yes = _hill(held @ T, square @ (T * T))
    after_no = _hill(held @ (1 - T), square @ ((1 - T) * (1 - T)))
    remaining = yes * after_yes + (1 - yes) * after_no
    return remaining if score == "erc" else effective(held)[:, None] - remaining


def _hill(total: Array, squares: Array) -> Array:
    xp = array_namespace(total)
    return xp.where(squares > 0, total * total / xp.where(squares > 0, squares, 1), 0.0)


def best(P: Array, W: Array, A: Array, costs: Array, score: Score) -> Best:
    """The best question of each item that is not settled, and its urgency; see `scores.best`.

    Parameters
    ----------
    P, W, A, score
        See `expected`.
    costs : float64 array, shape (questions,)

    Raises
    ------
    ValueError
        There is no such score.
    """
    check_score(score)
    return in_blocks(_block, P, W, A, costs, score)


def _block(P: Array, W: Array, A: Array, costs: Array, score: Score) -> tuple[Array, Array]:
    value, size = expected(P, W, A, "edc" if score == "erc" else score), effective(W)
    is_open = (size > SETTLED)[:, None]
    return choose_questions(value, is_open, size, costs, score, lambda: _likeliest(P, W, A))


def _likeliest(P: Array, W: Array, A: Array) -> Array:
    """Where a model is certain: the question that parts its class from the soft candidates best."""
    xp = array_namespace(P)
    top = xp.where(W > 0, W * P, -1).argmax(axis=1)
    others = W.sum(axis=1)[:, None] - W @ A.T
    return (A[:, top].T * others).argmax(axis=1)
