"""Chains: all questions that an item would be asked, one after another, until its class is known.

An item's questions depend on its own answers alone, so the chains of all items are computed side by side, and
a queue over items is a sort of them (`queue`). This needs the answers beforehand: recorded, or simulated.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from functools import partial
from math import inf
from typing import Any

from etl.engine import array_namespace, engine_of
from etl.engine.types import Array, ArrayModule
from etl.ids import tally
from models.partial.question_plan import Plan
from models.partial.questions import Questions
from models.partial.scores import SCORES, Score, best, check_score

BLOCK = 4096
"""Items whose chains are held at full length."""


@dataclass(frozen=True)
class Chains:
    """Questions, ordered by item and step.

    Attributes
    ----------
    item : int64 array, shape (n,)
        Place of the item among those given.
    step : int64 array, shape (n,)
        Number of the question in the item's chain, from 0.
    question : int64 array, shape (n,)
    priority : float64 array, shape (n,)
        See `models.partial.scores.Best`.
    """

    item: Array
    step: Array
    question: Array
    priority: Array

    def __len__(self) -> int:
        return len(self.item)

    def take(self, places: Array) -> "Chains":
        """Some of the questions, in the order given."""
        return Chains(*(getattr(self, field.name)[places] for field in fields(self)))


def chains(
    P: Array,
    Y: Array,
    truth: Array,
    asked: Questions,
    score: Score = "eig",
    workers: int = 1,
    budget: float = inf,
) -> Chains:
    """Chains of items whose true answers are known, under a prior that is only masked by the answers.

    Parameters
    ----------
    P : float array, shape (n, K)
        Prior of each item.
    Y : bool array, shape (n, K)
        Candidates of each item.
    truth : int array, shape (n,)
        Class by which each item's questions are answered.
    asked : Questions
    score : {"eig", "erc", "edc"}
    workers : int
        Threads on a CPU.
    budget : float
        Questions that `question_queue.select_within_budget` could not buy with it, going by priority alone,
        are left out: chains that fall behind are not computed to their end.

    Raises
    ------
    ValueError
        There is no such score, or a true class is not among the item's candidates.
    """
    xp = array_namespace(P)
    check_score(score)
    lost = xp.flatnonzero(~Y[xp.arange(len(Y)), truth])
    if len(lost):
        place = int(lost[0])
        raise ValueError(
            f"{len(lost):,} items have a true class that earlier answers struck out, the first is item "
            f"{place} of class {asked.classes[int(truth[place])]!r}; begin those items anew"
        )
    find = by_steps if engine_of(P).name == "gpu" else partial(by_kernel, workers=workers)
    enough = max(0.0, budget) / float(asked.costs.min()) * (1 + 1e-9) + 2
    if enough >= len(P):
        return find(P, Y, truth, asked, score)
    first = find(P, Y, truth, asked, score, most=1)
    if enough >= len(first):
        return find(P, Y, truth, asked, score)
    # So many first questions cost more than the budget: nothing less urgent than the last of them is bought.
    least = float(xp.sort(first.priority)[-int(enough)])
    items = first.item[first.priority >= least]
    urgent = find(P[items], Y[items], truth[items], asked, score, least=least)
    return replace(urgent, item=items[urgent.item])


def by_kernel(
    P: Array,
    Y: Array,
    truth: Array,
    asked: Questions,
    score: Score,
    most: int | None = None,
    least: float = -inf,
    workers: int = 1,
) -> Chains:
    """On a CPU: an item at a time, over the questions that still split its candidates.

    Parameters
    ----------
    P, Y, truth, asked, score, workers
        See `chains`.
    most : int, optional
        A chain ends after so many questions.
    least : float
        A chain ends before a question whose priority is below this.
    """
    xp = array_namespace(P)
    limits = SCORES.index(score), P.shape[1] if most is None else most, least
    work = partial(_kernel_block, P, Y, truth, asked.plan, limits)
    begins = range(0, len(P), BLOCK)
    if workers == 1:
        return concatenate(xp, list(map(work, begins)))
    with ThreadPoolExecutor(workers) as pool:
        return concatenate(xp, list(pool.map(work, begins)))


def _kernel_block(
    P: Array, Y: Array, truth: Array, plan: Plan, limits: tuple[int, int, float], begin: int
) -> tuple[Array, ...]:
    """Item, step, question and priority of the items of a block; limits are the score, most and least."""
    from models.partial import kernels

    xp, block = array_namespace(P), slice(begin, begin + BLOCK)
    steps, question, priority = kernels.chains(P[block], Y[block], truth[block], plan, *limits)
    step = xp.arange(len(question)) - xp.repeat(steps.cumsum() - steps, steps)
    return xp.repeat(xp.arange(begin, begin + len(steps)), steps), step, question, priority


def by_steps(
    P: Array,
    Y: Array,
    truth: Array,
    asked: Questions,
    score: Score,
    most: int | None = None,
    least: float = -inf,
) -> Chains:
    """Anywhere: a step of all open items at a time, as products of matrices.

    Parameters
    ----------
    P, Y, truth, asked, score
        See `chains`.
    most, least
        See `by_kernel`.
    """
    xp = array_namespace(P)
    Q, parts, number, Y = asked.matrix, list[tuple[Any, ...]](), 0, Y.copy()
    items = xp.flatnonzero(Y.sum(axis=1) > 1)
    while len(items) and number != most:
        step = best(P[items], Y[items], Q, asked.costs, score)
        is_on = step.priority >= least
        items, question = items[is_on], step.question[is_on]
        parts.append((items, xp.full(len(items), number), question, step.priority[is_on]))
        Y[items] &= Q[question] == Q[question, truth[items]][:, None]
        items, number = items[Y[items].sum(axis=1) > 1], number + 1
    found = concatenate(xp, parts)
    return found.take(xp.lexsort(xp.stack([found.step, found.item])))


def concatenate(xp: ArrayModule, parts: list[tuple[Array, ...]]) -> Chains:
    """Chains of parts that have their four arrays.

    Parameters
    ----------
    xp : module
        `numpy` or `cupy`, for where there is no part.
    parts : list of tuples of four arrays
        Item, step, question and priority, as `Chains` has them.
    """
    if not parts:
        empty = xp.zeros(0, dtype="int64")
        return Chains(empty, empty, empty, xp.zeros(0))
    return Chains(*(xp.concatenate(column) for column in zip(*parts, strict=True)))


def naive_cost(asked: Questions, chosen: Array | None = None) -> float:
    """Mean cost of finding an item's class by the questions that halve its candidates best.

    Parameters
    ----------
    asked : Questions
    chosen : int array, shape (n,), optional
        Class of each item; by default each class is one item.

    Returns
    -------
    float
        In the unit of the questions' costs.

    Notes
    -----
    On the 200 classes of Tiny ImageNet and WordNet's nouns this is 8.265 questions.
    """
    xp, size = array_namespace(asked.matrix), len(asked.classes)
    found = chains(
        xp.ones((size, size), dtype="float32"), xp.ones((size, size), dtype=bool), xp.arange(size), asked
    )
    each = tally(found.item, size, asked.costs[found.question])
    return float((each if chosen is None else each[chosen]).mean())
