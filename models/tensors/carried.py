"""What neighbours are off from a fit, carried into the gaps between them.

A decomposition has the patterns that entries share; what is of one time alone, such as a jam, is in its
residuals. Where an entry is missing, residuals of what is seen before and after it along an ordered mode say
some of it: the line between them, shrunk by what is best on entries that were held out (simple kriging by one
number).
"""

from etl.engine.types import Array
from models.tensors.arrays import namespace
from models.tensors.baselines import interpolate


def carried(X: Array, fit: Array, along: int, positions: Array) -> Array:
    """Residuals of entries that are seen, drawn on into gaps; 0 in fibres of which nothing is seen.

    Parameters
    ----------
    X : float array, shape (n_1, ..., n_N), of NumPy or CuPy
        NaN where an entry is missing.
    fit : float array, shape (n_1, ..., n_N)
    along : int
        The ordered mode.
    positions : float array, shape (n_along,)
        Where its labels stand, ascending.

    Examples
    --------
    >>> import numpy
    >>> X = numpy.array([[3.0, numpy.nan, 7.0]])
    >>> carried(X, numpy.array([[2.0, 4.0, 4.0]]), 1, numpy.arange(3.0)).tolist()
    [[1.0, 2.0, 3.0]]
    """
    return interpolate(X - fit, along, positions, namespace(X).zeros_like(X))


def shrinkage(X: Array, fit: Array, drawn: Array, held: Array) -> Array:
    """The share of what is carried by which the squared error on some entries is least, 0-d, from 0 to 1.

    Parameters
    ----------
    X, fit, drawn : float arrays, shape (n_1, ..., n_N)
        ``drawn`` is from `carried` without the entries that are held out.
    held : bool array, shape (n_1, ..., n_N)

    Examples
    --------
    >>> import numpy
    >>> one = numpy.ones(2)
    >>> float(shrinkage(1.5 * one, one, one, one > 0))
    0.5
    """
    xp = namespace(X)
    left, along = xp.where(held, X - fit, 0.0), xp.where(held, drawn, 0.0)
    size = (along * along).sum()
    return xp.clip((left * along).sum() / xp.where(size > 0, size, 1.0), 0.0, 1.0)
