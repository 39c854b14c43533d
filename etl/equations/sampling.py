"""Points at which equations are tried: both signs, inside and outside the unit interval, far and near."""

from typing import Final

import numpy as np

SCALES: Final = (0.1, 0.5, 1.0, 1.55, 2.5, 5.0, 9.0)
"""Edges of the classes of magnitude; asin(sin(x)) = x ends at 1.57, sqrt((x - 5)**2) = x - 5 at 5."""
COUNT: Final = 12
"""Points by default: each class of magnitude with each sign."""


def sample_points(symbols: int, count: int = COUNT, seed: int = 0) -> np.ndarray:
    """Real points, spread over signs and magnitudes of each symbol.

    Parameters
    ----------
    symbols : int
    count : int
        Multiples of 12 meet every class of magnitude with both signs equally often.
    seed : int
        The values of a symbol depend on it, on the symbol's number and on ``count`` alone.

    Returns
    -------
    complex128 array, shape (symbols, count)

    Examples
    --------
    >>> points = sample_points(2)
    >>> points.shape, int((points.real > 0).sum()), float(abs(points).max()) < 9
    ((2, 12), 12, True)
    """
    rows = [_row(number, count, np.random.default_rng([seed, number])) for number in range(symbols)]
    return np.array(rows, np.complex128).reshape(symbols, count)


def _row(number: int, count: int, rng: np.random.Generator) -> np.ndarray:
    classes = len(SCALES) - 1
    place = np.arange(count)
    sign = (
        np.where((place >> min(number, 2)) & 1, -1.0, 1.0) if number < 2 else rng.permutation(_signs(count))
    )
    kind = np.empty(count, np.int64)
    for each in (-1.0, 1.0):
        which = np.flatnonzero(sign == each)
        kind[which] = rng.permutation(np.arange(len(which)) % classes)
    low, high = np.log(SCALES[:-1]), np.log(SCALES[1:])
    return sign * np.exp(low[kind] + (high - low)[kind] * rng.random(count))


def _signs(count: int) -> np.ndarray:
    return np.where(np.arange(count) % 2, -1.0, 1.0)
