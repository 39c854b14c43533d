"""Whether two workers share answers or only are as good: likelihoods of both, where all others are asked.

Agreement on right answers is what good workers have in common, so it accuses nobody. The votes of two on a
task are right or wrong independently of each other, or are one answer: with ``q`` the others' posterior,
``A`` and ``B`` the confusions of the two and ``c`` the share that is copied,
``P(l, m) = sum over k of q[k] ((1 - c) A[l, k] B[m, k] + c [l = m] (A[l, k] + B[m, k]) / 2)``.
"""

from functools import partial
from typing import NamedTuple

import numpy as np

from etl.crowd.votes import Votes
from etl.engine import array_namespace
from etl.engine.types import Array
from etl.handoff import from_host, to_host
from etl.ids import tally
from models.crowd import products
from models.crowd.dawid_skene import LEAST, ConfusionModel, posterior
from models.crowd.pooled import pool, shares

BY_CHANCE = 0.02
"""Share of shared answers that is nobody's fault: a few strange tasks."""
AT_LEAST = 0.5
"""Share of shared answers of two who copy: tasks that are hard for all come to less."""
TRUST = 0.5
"""Power of the others' likelihood: hard tasks are hard for all, so they are less sure than they seem."""
DOUBT = 0.95
"""Probability of being right that the accused begin with."""
STRENGTH = 3.0
"""Votes that a worker's own share of right ones counts as, for each true label."""
PASSES = 20
"""Of EM for the others."""
MOST = 1 << 25
"""Numbers, votes times classes, that the accused are compared by; further tasks are passed over."""


class PairVotes(NamedTuple):
    """Votes of two of the accused on the same tasks.

    Attributes
    ----------
    pair, one, other : int64 array, shape (n,)
        Code of the pair, and the labels that the two voted for.
    known : float64 array, shape (n, classes)
        The others' posterior of the task.
    """

    pair: Array
    one: Array
    other: Array
    known: Array


class Fit(NamedTuple):
    """What fits the votes of pairs: the share that is copied and log likelihoods, each of shape (pairs,)."""

    share: Array
    log_likelihood: Array


def gains(votes: Votes, accused: list[int], skills: ConfusionModel) -> np.ndarray:
    """Log likelihood that copying gains over skill alone, by all that others know; in nats, for each pair.

    Parameters
    ----------
    votes : Votes
    accused : list of int
        Codes of workers; their own votes do not tell what is right.
    skills : ConfusionModel
        Of all workers, to begin with.

    Returns
    -------
    float64 array, shape (accused, accused)
        On the host; 0 of two who share less than half of their answers.
    """
    xp, size = votes.engine.xp, len(accused)
    known, skills = by_others(votes, accused, skills)
    rows = common(votes, accused, known)
    fitted = partial(fit, rows, size * size, skills.confusion)
    honest = fitted(xp.full(size * size, BY_CHANCE), is_free=False)
    copied = fitted(xp.full(size * size, 0.5), is_free=True)
    gain = copied.log_likelihood - honest.log_likelihood
    gain = to_host(xp.where(copied.share >= AT_LEAST, gain, 0.0)).reshape(size, size)
    return gain + gain.T


def by_others(votes: Votes, accused: list[int], skills: ConfusionModel) -> tuple[Array, ConfusionModel]:
    """Posterior of tasks, (tasks, classes), by pooled Dawid-Skene without the accused, and its parameters.

    Parameters
    ----------
    votes : Votes
    accused : list of int
    skills : ConfusionModel
        To begin with.
    """
    xp, (confusion, priors) = votes.engine.xp, skills
    asked = np.ones((len(votes.workers), 1, 1))
    asked[accused] = 0.0
    weight = from_host(asked, votes.engine)
    for _ in range(PASSES):
        rule = partial(posterior, log_priors=xp.log(priors))
        table = (weight * xp.log(confusion)).reshape(-1, len(priors))
        by_vote, by_task, _ = products.counts(votes, table, rule)  # E step
        confusion, priors = pool(by_vote.reshape(confusion.shape), STRENGTH), shares(by_task)  # M step
    table = (TRUST * weight * xp.log(confusion)).reshape(-1, len(priors))
    known, _ = products.softmax(products.scores(votes, table) + xp.log(priors))
    return known, ConfusionModel(confusion, priors)


def common(votes: Votes, accused: list[int], known: Array) -> PairVotes:
    """Votes of all pairs of the accused on their common tasks; the one of the lower code comes first.

    Parameters
    ----------
    votes : Votes
    accused : list of int
    known : float64 array, shape (tasks, classes)
    """
    xp, size = votes.engine.xp, len(accused)
    codes = np.full(len(votes.workers), -1)
    codes[accused] = np.arange(size)
    code = from_host(codes, votes.engine)[votes.worker]
    places = xp.flatnonzero(code >= 0)[: max(1, 2 * MOST // (len(votes.labels) * size))]
    code, task, label = code[places], votes.task[places], votes.label[places]
    found = []
    for back in range(1, min(size, len(places))):
        first = xp.flatnonzero(task[back:] == task[:-back])
        a, b = code[first], code[first + back]
        one, other = xp.where(a < b, first, first + back), xp.where(a < b, first + back, first)
        found.append(
            xp.stack([xp.minimum(a, b) * size + xp.maximum(a, b), label[one], label[other], task[first]])
        )
    pair, one, other, common_task = xp.concatenate(found, axis=1)
    return PairVotes(pair, one, other, known[common_task])


def fit(rows: PairVotes, pairs: int, pattern: Array, share: Array, is_free: bool, passes: int = 40) -> Fit:
    """EM for the confusions of both workers of each pair and, where it is free, the share that is copied.

    Parameters
    ----------
    rows : PairVotes
    pairs : int
    pattern : float64 array, shape (workers, labels, true labels)
        Confusions of the others: which way votes go wrong.
    share : float64 array, shape (pairs,)
        Of answers that are copied, to begin with.
    is_free : bool
    passes : int
    """
    xp, classes = array_namespace(rows.known), rows.known.shape[1]
    place = rows.pair * classes
    ones, others, same = place + rows.one, place + rows.other, (rows.one == rows.other)[:, None]
    A = B = around(xp.full(pairs, DOUBT), pattern)
    count = xp.maximum(tally(rows.pair, pairs), 1)
    for _ in range(passes):
        copied = share[rows.pair][:, None]
        a, b = A.reshape(-1, classes)[ones], B.reshape(-1, classes)[others]
        apart, of_a, of_b = (1 - copied) * a * b, copied / 2 * same * a, copied / 2 * same * b
        total = (rows.known * (apart + of_a + of_b)).sum(axis=1)
        q = rows.known / total[:, None]  # E step
        A, B = (
            _m_step(ones, q * (apart + of_a), pattern, pairs),
            _m_step(others, q * (apart + of_b), pattern, pairs),
        )
        if is_free:
            share = tally(rows.pair, pairs, (q * (of_a + of_b)).sum(axis=1)) / count
    return Fit(share, tally(rows.pair, pairs, xp.log(total)))


def _m_step(vote: Array, q: Array, pattern: Array, pairs: int) -> Array:
    """Confusions, (pairs, labels, true labels), from the posterior of each vote and its truth."""
    xp, classes = array_namespace(q), q.shape[1]
    counts = [tally(vote, pairs * classes, q[:, k]) for k in range(classes)]
    cube = xp.stack(counts, axis=1).reshape(pairs, classes, classes)
    right = cube.diagonal(axis1=1, axis2=2).sum(axis=1) / xp.maximum(cube.sum(axis=(1, 2)), LEAST)
    cube = cube + STRENGTH * around(right, pattern)
    return cube / cube.sum(axis=1, keepdims=True)


def around(right: Array, pattern: Array) -> Array:
    """Confusions of workers who are right so often, and go wrong as all others together do.

    Parameters
    ----------
    right : float64 array, shape (n,)
    pattern : float64 array, shape (workers, labels, true labels)

    Returns
    -------
    float64 array, shape (n, labels, true labels)
    """
    xp, classes = array_namespace(right), pattern.shape[1]
    is_right = xp.eye(classes, dtype=bool)
    wrong = xp.where(is_right, 0.0, pattern.sum(axis=0) + LEAST)
    right = right.clip(LEAST, 1 - LEAST)[:, None, None]
    return xp.where(is_right, right, (1 - right) * wrong / wrong.sum(axis=0))
