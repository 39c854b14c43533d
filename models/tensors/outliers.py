"""Entries that are far from a fit, by what is usual in their slice of each mode."""

from etl.engine.types import Array
from models.tensors.arrays import namespace

NORMAL = 1.4826
"""Standard deviations of a normal distribution in a median absolute deviation."""
FEW = 8
"""Entries of a slice below which what is usual in all of the tensor counts."""
FLOOR = 1e-9
"""Least deviation, as a share of the root mean square of the residual: a fit may be exact in most entries."""


def robust_z(residual: Array) -> Array:
    """Residuals in robust standard deviations, of the mode by whose slice they are least striking.

    Iglewicz and Hoaglin, "How to detect and handle outliers", 1993: the distance from the median over 1.4826
    times the median absolute deviation, here for the slice of each mode in which an entry lies, so that a
    noisy sensor, or a noisy hour, is not one outlier after the other.

    Parameters
    ----------
    residual : float array, shape (n_1, ..., n_N), of NumPy or CuPy
        NaN where an entry is missing.

    Returns
    -------
    float array, shape (n_1, ..., n_N)
        NaN where an entry is missing.
    """
    xp = namespace(residual)
    seen = residual == residual
    square = xp.where(seen, residual * residual, 0.0).sum() / xp.maximum(seen.sum(), 1)
    floor = FLOOR * xp.sqrt(square) + 1e-300
    whole = _centre_and_spread(residual.reshape(1, -1))
    least = None
    for mode in range(residual.ndim):
        rows = xp.moveaxis(residual, mode, 0)
        flat = rows.reshape(len(rows), -1)
        enough = (flat == flat).sum(1) >= FEW
        own = _centre_and_spread(flat)
        centre, spread = (xp.where(enough, a, b) for a, b in zip(own, whole, strict=True))
        z = (flat - centre[:, None]) / xp.maximum(NORMAL * spread, floor)[:, None]
        z = xp.moveaxis(z.reshape(rows.shape), 0, mode)
        least = z if least is None else xp.where(xp.abs(z) < xp.abs(least), z, least)
    return least


def _centre_and_spread(flat: Array) -> tuple[Array, Array]:
    centre = median(flat)
    return centre, median(namespace(flat).abs(flat - centre[:, None]))


def median(flat: Array) -> Array:
    """Medians of rows without their NaN, shape (rows,); 0 where a row has nothing else.

    Parameters
    ----------
    flat : float array, shape (rows, n)

    Examples
    --------
    >>> import numpy
    >>> median(numpy.array([[3.0, numpy.nan, 1.0], [numpy.nan] * 3])).tolist()
    [2.0, 0.0]
    """
    xp = namespace(flat)
    count = (flat == flat).sum(1)
    ranked = xp.sort(flat, axis=1)
    row = xp.arange(len(flat))
    low, high = xp.maximum(count - 1, 0) // 2, xp.maximum(count // 2, 0)
    high = xp.minimum(high, xp.maximum(count - 1, 0))
    middle = 0.5 * (ranked[row, low] + ranked[row, high])
    return xp.where(count > 0, middle, 0.0)
