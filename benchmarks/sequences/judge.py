"""How good forecasts are: errors by step, their intervals, and by how much one method beats another."""

import math
from typing import Any

import numpy as np
from scipy import stats

from benchmarks.sequences.sets import Sequences, Values

Row = dict[str, Any]
DRAWS = 2_000


def errors(truth: Values, found: Values) -> Row:
    """What is kept of one forecast of all windows.

    Parameters
    ----------
    truth, found : array, shape (origins, series, horizon)

    Returns
    -------
    dict
        ``horizon``, root mean square by step; ``window``, mean squares by window (origins, series).
    """
    square = (truth - found) ** 2
    return {"horizon": np.sqrt(square.mean((0, 1))).tolist(), "window": square.mean(2).tolist()}


def long_steps(horizon: int) -> slice:
    """The last third of the steps: what is called a long horizon here."""
    return slice(horizon - horizon // 3, horizon)


def rms(by_step: list[float], part: slice = slice(None)) -> float:
    """Root mean square over steps of what is root mean squares by step.

    Examples
    --------
    >>> round(rms([3.0, 4.0]), 4)
    3.5355
    """
    return float(np.sqrt(np.mean(np.square(by_step[part]))))


def seeds_interval(values: list[float]) -> tuple[float, float]:
    """Bounds of the mean over seeds at 95 % (Student's t); the value itself where there is one seed."""
    mean, count = float(np.mean(values)), len(values)
    if count < 2:
        return mean, mean
    half = float(stats.t.ppf(0.975, count - 1) * np.std(values, ddof=1) / math.sqrt(count))
    return mean - half, mean + half


def change(ours: list[float], other: list[float]) -> tuple[float, float, float]:
    """Change of the other's mean error in percent and its bounds at 95 %, by Welch's t on logarithms.

    Examples
    --------
    >>> [round(value) for value in change([0.9, 0.9], [1.0, 1.0])]
    [-10, -10, -10]
    """
    a, b = np.log(ours), np.log(other)
    va, vb = a.var(ddof=1) / len(a), b.var(ddof=1) / len(b)
    mid, spread = a.mean() - b.mean(), math.sqrt(va + vb)
    free = (va + vb) ** 2 / (va**2 / (len(a) - 1) + vb**2 / (len(b) - 1)) if spread else 1.0
    half = float(stats.t.ppf(0.975, free)) * spread
    low, middle, high = (100 * (math.exp(mid + by) - 1) for by in (-half, 0.0, half))
    return middle, low, high


def skill(method: Values, rival: Values, data: Sequences, draws: int = DRAWS) -> tuple[float, float, float]:
    """Share of a rival's error that a method saves, and its bounds at 95 %, over windows drawn in pairs.

    Origins are drawn in blocks of consecutive ones that together are as long as the horizon, series one by
    one; the set says which of them.

    Parameters
    ----------
    method, rival : array, shape (origins, series)
        Mean squares by window; of several seeds their mean.
    data : Sequences
    draws : int
    """
    rng = np.random.default_rng(0)
    count, series = method.shape
    apart = int(np.diff(data.test.origins).min()) if count > 1 else data.horizon
    block = min(count, -(-data.horizon // apart))
    one = np.ones((draws, count)) if "origins" not in data.resampled else _blocks(rng, draws, count, block)
    other = np.ones((draws, series))
    if "series" in data.resampled:
        other = rng.multinomial(series, np.full(series, 1 / series), draws).astype(float)
    found, base = (np.sqrt(((one @ each) * other).sum(1)) for each in (method, rival))
    low, high = np.quantile(1 - found / base, (0.025, 0.975))
    return 1 - math.sqrt(method.mean() / rival.mean()), float(low), float(high)


def _blocks(rng: np.random.Generator, draws: int, count: int, block: int) -> Values:
    """How often each origin is drawn, (draws, count): blocks from a circle of all origins."""
    blocks = -(-count // block)
    starts = rng.integers(0, count, (draws, blocks))
    drawn = ((starts[..., None] + np.arange(block)) % count).reshape(draws, -1)
    return np.stack([np.bincount(row, minlength=count) for row in drawn]).astype(float)
