"""The search for the question and worker of each item that teach most for their cost."""

from etl.engine import array_namespace, engine_of
from etl.engine.types import Array
from etl.hashing import mix
from models.partial import plan_model as model

CENT = 1e-9
"""Costs and gains that differ by less count as equal."""
CELLS = 1 << 24
"""Items times workers times outcomes that are worked on at a time on a device."""


def best(
    p: Array, chances: Array, free: Array, price: Array, outcome: model.Outcomes, left: float, seed: int
) -> tuple[Array, Array, Array]:
    """Most gain per cost of each item, and the question and worker of it.

    Parameters
    ----------
    p : float64 array, shape (items, K)
        Posteriors.
    chances : float64 array, shape (workers, R, K)
        See `models.partial.plan_model.Belief.chances`.
    free : bool array, shape (items, workers)
        Who can be asked about what.
    price : float64 array, shape (questions,)
    outcome : Outcomes
    left : float
        Money: dearer questions are passed over.
    seed : int
        Of ties between workers.

    Returns
    -------
    value : float64 array, shape (items,)
        Nats per cost, with the worker's worth in the cost; 0 where nothing can be asked.
    question, worker : int64 arrays, shape (items,)
    """
    xp = array_namespace(p)
    worth = price + left / max(int(free.sum()), 1)  # a worker who is asked is used up
    find = by_blocks if engine_of(p).name == "gpu" else by_worker
    return find(p, chances, free, outcome, xp.where(price <= left + CENT, worth, xp.inf), seed)


def by_worker(
    p: Array, chances: Array, free: Array, outcome: model.Outcomes, worth: Array, seed: int
) -> tuple[Array, Array, Array]:
    """`best` on a CPU: one worker after another, over the items that she is free for.

    Parameters
    ----------
    p, chances, free, outcome, seed
        See `best`.
    worth : float64 array, shape (questions,)
        What a question uses up; infinite where there is no money for it.
    """
    xp, (items, workers) = array_namespace(p), free.shape
    value, tie = xp.zeros(items), xp.zeros(items, dtype="uint64")
    question, worker = xp.zeros(items, dtype="int64"), xp.zeros(items, dtype="int64")
    for who in range(workers):
        item = xp.flatnonzero(free[:, who])
        if not len(item):
            continue
        rate = model.gains(p[item], chances[who], outcome) / worth
        what = rate.argmax(axis=1)
        rate = rate.max(axis=1).round(9)
        draw = mix(item * workers + who, seed)
        better = (rate > value[item]) | ((rate == value[item]) & (draw > tie[item]))
        item = item[better]
        value[item], tie[item], question[item], worker[item] = rate[better], draw[better], what[better], who
    return value, question, worker


def by_blocks(
    p: Array, chances: Array, free: Array, outcome: model.Outcomes, worth: Array, seed: int
) -> tuple[Array, Array, Array]:
    """`best` anywhere: many workers at a time, and all items.

    Parameters
    ----------
    p, chances, free, outcome, worth, seed
        See `by_worker`.
    """
    xp, (items, workers) = array_namespace(p), free.shape
    value, tie = xp.zeros(items), xp.zeros(items, dtype="uint64")
    question, worker = xp.zeros(items, dtype="int64"), xp.zeros(items, dtype="int64")
    row, size = xp.arange(items), max(1, CELLS // max(items * chances.shape[1], 1))
    for begin in range(0, workers, size):
        who = xp.arange(begin, min(begin + size, workers))
        rates = model.gains(p, chances[begin : begin + size], outcome) / worth
        what, rate = rates.argmax(axis=2), rates.max(axis=2).round(9)
        rate = xp.where(free[:, begin : begin + size], rate, -1.0)
        top = rate.max(axis=1)
        draws = xp.where(rate == top[:, None], mix(row[:, None] * workers + who, seed), xp.uint64(0))
        place = draws.argmax(axis=1)
        draw = draws[row, place]
        better = (top > value) | ((top == value) & (draw > tie))
        value, tie = xp.where(better, top, value), xp.where(better, draw, tie)
        question = xp.where(better, what[row, place], question)
        worker = xp.where(better, who[place], worker)
    return value, question, worker
