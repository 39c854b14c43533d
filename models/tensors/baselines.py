"""What a decomposition must beat where entries are missing: means, and lines between neighbours."""

from collections.abc import Sequence

from etl.engine.types import Array
from models.tensors.arrays import namespace


def mean(X: Array) -> Array:
    """The mean of what is seen, everywhere.

    Parameters
    ----------
    X : float array, shape (n_1, ..., n_N)
        NaN where an entry is missing; one at least is not.

    Examples
    --------
    >>> import numpy
    >>> mean(numpy.array([[1.0, numpy.nan, 3.0]])).tolist()
    [[2.0, 2.0, 2.0]]
    """
    return namespace(X).zeros_like(X) + _means(X, range(X.ndim))


def seasonal_mean(X: Array, over: int, fallback: Sequence[int] = ()) -> Array:
    """The mean over one mode: of the same sensor and minute over all days.

    Parameters
    ----------
    X : float array, shape (n_1, ..., n_N)
        NaN where an entry is missing.
    over : int
        The mode.
    fallback : sequence of int
        Further modes over which the mean is taken where nothing is seen; beyond them, all.

    Examples
    --------
    >>> import numpy
    >>> seasonal_mean(numpy.array([[1.0, 3.0], [5.0, numpy.nan]]), 0).tolist()
    [[3.0, 3.0], [3.0, 3.0]]
    """
    xp = namespace(X)
    found, modes = _means(X, [over]), [over]
    for further in (*fallback, None):
        modes = list(range(X.ndim)) if further is None else [*modes, further]
        found = xp.where(found == found, found, _means(X, modes))
    return xp.zeros_like(X) + found


def _means(X: Array, modes: Sequence[int]) -> Array:
    """Means of what is seen over modes, which stay with size 1; NaN where nothing is."""
    xp, axes = namespace(X), tuple(modes)
    seen = X == X
    count = seen.sum(axes, keepdims=True)
    total = xp.where(seen, X, 0.0).sum(axes, keepdims=True)
    return xp.where(count > 0, total / xp.where(count > 0, count, 1), float("nan"))


def interpolate(X: Array, along: int, positions: Array, otherwise: Array) -> Array:
    """Straight lines between what is seen along a mode; beyond the first and the last, these.

    Parameters
    ----------
    X : float array, shape (n_1, ..., n_N), of NumPy or CuPy
        NaN where an entry is missing.
    along : int
        The mode.
    positions : float array, shape (n_along,)
        Where its labels stand, ascending.
    otherwise : float array, shape (n_1, ..., n_N)
        For fibres along the mode of which nothing is seen.

    Examples
    --------
    >>> import numpy
    >>> line = numpy.array([[numpy.nan, 1.0, numpy.nan, 5.0]])
    >>> interpolate(line, 1, numpy.array([0.0, 1.0, 2.0, 5.0]), line).tolist()
    [[1.0, 1.0, 2.0, 5.0]]
    """
    xp, size = namespace(X), X.shape[along]
    rows = xp.moveaxis(X, along, -1)
    flat = rows.reshape(-1)
    known = xp.flatnonzero(flat == flat)
    rank = xp.cumsum(flat == flat).reshape(rows.shape) - 1
    place = xp.arange(flat.size).reshape(rows.shape)
    fibre = place // size
    last = max(len(known) - 1, 0)
    before = known[xp.clip(rank, 0, last)]
    after = known[xp.clip(rank + 1, 0, last)]
    has_before = (rank >= 0) & (before // size == fibre)
    has_after = after // size == fibre
    before = xp.where(has_before, before, after)
    after = xp.where(has_after, after, before)
    start, end, here = (positions[one % size] for one in (before, after, place))
    share = (here - start) / xp.where(end > start, end - start, 1.0)
    found = flat[before] + xp.clip(share, 0.0, 1.0) * (flat[after] - flat[before])
    found = xp.where(rows == rows, rows, found)
    found = xp.where(has_before | has_after, found, xp.moveaxis(otherwise, along, -1))
    return xp.moveaxis(found, -1, along)
