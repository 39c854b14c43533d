"""The two products of every aggregator: scores of tasks from a table, and counts of votes by posterior.

Scores are ``S[t] = sum of table[v] over the votes v of task t``; counts are ``C[v] = sum of posterior[t] over
the tasks t that got vote v``, where a vote is a pair of worker and label. Both are sparse products, taken in
blocks whose scores stay in the cache, so that no array of votes times classes is ever made.
"""

from collections.abc import Callable
from typing import Any

from etl.crowd.votes import Votes
from etl.engine import array_namespace

Counts = tuple[Any, Any, float]
Posterior = Callable[[Any, int], tuple[Any, float]]
"""Scores, (tasks, classes), and the place of the first task among all, to posteriors, which may overwrite the
scores, and the log likelihood."""


def scores(votes: Votes, table: Any) -> Any:
    """Sums of the table's rows over the votes of each task, float64, shape (tasks, classes)."""
    out = votes.engine.xp.empty((len(votes.tasks), table.shape[1]))
    for tasks, matrix, _ in votes.blocks:
        out[tasks] = matrix @ table
    return out


def counts(votes: Votes, table: Any, posterior: Posterior) -> Counts:
    """Expected counts of a piece, in one pass.

    Returns
    -------
    votes : array, shape (workers * classes, classes)
        Expected number of each worker's votes for each label, by true label.
    tasks : array, shape (classes,)
        Expected number of tasks of each label.
    loss : float
        Sum of what ``posterior`` gave.
    """
    xp = votes.engine.xp
    by_vote = xp.zeros((table.shape[0], table.shape[1]))
    by_task, loss = xp.zeros(table.shape[1]), 0.0
    for tasks, matrix, transposed in votes.blocks:
        share, part = posterior(matrix @ table, votes.first + tasks.start)
        if votes.gold is not None:
            share = clamp(share, votes.gold[tasks])
        by_vote += transposed @ share
        by_task += share.sum(axis=0)
        loss += part
    return by_vote, by_task, loss


def add(one: Counts, other: Counts) -> Counts:
    """Sum of two pieces' counts."""
    return one[0] + other[0], one[1] + other[1], one[2] + other[2]


def clamp(share: Any, gold: Any) -> Any:
    """Posteriors, with certainty where the label is known."""
    xp = array_namespace(share)
    known = xp.flatnonzero(gold >= 0)
    share[known] = 0.0
    share[known, gold[known]] = 1.0
    return share


def softmax(scores: Any) -> tuple[Any, float]:
    """Rows of log weights to probabilities, in place, and the sum of the rows' log sums."""
    xp = array_namespace(scores)
    top = scores[:, 0].copy()
    for k in range(1, scores.shape[1]):
        xp.maximum(top, scores[:, k], out=top)
    scores -= top[:, None]
    xp.exp(scores, out=scores)
    total = scores @ xp.ones(scores.shape[1])
    scores *= (1.0 / total)[:, None]
    return scores, float(top.sum() + xp.log(total).sum())


def normalise(scores: Any, first: int = 0) -> tuple[Any, float]:
    """Rows of weights to shares, in place; a row without weight becomes uniform."""
    xp = array_namespace(scores)
    total = scores @ xp.ones(scores.shape[1])
    scores[total <= 0] = 1.0
    scores /= xp.where(total > 0, total, scores.shape[1])[:, None]
    return scores, 0.0
