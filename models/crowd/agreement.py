"""Agreement of pairs of workers beyond what their skills explain, and of each worker with the others."""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from scipy.stats import norm

from etl.crowd.votes import Votes, votes_from_codes
from etl.engine import array_namespace
from etl.engine.types import Array
from etl.handoff import from_host
from etl.ids import tally
from etl.records import collect
from models.crowd import products
from models.crowd.dawid_skene import ConfusionModel

RARE = 0.02
"""Agreement is not expected with less than this probability, or one strange task would convict a pair."""
MANY = 30
"""Pairs from which the spread of honest ones is estimated."""
CHUNK = 1 << 20
"""Numbers worked on at a time."""


class PairSums(NamedTuple):
    """Sums over the common tasks of every pair of workers; each float64, shape (workers, workers).

    The upper halves are filled: the worker of the lower code is the row.

    Attributes
    ----------
    shared
        Common tasks.
    agreed
        Of these, those with the same vote.
    score
        ``sum of agree / e - 1``, where e is the probability that the two agree on the task.
    variance
        Of the score, for two who do not copy: ``sum of (1 - e) / e``.
    """

    shared: Array
    agreed: Array
    score: Array
    variance: Array


def pairs(votes: Votes, confusion: Array, priors: Array) -> PairSums:
    """Common tasks, agreements, scores and their variances of all pairs.

    Parameters
    ----------
    votes : Votes
    confusion : array, shape (workers, labels, true labels)
    priors : array, shape (classes,)
    """
    xp, size = votes.engine.xp, len(votes.workers)
    worker, label = votes.worker, votes.label
    log_votes = xp.log(confusion)
    log_q = products.scores(votes, log_votes.reshape(-1, len(priors))) + xp.log(priors)
    sums = [xp.zeros(size * size) for _ in PairSums._fields]
    for a, b in common_votes(votes):
        # q[k] = P(truth is k | all votes on the task but a's and b's)
        of_a, of_b = log_votes[worker[a], label[a]], log_votes[worker[b], label[b]]
        q, _ = products.softmax(log_q[votes.task[a]] - of_a - of_b)
        # e = sum over k, l of q[k] P(a votes l | k) P(b votes l | k)
        same_vote = xp.einsum("nlk,nlk->nk", confusion[worker[a]], confusion[worker[b]])
        e = xp.clip((q * same_vote).sum(axis=1), RARE, 1 - RARE)
        agree = (label[a] == label[b]).astype("float64")
        of_votes = PairSums(xp.ones(len(a)), agree, agree / e - 1, (1 - e) / e)
        pair = xp.minimum(worker[a], worker[b]) * size + xp.maximum(worker[a], worker[b])
        for total, values in zip(sums, of_votes, strict=True):
            total += tally(pair, size * size, values)
    return PairSums(*(total.reshape(size, size) for total in sums))


def common_votes(votes: Votes) -> Iterator[tuple[Array, Array]]:
    """Places of two votes on the same task: every such pair once, in chunks of int64 arrays."""
    xp, task = votes.engine.xp, votes.task
    wide = max(1, CHUNK // len(votes.labels) ** 2)
    for back in range(1, votes.most):
        places = xp.flatnonzero(task[back:] == task[:-back])
        for begin in range(0, len(places), wide):
            first = places[begin : begin + wide]
            yield first, first + back


def robust(votes: Votes, shared: Array, agreed: Array, passes: int = 60) -> ConfusionModel:
    """Confusions of one skill a worker, and priors: the kappa of two is about the product of their skills.

    A ring that outvotes others on its tasks deceives a posterior, but not this: its pairs are outliers to
    a rank-one fit, and weigh the less the farther they are off (Cauchy weights).

    Parameters
    ----------
    votes : Votes
    shared, agreed : float64 array, shape (workers, workers)
        See `PairSums`.
    passes : int
        Of the reweighted fit.
    """
    xp, size, classes = votes.engine.xp, len(votes.workers), len(votes.labels)
    skill = _rank_one_skills(*_kappa(votes, shared, agreed), xp.full(size, 0.6), passes)
    priors = tally(votes.label, classes) + 1.0
    priors = priors / priors.sum()
    knows = skill[:, None, None]
    return ConfusionModel(knows * xp.eye(classes) + (1 - knows) * priors[:, None], priors)


def _kappa(votes: Votes, shared: Array, agreed: Array) -> tuple[Array, Array, Array]:
    """Cohen's kappa of every pair, its noise, and whether there is one; each of shape (workers, workers)."""
    xp, size, classes = votes.engine.xp, len(votes.workers), len(votes.labels)
    margin = tally(votes.flat, size * classes).reshape(size, classes) * 1.0
    margin += 3.0 * margin.sum(axis=0) / len(votes)
    margin /= margin.sum(axis=1)[:, None]
    chance = xp.minimum(margin @ margin.T, 0.99)
    both, same = shared + shared.T, agreed + agreed.T
    count = xp.maximum(both, 1.0)
    kappa = (same / count - chance) / (1 - chance)
    noise = 0.1 + 0.7 * xp.sqrt((1 - chance) / (chance + 0.05) / count)
    return kappa, noise, both > 0


def _rank_one_skills(kappa: Array, noise: Array, is_known: Array, skill: Array, passes: int) -> Array:
    """Skills whose products are about the kappas: weighted least squares, reweighted in each pass."""
    xp = array_namespace(kappa)
    for _ in range(passes):
        residual = kappa - skill[:, None] * skill
        weight = is_known / (noise**2 + (residual / 2) ** 2)  # Cauchy
        # least squares with a prior of weight 3 at a skill of 0.6 (1.8 = 3 * 0.6), and half a step towards it
        slope, curvature = (weight * kappa) @ skill + 1.8, weight @ skill**2 + 3.0
        skill = (skill + xp.clip(slope / curvature, 0.0, 0.95)) / 2
    return skill


def informedness(votes: Votes, confusion: Array, priors: Array) -> tuple[Array, Array]:
    """Agreement of each worker with the others' posterior, 0 by chance and 1 at most, and its upper bound.

    Chance is what a worker with the same votes on other tasks would reach; the bound is of 99 %, one-sided.

    Parameters
    ----------
    votes : Votes
    confusion : float64 array, shape (workers, labels, true labels)
    priors : float64 array, shape (classes,)

    Returns
    -------
    informed, bound : float64 array, shape (workers,)
    """
    xp, workers = votes.engine.xp, len(votes.workers)
    log_votes = xp.log(confusion)
    scores = products.scores(votes, log_votes.reshape(-1, len(priors))) + xp.log(priors)
    q, _ = products.softmax(scores[votes.task] - log_votes[votes.worker, votes.label])
    right = q[xp.arange(len(votes)), votes.label]
    count = tally(votes.worker, workers)
    hits = tally(votes.worker, workers, right) / count
    voted = tally(votes.flat, workers * len(priors)).reshape(workers, -1) / count[:, None]
    seen = xp.stack([tally(votes.worker, workers, q[:, k]) for k in range(len(priors))], 1)
    chance = (voted * seen / count[:, None]).sum(axis=1)
    room = xp.maximum(1 - chance, 1e-9)
    error = 2.33 * xp.sqrt(xp.maximum(hits * (1 - hits), 0.25 / (count + 4)) / count)
    return (hits - chance) / room, (hits - chance + error) / room


def deflate(votes: Votes, rings: list[list[int]]) -> Votes:
    """Votes in which every ring is one worker, its first, who votes once on a task.

    A ring that outvotes the others makes their agreement look like a ring's; as one worker it does not.

    Parameters
    ----------
    votes : Votes
    rings : list of lists of int
        Codes of each ring's workers.
    """
    if not rings:
        return votes
    heads = np.arange(len(votes.workers))
    for ring in rings:
        heads[ring] = ring[0]
    worker = from_host(heads, votes.engine)[votes.worker]
    flat = worker.astype(votes.flat.dtype) * len(votes.labels) + votes.label
    with collect():  # what a ring votes twice is merged on purpose: the table that was given repeats nothing
        merged = votes_from_codes(votes.task, flat, votes.tasks, votes.workers, votes.labels)
    return replace(merged, gold=votes.gold)


def standardise(values: np.ndarray) -> np.ndarray:
    """Scores against the median and spread of all, where there are many; never spread less than by chance."""
    if len(values) < MANY:
        return values
    middle = np.median(values)
    spread = (np.quantile(values, 0.75) - np.quantile(values, 0.25)) / (norm.ppf(0.75) - norm.ppf(0.25))
    return (values - max(middle, 0.0)) / max(float(spread), 1.0)
