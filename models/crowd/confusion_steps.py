"""The steps between votes and a model's labels of their tasks: confusions, posterior, evidence."""

from functools import partial
from typing import Literal

from etl.crowd.votes import Votes
from etl.engine import array_namespace
from etl.engine.types import Array
from models.crowd import products
from models.crowd.dawid_skene import LEAST, ConfusionModel, logs, posterior
from models.crowd.pooled import pool, shares


def confusions(
    votes: Votes, T: Array, smoothing: float, prior: Literal["uniform", "model"]
) -> ConfusionModel:
    """Confusions, and class shares, that make the votes likeliest given the tasks' labels.

    Parameters
    ----------
    votes : Votes
        What it knows of a task's label counts.
    T : float array, shape (tasks, classes)
        Probability of each label, or a one for it.
    smoothing : float
        Votes that the pooled confusion counts as. With 0, a worker's row without counts is uniform.
    prior : {"uniform", "model"}
        Class shares: all alike, or the means of ``T``.
    """
    xp, size = votes.engine.xp, len(votes.labels)
    given = partial(_given, T=T if votes.gold is None else T.copy())  # which known labels are written into
    by_vote, by_task, _ = products.counts(votes, xp.zeros((len(votes.workers) * size, size)), given)
    cube = by_vote.reshape(-1, size, size)
    priors = shares(by_task) if prior == "model" else xp.full(size, 1.0 / size)
    if smoothing > 0:
        return ConfusionModel(pool(cube, smoothing), priors)
    cube = xp.maximum(cube, LEAST)
    return ConfusionModel(cube / cube.sum(axis=1, keepdims=True), priors)


def _given(scores: Array, first: int, T: Array) -> tuple[Array, float]:
    return T[first : first + len(scores)], 0.0


def vote_posterior(votes: Votes, params: ConfusionModel | None) -> Array:
    """Probability of each label from the votes alone; without parameters the shares of votes.

    Parameters
    ----------
    votes : Votes
    params : ConfusionModel or None

    Returns
    -------
    float64 array, shape (tasks, classes)
    """
    if params is None:
        ones = votes.engine.xp.ones(len(votes.workers))
        return products.normalise(products.scores(votes, products.vote_table(ones, len(votes.labels))))[0]
    table, log_priors = logs(params)
    return posterior(products.scores(votes, table), 0, log_priors)[0]


def evidence(votes: Votes, T: Array, params: ConfusionModel) -> Array:
    """Log likelihood of each task's votes, where ``T[i, k]`` is the probability of its class k.

    It is ``log of sum over k of T[i, k] * product of confusion[worker, vote, k]``.

    Parameters
    ----------
    votes : Votes
    T : float64 array, shape (tasks, classes)
    params : ConfusionModel

    Returns
    -------
    float64 array, shape (tasks,)
        In nats.
    """
    xp = array_namespace(T)
    scores = products.scores(votes, logs(params)[0])
    scores += xp.log(xp.maximum(T, LEAST))
    top = scores.max(axis=1)
    return top + xp.log(xp.exp(scores - top[:, None]).sum(axis=1))


def significantly_lower(best: Array, now: Array) -> Array:
    """Whether the mean over tasks has fallen by more than two standard errors of the difference.

    Parameters
    ----------
    best, now : float64 array, shape (tasks,)
        Log likelihoods of the same tasks.

    Returns
    -------
    bool array, shape ()
    """
    fall = best - now
    return fall.mean() > 2 * fall.std() / max(len(fall) - 1, 1) ** 0.5
