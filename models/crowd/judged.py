"""Accuracy of aggregated labels and of classifiers where no truth is known, from the votes alone.

A classifier that was trained on other tasks is one more worker: its confusion with the hidden truth is learnt
together with those of the workers. Truths and confusions are drawn from their joint posterior by Gibbs
sampling, so that doubt about the workers is in the interval; by several chains, because one would stay near
its start.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from etl.crowd.votes import Votes
from etl.engine import array_namespace
from etl.engine.types import Array
from etl.handoff import numbers, to_host
from etl.hashing import mix
from etl.ids import tally
from etl.records import Choice, record
from models.crowd.judging_chain import Chain
from models.crowd.random_draws import Draws
from models.crowd.single_votes import ranges

LABELS = "labels"
STARTS = ((0, 3), (5, 5), (40, 3))
"""Of each chain: EM steps with the classifier that it begins after, and groups of workers."""
WIDER = 1.3
"""Intervals of draws are stretched by this, as simulated crowds asked for: `benchmarks.trinity.coverage`."""
METHOD = "votes and predictions together, errors independent given the truth"
SINGLE = "no task has two votes: how far predictions or votes err cannot be told apart, and a range is given"
RANGE = "range of what single votes allow"
LARGE = 1 << 20
"""Numbers of a table, workers times classes times classes, beyond which workers are drawn together."""
MOST = 20_000
"""Tasks beyond which a sample of them is judged."""


@dataclass(frozen=True)
class Estimate:
    """An accuracy, or a difference of two, with its 95 % interval.

    Attributes
    ----------
    value, low, high : float
    method : str
        How it was found.
    """

    value: float
    low: float
    high: float
    method: str


@dataclass(frozen=True)
class Judgement:
    """Accuracies that may be true given the votes.

    Attributes
    ----------
    draws : dict of array of float64, shape (draws,)
        By name; the same draw of all names is of the same workers.
    tasks : int
        That were judged.
    method : str
    expected : dict of array of float64, shape (tasks,)
        Probability that each task's label is right, on the data's device; empty where tasks were sampled.
    """

    draws: dict[str, np.ndarray]
    tasks: int
    method: str
    expected: dict[str, Array] = field(default_factory=dict)

    def estimate(self, name: str) -> Estimate:
        """Accuracy of the labels or of a classifier."""
        return self._interval(self.draws[name], 0.0)

    def difference(self, a: str, b: str) -> Estimate:
        """How much more accurate the first is than the second."""
        return self._interval(self.draws[a] - self.draws[b], -1.0)

    def _interval(self, drawn: np.ndarray, least: float) -> Estimate:
        middle = float(drawn.mean())
        ends = middle + WIDER * (np.quantile(drawn, (0.025, 0.975)) - middle)
        low, high = ends[0] - 1 / self.tasks, ends[1] + 1 / self.tasks  # a task is right or is not
        return Estimate(middle, float(max(low, least)), float(min(high, 1.0)), self.method)


def judge(
    votes: Votes,
    posterior: Array,
    predicted: Mapping[str, Array],
    *,
    draws: int = 200,
    random_state: int = 0,
) -> Judgement:
    """Judge labels and classifiers by the votes.

    It is assumed that workers and classifier err independently given the truth. Where all of them are misled
    by the same tasks, nothing in the votes tells it, and accuracies come out too high, or too low for a
    classifier that is better than the crowd: give known labels to `models.crowd.rectified.by_gold`.

    Parameters
    ----------
    votes : Votes
        Known labels are passed over.
    posterior : float64 array, shape (tasks, classes)
        Of an aggregator that saw no known label, or labels are right where one is; its largest entries are
        the labels that are judged.
    predicted : dict of int array, shape (tasks,)
        Label codes by each classifier, which was not trained on the votes of the task.
    draws : int
        Draws that are kept.
    random_state : int

    Returns
    -------
    Judgement
        Of "labels" and of each classifier.

    Raises
    ------
    ValueError
        Shapes do not fit the votes, or a classifier is named "labels".
    """
    codes, votes = _checked(votes, posterior, predicted), votes.unaware()
    total, names = len(votes.tasks), (LABELS, *predicted)
    if votes.most == 1:
        record(Choice(reason=SINGLE))
        drawn = ranges(votes, codes, draws, random_state)
        return Judgement(dict(zip(names, drawn.T, strict=True)), total, RANGE)
    if total > MOST:
        votes, posterior, codes = _sampled(votes, posterior, codes, random_state)
    if len(votes.workers) * len(votes.labels) ** 2 > LARGE:
        votes = _alike(votes, posterior)
    accuracies, right = _chains(votes, posterior, codes, draws, random_state)
    drawn, expected = to_host(accuracies)[:, : len(names)], dict(zip(names, right, strict=False))
    if len(posterior) < total:
        drawn, expected = _of_all(drawn, len(posterior), total), {}
    return Judgement(dict(zip(names, drawn.T, strict=True)), len(posterior), METHOD, expected)


def _chains(
    votes: Votes, posterior: Array, codes: list[Array], draws: int, random_state: int
) -> tuple[Array, Array]:
    """Accuracies, (draws, 1 + classifiers), and each task's probability to be right, transposed."""
    xp = votes.engine.xp
    codes = codes or [xp.zeros(len(posterior), dtype="int64")]  # who always says the same says nothing
    reference = _most_agreed(posterior, codes)
    found, sums, each = [], 0.0, -(-draws // len(STARTS))
    for number, (steps, groups) in enumerate(STARTS):
        chain = Chain(votes, posterior, codes, reference, Draws(xp, random_state * len(STARTS) + number))
        accuracies, hits = chain.run(steps, groups, each)
        found.append(accuracies)
        sums = sums + hits
    return xp.concatenate(found), sums / (each * len(STARTS))


def _most_agreed(posterior: Array, codes: list[Array]) -> int:
    """Place of the classifier that the posterior agrees with most."""
    rows = array_namespace(posterior).arange(len(posterior))
    return int(np.argmax(numbers([posterior[rows, each].mean() for each in codes])))


def _checked(votes: Votes, posterior: Array, predicted: Mapping[str, Array]) -> list[Array]:
    """Codes of each classifier, int64."""
    shape = (len(votes.tasks), len(votes.labels))
    if posterior.shape != shape:
        raise ValueError(f"posterior has shape {posterior.shape}; the votes have tasks and labels {shape}")
    for name, codes in predicted.items():
        if name == LABELS:
            raise ValueError(f"a classifier is named {LABELS!r}, as the aggregated labels are; rename it")
        if codes.shape != shape[:1]:
            raise ValueError(f"{name} predicts {codes.shape} labels; give one for each of {shape[0]:,} tasks")
    return [codes.astype("int64") for codes in predicted.values()]


def _sampled(
    votes: Votes, posterior: Array, codes: list[Array], seed: int
) -> tuple[Votes, Array, list[Array]]:
    """So many tasks, drawn by a hash of their place."""
    total, xp = len(votes.tasks), votes.engine.xp
    record(Choice(reason=f"accuracy is estimated from {MOST:,} of {total:,} tasks: more tells little more"))
    chosen = xp.sort(mix(xp.arange(total), seed).argsort()[:MOST])
    return votes.on(votes.tasks[chosen]), posterior[chosen], [each[chosen] for each in codes]


def _alike(votes: Votes, posterior: Array) -> Votes:
    """Votes in which workers who agree with the labels about as often are one, so that tables stay small."""
    size = len(votes.workers)
    kept = max(LARGE // len(votes.labels) ** 2, 1)
    record(Choice(reason=f"of so many labels {size:,} workers are judged as {kept:,} groups of like skill"))
    agreed = posterior[votes.task, votes.label]
    share = (tally(votes.worker, size, agreed) + 1.0) / (tally(votes.worker, size) + 2.0)
    group = share.argsort().argsort() * kept // size
    flat = group[votes.worker] * len(votes.labels) + votes.label
    return replace(votes, flat=flat, workers=votes.engine.df.RangeIndex(kept))


def _of_all(drawn: np.ndarray, sampled: int, total: int) -> np.ndarray:
    """Accuracies of all tasks, given those of a sample; which classifiers err together is not looked at."""
    spread = np.sqrt(drawn * (1 - drawn) * (1 / sampled - 1 / total))
    return np.clip(drawn + spread * np.random.default_rng(0).normal(size=drawn.shape), 0.0, 1.0)
