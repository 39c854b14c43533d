"""The two products of every aggregator: scores of tasks from a table, and counts of votes by posterior.

Scores are ``S[t] = sum of table[v] over the votes v of task t``; counts are ``C[v] = sum of posterior[t] over
the tasks t that got vote v``, where a vote is a pair of worker and label. Both are sparse products, taken in
blocks whose scores stay in the cache, so that no array of votes times classes is ever made.
"""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias, TypeVar

from etl.crowd.votes import Votes
from etl.engine import array_namespace
from etl.engine.types import Array

Posterior: TypeAlias = Callable[[Array, int], tuple[Array, Array | float]]
"""Scores, (tasks, classes), and the place of the first task among all, to posteriors, which may overwrite the
scores, and the log likelihood, which stays where it is: a GPU is not waited for."""


class Counts(NamedTuple):
    """What an E step leaves of a piece; those of several pieces are summed by `add`.

    Attributes
    ----------
    by_vote : float64 array, shape (workers * classes, classes)
        Expected number of each worker's votes for each label (rows), by true label (columns).
    by_task : float64 array, shape (classes,)
        Expected number of tasks of each true label.
    log_likelihood : float64 array, shape (), or float
        Of the votes, in nats; or whatever else the rule of the posterior gives.
    """

    by_vote: Array
    by_task: Array
    log_likelihood: Array | float


Sums = TypeVar("Sums", bound=tuple)


def scores(votes: Votes, table: Array, out: Array | None = None) -> Array:
    """Sums of the table's rows over the votes of each task.

    Parameters
    ----------
    votes : Votes
    table : float64 array, shape (workers * classes, classes)
        What each vote, ``worker * classes + label``, says for each true label.
    out : float64 array, shape (tasks, classes), optional
        Written over and returned.

    Returns
    -------
    float64 array, shape (tasks, classes)
    """
    if out is None:
        out = votes.engine.xp.empty((len(votes.tasks), table.shape[1]))
    for tasks, matrix, _ in votes.blocks:
        out[tasks] = matrix @ table
    return out


def counts(votes: Votes, table: Array, posterior: Posterior) -> Counts:
    """Expected counts of a piece, in one pass.

    Parameters
    ----------
    votes : Votes
        What it knows of a task's label is its posterior.
    table : float64 array, shape (workers * classes, classes)
        See `scores`.
    posterior : callable
        See `Posterior`.
    """
    xp = votes.engine.xp
    by_vote = xp.zeros((table.shape[0], table.shape[1]))
    by_task, log_likelihood = xp.zeros(table.shape[1]), 0.0
    for tasks, matrix, transposed in votes.blocks:
        q, of_block = posterior(matrix @ table, votes.first + tasks.start)
        if votes.gold is not None:
            q = clamp(q, votes.gold[tasks])
        by_vote += transposed @ q
        by_task += q.sum(axis=0)
        log_likelihood += of_block
    return Counts(by_vote, by_task, log_likelihood)


def add(left: Sums, right: Sums) -> Sums:
    """Sum of two pieces' statistics, entry by entry.

    Parameters
    ----------
    left, right : NamedTuple of arrays or numbers
        Of one kind, such as `Counts`.
    """
    return type(left)(*(a + b for a, b in zip(left, right, strict=True)))


def clamp(q: Array, gold: Array) -> Array:
    """Posteriors, in place, with what is known: certainty of a label, or its probabilities.

    Parameters
    ----------
    q : float64 array, shape (tasks, classes)
    gold : int64 array, shape (tasks,), or float64, shape (tasks, classes)
        See `etl.crowd.votes.Votes`.
    """
    xp = array_namespace(q)
    if gold.ndim == 2:
        q[:] = xp.where(xp.isnan(gold), q, gold)
        return q
    known = xp.flatnonzero(gold >= 0)
    q[known] = 0.0
    q[known, gold[known]] = 1.0
    return q


def softmax(scores: Array) -> tuple[Array, Array]:
    """Rows of log weights to probabilities, in place, and the sum of the rows' log sums, of shape ().

    The largest weight of each row is taken out before `exp`: hundreds of votes on one task multiply to less
    than the least float.
    """
    xp = array_namespace(scores)
    top = scores[:, 0].copy()
    for k in range(1, scores.shape[1]):
        xp.maximum(top, scores[:, k], out=top)
    scores -= top[:, None]
    xp.exp(scores, out=scores)
    total = scores @ xp.ones(scores.shape[1])
    scores *= (1.0 / total)[:, None]
    return scores, top.sum() + xp.log(total).sum()


def normalise(scores: Array, first: int = 0) -> tuple[Array, float]:
    """Rows of weights to shares, in place; a row without weight becomes uniform. The shares of votes.

    Parameters
    ----------
    scores : float64 array, shape (tasks, classes)
        Not negative.
    first : int
        Not looked at: it makes this a `Posterior`.

    Returns
    -------
    shares : float64 array, shape (tasks, classes)
    log_likelihood : float
        0, as shares have none.
    """
    xp = array_namespace(scores)
    total = scores @ xp.ones(scores.shape[1])
    scores[total <= 0] = 1.0
    scores /= xp.where(total > 0, total, scores.shape[1])[:, None]
    return scores, 0.0


def vote_table(skills: Array, classes: int) -> Array:
    """Table in which each vote has its worker's weight for its own label, and 0 for the others.

    Parameters
    ----------
    skills : float64 array, shape (workers,)
    classes : int

    Returns
    -------
    float64 array, shape (workers * classes, classes)
    """
    xp = array_namespace(skills)
    return xp.kron(skills[:, None], xp.eye(classes))
