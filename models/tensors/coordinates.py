"""A decomposition at some entries alone, and new slices of its first mode by least squares."""

from collections.abc import Sequence

from etl.engine.types import Array
from etl.ids import tally
from models.tensors.arrays import namespace
from models.tensors.operations import multi_mode_dot

RIDGE = 1e-6
"""Of the mean of a normal matrix' diagonal: what is added to it."""


def cp_rows(weights: Array, factors: Sequence[Array], codes: Sequence[Array]) -> Array:
    """What the first mode's factors are multiplied with at entries of a CP tensor (Kolda and Bader, 3.1).

    Parameters
    ----------
    weights : float array, shape (rank,)
    factors : sequence of float arrays, shape (n_k, rank)
        Of all modes but the first.
    codes : sequence of int arrays, shape (n,)
        Places on these modes.

    Returns
    -------
    float array, shape (n, rank)
    """
    found = weights
    for factor, code in zip(factors, codes, strict=True):
        found = found * factor[code]
    return found


def tucker_rows(core: Array, factors: Sequence[Array], codes: Sequence[Array]) -> Array:
    """The same of a Tucker tensor (equation 4.1), by a tensor of all modes but the first.

    Parameters
    ----------
    core : float array, shape (r_1, ..., r_N)
    factors : sequence of float arrays, shape (n_k, r_k)
        Of all modes but the first.
    codes : sequence of int arrays, shape (n,)
    """
    xp = namespace(core)
    held = multi_mode_dot(core, factors, list(range(1, core.ndim)))
    return xp.moveaxis(held, 0, -1)[tuple(codes)]


def project(rows: Array, y: Array, slices: Array, count: int) -> Array:
    """Factors of new slices of the first mode, by least squares with a small ridge.

    Parameters
    ----------
    rows : float array, shape (n, rank)
        From `cp_rows` or `tucker_rows`.
    y : float array, shape (n,)
        Values of the entries.
    slices : int array, shape (n,)
        Which new slice each is of, from 0 to ``count - 1``.
    count : int

    Returns
    -------
    float array, shape (count, rank)

    Examples
    --------
    >>> import numpy
    >>> rows = numpy.array([[1.0, 0.0], [1.0, 1.0], [0.0, 2.0]])
    >>> project(rows, rows @ numpy.array([3.0, 4.0]), numpy.zeros(3, int), 1).round(3).tolist()
    [[3.0, 4.0]]
    """
    xp, rank = namespace(rows), rows.shape[1]
    pairs = [tally(slices, count, rows[:, i] * rows[:, j]) for i in range(rank) for j in range(rank)]
    normal = xp.stack(pairs, 1).reshape(count, rank, rank)
    right = xp.stack([tally(slices, count, rows[:, i] * y) for i in range(rank)], 1)
    scale = xp.trace(normal, axis1=1, axis2=2) / rank
    ridge = (RIDGE * scale + 1e-300)[:, None, None] * xp.eye(rank)
    return xp.linalg.solve(normal + ridge, right[:, :, None])[:, :, 0]
