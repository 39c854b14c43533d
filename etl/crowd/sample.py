"""Fewer votes: so many a task, of as many tasks as a budget pays for."""

from etl.crowd.votes import Votes
from etl.engine.types import Array, ArrayModule
from etl.hashing import mix
from etl.ids import tally


def sample(votes: Votes, redundancy: int, budget: int | None = None, seed: int = 0) -> Votes:
    """Votes drawn at random: so many of each task, or of as many tasks as a budget pays for.

    Parameters
    ----------
    votes : Votes
    redundancy : int
        Most votes of a task; 0 keeps all.
    budget : int, optional
        Votes in all: tasks that have ``redundancy`` votes are drawn until they are spent. By default every
        task is taken, and those with fewer votes keep them.
    seed : int
        Of tasks and votes.

    Raises
    ------
    ValueError
        No task has so many votes.

    Examples
    --------
    >>> import pandas
    >>> from etl.crowd.votes import encode
    >>> table = pandas.DataFrame({"task": [1, 1, 1, 2], "worker": list("abca"), "label": [0, 1, 1, 0]})
    >>> votes = encode(table)
    >>> len(sample(votes, 2)), sample(votes, 2, budget=2).tasks.tolist()
    (3, [1])
    """
    xp = votes.engine.xp
    sizes = xp.diff(votes.starts)
    chosen = sizes > 0
    if votes.most < redundancy:
        raise ValueError(f"no task has {redundancy} votes; the most is {votes.most}")
    if budget is not None:
        chosen = sizes >= max(redundancy, 1)
        chosen = _afford(chosen, xp.minimum(sizes, redundancy or votes.most), budget, seed, xp)
    task = votes.task
    kept = chosen[task]
    if redundancy:
        order = xp.lexsort(xp.stack([mix(xp.arange(len(votes)), 2 * seed), task.astype("uint64")]))
        rank = xp.empty(len(votes), dtype="int64")
        rank[order] = xp.arange(len(votes)) - votes.starts[task[order]]
        kept &= rank < redundancy
    sizes = tally(task[kept], len(sizes))[chosen]
    starts = xp.zeros(len(sizes) + 1, dtype="int64")
    starts[1:] = xp.cumsum(sizes)
    gold = None if votes.gold is None else votes.gold[chosen]
    return Votes(starts, votes.flat[kept], votes.tasks[chosen], votes.workers, votes.labels, gold)


def _afford(chosen: Array, prices: Array, budget: int, seed: int, xp: ArrayModule) -> Array:
    """Of the chosen tasks, those that come first in an arbitrary order until the budget is spent."""
    tasks = xp.flatnonzero(chosen)
    order = tasks[xp.argsort(mix(tasks, 2 * seed + 1), kind="stable")]
    within = order[xp.cumsum(prices[order]) <= budget]
    out = xp.zeros(len(chosen), dtype=bool)
    out[within if len(within) else order[:1]] = True
    return out
