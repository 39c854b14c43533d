"""Accuracy where few truths are known: those, and the estimate from votes on all tasks, corrected by them."""

import numpy as np
from scipy.stats import norm

from etl.engine import array_namespace
from etl.engine.types import Array
from etl.handoff import numbers
from models.crowd.judged import Estimate


def wilson(right: float, known: int, level: float = 0.95) -> tuple[float, float]:
    """Interval of a share, of which so many are right.

    Source: Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the
    American Statistical Association 22, 1927.

    Parameters
    ----------
    right : float
        Tasks that are right.
    known : int
        Tasks in all, at least one.
    level : float

    Examples
    --------
    >>> tuple(round(end, 3) for end in wilson(8, 10))
    (0.49, 0.943)
    """
    z = float(norm.ppf(0.5 + level / 2))
    share, extra = right / known, z * z / known
    half = z * np.sqrt(share * (1 - share) / known + extra / (4 * known)) / (1 + extra)
    middle = (share + extra / 2) / (1 + extra)
    return float(max(middle - half, 0.0)), float(min(middle + half, 1.0))


def by_gold(right: Array, known: Array, expected: Array | None = None) -> Estimate:
    """Accuracy from tasks whose truth is known, and from what was expected of all tasks.

    The mean of what is known, plus ``weight`` times what all tasks are expected to be better than those; the
    weight is the one of least variance, so that a poor expectation costs nothing but noise. Source:
    Angelopoulos, Duchi and Zrnic, "PPI++: efficient prediction-powered inference", 2023, example 6.1.

    Parameters
    ----------
    right : bool array, shape (tasks,)
        Whether the label is the known one; not looked at elsewhere.
    known : bool array, shape (tasks,)
        Tasks whose truth is known, a random sample of all.
    expected : float64 array, shape (tasks,), optional
        Probability that the label is right, as of `models.crowd.judged.Judgement`; made without the truths.

    Returns
    -------
    Estimate
        With few errors among those known the Wilson interval, which does not need many.

    Raises
    ------
    ValueError
        No truth is known.
    """
    count, correct, moments = _moments(right, known, expected)
    if not count:
        raise ValueError("no task has a known label; give some, or use models.crowd.judged.judge alone")
    alone = Estimate(correct / count, *wilson(correct, int(count)), f"{int(count):,} known labels")
    if expected is None or min(correct, count - correct) < FEW:
        return alone
    shift, variance = _rectified(correct / count, count, *moments)
    value, half = alone.value + shift, 1.96 * variance**0.5
    low, high = max(value - half, 0.0), min(value + half, 1.0)
    return Estimate(value, low, high, f"{alone.method}, and the votes on all tasks")


FEW = 10
"""Errors, or hits, among known tasks below which the sum is far from normal."""


def _moments(right: Array, known: Array, expected: Array | None) -> tuple[float, float, list[float]]:
    """Known tasks, right ones of them, and of the expectation: means, variances, and a covariance."""
    xp = array_namespace(known)
    own, correct = known.astype("float64"), (right & known).astype("float64")
    count = own.sum()
    sums = [count, correct.sum()]
    if expected is not None:
        safe = xp.maximum(count, 1.0)
        inside, overall = (own * expected).sum() / safe, expected.mean()
        of_known = (own * (expected - inside) ** 2).sum() / safe
        both = (correct * (expected - inside)).sum() / safe
        sums += [xp.asarray(float(len(known))), inside, overall, of_known, both]
    count, correct, *moments = numbers(sums)
    return count, correct, moments


def _rectified(
    share: float, count: float, total: float, inside: float, overall: float, spread: float, both: float
) -> tuple[float, float]:
    """What is added to the share of right ones, and the variance of the sum."""
    away = 1.0 / count - 1.0 / total  # of the difference between the mean of a sample and that of all
    weight = min(max(both / spread, 0.0), 1.0) if spread > 0 else 0.0
    variance = (share * (1 - share) - 2 * weight * both + weight**2 * spread) * away
    return weight * (overall - inside), max(variance, 0.0)
