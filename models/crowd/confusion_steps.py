"""The steps between votes and a model's labels of their tasks: confusions, posterior, evidence."""

from functools import partial
from typing import Any

from etl.crowd.votes import Votes
from etl.engine import array_namespace
from models.crowd import products
from models.crowd.aggregator import vote_table
from models.crowd.dawid_skene import LEAST, posterior
from models.crowd.pooled import pool, shares


def confusions(votes: Votes, T: Any, smoothing: float, prior: str) -> tuple[Any, Any]:
    """Confusions, and class shares, that make the votes likeliest given the tasks' labels.

    Parameters
    ----------
    T : array, shape (tasks, classes)
        Probability of each label, or a one for it.
    smoothing : float
        Votes that the pooled confusion counts as. With 0, a worker's row without counts is uniform.
    prior : {"uniform", "model"}
        Class shares: all alike, or the means of ``T``.

    Returns
    -------
    confusion : array, shape (workers, labels voted, true labels)
    priors : array, shape (classes,)
    """
    xp, size = votes.engine.xp, len(votes.labels)
    given = partial(_given, T=T)
    by_vote, by_task, _ = products.counts(votes, xp.zeros((len(votes.workers) * size, size)), given)
    cube = by_vote.reshape(-1, size, size)
    priors = shares(by_task) if prior == "model" else xp.full(size, 1.0 / size)
    if smoothing > 0:
        return pool(cube, smoothing), priors
    cube = xp.maximum(cube, LEAST)
    return cube / cube.sum(axis=1, keepdims=True), priors


def _given(scores: Any, first: int, T: Any) -> tuple[Any, float]:
    return T[first : first + len(scores)], 0.0


def _logs(params: Any) -> tuple[Any, Any]:
    xp, (confusion, priors) = array_namespace(params[0]), params
    return xp.log(xp.maximum(confusion, LEAST)).reshape(-1, len(priors)), xp.log(xp.maximum(priors, LEAST))


def vote_posterior(votes: Votes, params: Any) -> Any:
    """Probability of each label from the votes alone, (tasks, classes); at first the shares of votes."""
    if params is None:
        ones = votes.engine.xp.ones(len(votes.workers))
        return products.normalise(products.scores(votes, vote_table(ones, len(votes.labels))))[0]
    table, log_priors = _logs(params)
    return posterior(products.scores(votes, table), 0, log_priors)[0]


def evidence(votes: Votes, T: Any, params: Any) -> Any:
    """Log likelihood of each task's votes, (tasks,), where ``T[i, k]`` is the probability of its class k.

    It is ``log of sum over k of T[i, k] * product of confusion[worker, k, vote]``.
    """
    xp = array_namespace(T)
    scores = products.scores(votes, _logs(params)[0])
    scores += xp.log(xp.maximum(T, LEAST))
    top = scores.max(axis=1)
    return top + xp.log(xp.exp(scores - top[:, None]).sum(axis=1))


def significantly_lower(best: Any, now: Any) -> bool:
    """Whether the mean over tasks has fallen by more than two standard errors of the difference."""
    fall = best - now
    return bool(fall.mean() > 2 * fall.std() / max(len(fall) - 1, 1) ** 0.5)
