"""Agreement of pairs of workers beyond what their skills explain, and of each worker with the others."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from scipy.stats import norm

from etl.crowd.votes import Votes, votes_from_codes
from models.crowd import products
from models.crowd.dawid_skene import posterior
from models.crowd.pooled import pool, shares

RARE = 0.02
"""Agreement is not expected with less than this probability, or one strange task would convict a pair."""
MANY = 30
"""Pairs from which the spread of honest ones is estimated."""
PASSES = 20
"""Of EM, when the others judge."""
CHUNK = 1 << 22
"""Numbers worked on at a time."""


def pairs(votes: Votes, confusion: Any, priors: Any, weight: Any = 1.0) -> tuple[Any, Any, Any, Any]:
    """Common tasks, agreements, scores and their variances of all pairs.

    Returns arrays of shape (workers, workers), of which the upper halves are filled.

    Parameters
    ----------
    confusion : array, shape (workers, labels, true labels)
    priors : array, shape (classes,)
    weight : array, shape (workers, 1, 1), optional
        Of each worker's votes in the posterior: 0 for those who are not asked.
    """
    xp, size = votes.engine.xp, len(votes.workers)
    log, worker, label = weight * xp.log(confusion), votes.worker, votes.label
    scores = products.scores(votes, log.reshape(-1, len(priors))) + xp.log(priors)
    sums = [xp.zeros(size * size) for _ in range(4)]
    for one, other in together(votes):
        left, right = log[worker[one], label[one]], log[worker[other], label[other]]
        q, _ = products.softmax(scores[votes.task[one]] - left - right)
        both = xp.einsum("nlk,nlk->nk", confusion[worker[one]], confusion[worker[other]])
        expected = xp.clip((q * both).sum(axis=1), RARE, 1 - RARE)
        agree = (label[one] == label[other]).astype("float64")
        parts = (xp.ones(len(one)), agree, agree / expected - 1, (1 - expected) / expected)
        key = xp.minimum(worker[one], worker[other]) * size + xp.maximum(worker[one], worker[other])
        for total, part in zip(sums, parts, strict=True):
            total += xp.bincount(key, weights=part, minlength=size * size)
    one, two, three, four = (total.reshape(size, size) for total in sums)
    return one, two, three, four


def robust(votes: Votes, shared: Any, agreed: Any, passes: int = 60) -> tuple[Any, Any]:
    """Confusions of one skill a worker, and priors: the kappa of two is about the product of their skills.

    A ring that outvotes others on its tasks deceives a posterior, but not this: its pairs are outliers to
    a rank-one fit, and weigh the less the farther they are off (Cauchy weights).
    """
    xp, size, classes = votes.engine.xp, len(votes.workers), len(votes.labels)
    margin = xp.bincount(votes.flat, minlength=size * classes).reshape(size, classes) * 1.0
    margin += 3.0 * margin.sum(axis=0) / len(votes)
    margin /= margin.sum(axis=1)[:, None]
    chance = xp.minimum(margin @ margin.T, 0.99)
    both, same = shared + shared.T, agreed + agreed.T
    there = both > 0
    many = xp.maximum(both, 1.0)
    kappa = (same / many - chance) / (1 - chance)
    noise = 0.1 + 0.7 * xp.sqrt((1 - chance) / (chance + 0.05) / many)
    skill = xp.full(size, 0.6)
    for _ in range(passes):
        weight = there / (noise**2 + ((kappa - skill[:, None] * skill) / 2) ** 2)
        top, low = (weight * kappa) @ skill + 1.8, weight @ skill**2 + 3.0
        skill = (skill + xp.clip(top / low, 0.0, 0.95)) / 2
    priors = xp.bincount(votes.label, minlength=classes) + 1.0
    priors = priors / priors.sum()
    skill = skill[:, None, None]
    return skill * xp.eye(classes) + (1 - skill) * priors[:, None], priors


def by_others(votes: Votes, accused: list[int], confusion: Any, priors: Any) -> tuple[Any, Any, Any]:
    """Confusions and priors by pooled Dawid-Skene from the votes of all but the accused, and their weights.

    The accused have confusions too, counted against the others' posterior.
    """
    xp = votes.engine.xp
    weight = xp.ones((len(votes.workers), 1, 1))
    weight[xp.asarray(accused)] = 0.0
    for _ in range(PASSES):
        rule = partial(posterior, log_priors=xp.log(priors))
        table = (weight * xp.log(confusion)).reshape(-1, len(priors))
        by_vote, by_task, _ = products.counts(votes, table, rule)
        confusion, priors = pool(by_vote.reshape(confusion.shape), 3.0), shares(by_task)
    return confusion, priors, weight


def together(votes: Votes) -> Iterator[tuple[Any, Any]]:
    """Places of two votes on the same task: every such pair once, in chunks."""
    xp, task = votes.engine.xp, votes.task
    wide = max(1, CHUNK // len(votes.labels) ** 2)
    for back in range(1, int(xp.diff(votes.starts).max())):
        places = xp.flatnonzero(task[back:] == task[:-back])
        for begin in range(0, len(places), wide):
            first = places[begin : begin + wide]
            yield first, first + back


def informedness(votes: Votes, confusion: Any, priors: Any) -> tuple[Any, Any]:
    """Agreement of each worker with the others' posterior, 0 by chance and 1 at most, and its upper bound.

    Chance is what a worker with the same votes on other tasks would reach; the bound is of 99 %, one-sided.
    """
    xp, workers = votes.engine.xp, len(votes.workers)
    log = xp.log(confusion)
    scores = products.scores(votes, log.reshape(-1, len(priors))) + xp.log(priors)
    q, _ = products.softmax(scores[votes.task] - log[votes.worker, votes.label])
    right = q[xp.arange(len(votes)), votes.label]
    count = xp.bincount(votes.worker, minlength=workers)
    hits = xp.bincount(votes.worker, weights=right, minlength=workers) / count
    cells = xp.bincount(votes.flat, minlength=workers * len(priors)).reshape(workers, -1) / count[:, None]
    seen = xp.stack(
        [xp.bincount(votes.worker, weights=q[:, k], minlength=workers) for k in range(len(priors))], 1
    )
    chance = (cells * seen / count[:, None]).sum(axis=1)
    room = xp.maximum(1 - chance, 1e-9)
    error = 2.33 * xp.sqrt(xp.maximum(hits * (1 - hits), 0.25 / (count + 4)) / count)
    return (hits - chance) / room, (hits - chance + error) / room


def deflate(votes: Votes, rings: list[list[int]]) -> Votes:
    """Votes in which every ring is one worker, its first, who votes once on a task.

    A ring that outvotes the others makes their agreement look like a ring's; as one worker it does not.
    """
    if not rings:
        return votes
    xp = votes.engine.xp
    heads = xp.arange(len(votes.workers))
    for ring in rings:
        heads[xp.asarray(ring)] = ring[0]
    flat = heads[votes.worker].astype(votes.flat.dtype) * len(votes.labels) + votes.label
    return votes_from_codes(votes.task, flat, votes.tasks, votes.workers, votes.labels)


def standardise(values: np.ndarray) -> np.ndarray:
    """Scores against the median and spread of all, where there are many; never spread less than by chance."""
    if len(values) < MANY:
        return values
    middle = np.median(values)
    spread = (np.quantile(values, 0.75) - np.quantile(values, 0.25)) / (norm.ppf(0.75) - norm.ppf(0.25))
    return (values - max(middle, 0.0)) / max(float(spread), 1.0)
