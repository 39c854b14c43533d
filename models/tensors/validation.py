"""Entries that are held out, the error on them, and a rank by that error."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from etl.engine import engine_of
from etl.engine.types import Array
from etl.handoff import from_host
from models.tensors.arrays import namespace

PATIENCE = 2
"""Ranks, one after the other, that may be no better before no further one is tried."""
GAIN = 0.01
"""Share of the error that a higher rank must save."""


def draw(seen: Array, share: float, seed: int, along: int | None = None) -> Array:
    """Entries to hold out, of those that are seen.

    Parameters
    ----------
    seen : bool array, shape (n_1, ..., n_N), of NumPy or CuPy
    share : float
        Of all entries, or of fibres.
    seed : int
    along : int, optional
        A mode of which whole fibres are held out, such as minutes: all of a sensor's day; by default
        entries one by one.

    Returns
    -------
    bool array, shape (n_1, ..., n_N)
        Something that is seen is left of each slice.

    Examples
    --------
    >>> held = draw(np.ones((8, 10, 50), bool), 0.1, 0, along=2)
    >>> bool((held.all(2) | ~held.any(2)).all()), 0 < int(held.sum()) < 1000
    (True, True)
    """
    shape = [1 if mode == along else size for mode, size in enumerate(seen.shape)]
    drawn = np.random.default_rng(seed).random(shape, dtype="float32") < share
    held = seen & from_host(drawn, engine_of(seen))
    for mode in range(seen.ndim):
        others = tuple(each for each in range(seen.ndim) if each != mode)
        held = held & (seen & ~held).any(others, keepdims=True)
    return held


def rmse(found: Array, X: Array, where: Array) -> Array:
    """Root of the mean squared error of some entries, 0-d; NaN if there are none.

    Parameters
    ----------
    found, X : float arrays, shape (n_1, ..., n_N)
    where : bool array, shape (n_1, ..., n_N)
    """
    xp = namespace(X)
    error = xp.where(where, found - X, 0.0)
    count = where.sum()
    return xp.sqrt((error * error).sum() / xp.where(count > 0, count, 1) * xp.where(count > 0, 1.0, np.nan))


class Choice(NamedTuple):
    """The rank that was chosen, the error of each that was tried, and why."""

    rank: int
    errors: dict[int, float]
    reason: str


def choose(error: Callable[[int], float], ranks: Sequence[int]) -> Choice:
    """The smallest rank whose error is within `GAIN` of the least; higher ones are tried while they help.

    Parameters
    ----------
    error : function of a rank
        On entries that were held out.
    ranks : sequence of int
        Ascending.

    Examples
    --------
    >>> choose({1: 3.0, 2: 1.0, 3: 0.999, 4: 1.2, 5: 0.1}.get, [1, 2, 3, 4, 5])[:2]
    (2, {1: 3.0, 2: 1.0, 3: 0.999, 4: 1.2})
    """
    errors = dict[int, float]()
    best, worse = float("inf"), 0
    for rank in ranks:
        errors[rank] = error(rank)
        better = errors[rank] < (1 - GAIN) * best
        best, worse = (errors[rank], 0) if better else (best, worse + 1)
        if worse >= PATIENCE:
            break
    least = min(errors.values())
    rank = next(each for each in errors if errors[each] <= least / (1 - GAIN))
    ended = " and higher ones did not help" if worse >= PATIENCE else ""
    return Choice(rank, errors, f"the error on entries held out is least or nearly so{ended}")
