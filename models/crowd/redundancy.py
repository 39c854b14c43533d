"""Is it better to label once? Accuracy by votes a task, at a fixed number of votes or of tasks."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
from scipy.stats import t

from etl.crowd.sample import sample
from etl.crowd.votes import Votes
from etl.engine.types import Array
from etl.handoff import numbers

Point: TypeAlias = dict[str, Any]
"""``method, redundancy, tasks, accuracies, mean, half``: see `curve`."""


def curve(
    votes: Votes,
    measure: Callable[[Votes, str, int], Array | float],
    methods: Sequence[str],
    redundancies: Sequence[int],
    seeds: Sequence[int],
    budget: int | None = None,
) -> list[Point]:
    """Accuracy of each method at each number of votes a task.

    Parameters
    ----------
    votes : Votes
    measure : callable
        ``measure(votes, method, seed)`` returns the accuracy that a method comes to with these votes, as a
        float or an array of shape (); all are read together.
    methods : sequence of str
    redundancies : sequence of int
        Votes a task; those that no task has are passed over.
    seeds : sequence of int
        Draws of votes and tasks.
    budget : int, optional
        Votes in all, so that more a task means fewer tasks; by default all tasks with as many votes.

    Returns
    -------
    list of dict
        ``method, redundancy, tasks, accuracies, mean, half`` (see `interval`).
    """
    points: list[Point] = []
    unread: list[Array | float] = []
    for redundancy in (r for r in redundancies if r <= votes.most):
        drawn = [sample(votes, redundancy, budget, seed) for seed in seeds]
        for method in methods:
            unread += [measure(part, method, seed) for part, seed in zip(drawn, seeds, strict=True)]
            points.append({"method": method, "redundancy": redundancy, "tasks": len(drawn[0].tasks)})
    read = iter(numbers(unread))
    for point in points:
        point["accuracies"] = [next(read) for _ in seeds]
        point["mean"], point["half"] = interval(point["accuracies"])
    return points


def interval(values: Sequence[float]) -> tuple[float, float | None]:
    """Mean and half the width of its 95 % interval by Student's t; None of a single value.

    Examples
    --------
    >>> mean, half = interval([0.8, 0.9])
    >>> round(mean, 2), round(half, 2)
    (0.85, 0.64)
    """
    if len(values) < 2:
        return float(np.mean(values)), None
    spread = float(np.std(values, ddof=1)) / len(values) ** 0.5
    return float(np.mean(values)), float(t.ppf(0.975, len(values) - 1)) * spread


def is_single_best(points: list[Point]) -> dict[str, bool | None]:
    """Whether each method is best with one vote a task: None where 95 % intervals do not tell.

    It is where one vote is better than each other number, draw by draw, by more than chance gives; it is not
    where another number is so much better.

    Parameters
    ----------
    points : list of dict
        From `curve`.

    Examples
    --------
    >>> few, many = {"method": "a", "redundancy": 1}, {"method": "a", "redundancy": 3}
    >>> is_single_best([few | {"accuracies": [0.8, 0.9]}, many | {"accuracies": [0.7, 0.81]}])
    {'a': True}
    >>> is_single_best([few | {"accuracies": [0.8, 0.9]}, many | {"accuracies": [0.7, 0.89]}])
    {'a': None}
    """
    return {
        method: _is_best({p["redundancy"]: p["accuracies"] for p in points if p["method"] == method})
        for method in dict.fromkeys(point["method"] for point in points)
    }


def _is_best(accuracies: dict[int, list[float]]) -> bool | None:
    others = [r for r in accuracies if r != 1]
    if 1 not in accuracies or not others or len(accuracies[1]) < 2:
        return None
    gains = [interval(np.subtract(accuracies[1], accuracies[other]).tolist()) for other in others]
    if any(mean + (half or 0.0) < 0 for mean, half in gains):
        return False
    return True if all(mean - (half or 0.0) > 0 for mean, half in gains) else None
