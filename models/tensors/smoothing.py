"""Penalties of differences of neighbouring rows, and the systems that they make."""

from collections.abc import Callable

from etl.engine.types import Array
from models.tensors.arrays import namespace

STEPS = 12
"""Of conjugate gradients in one update: sweeps go on from where they end."""


def differences(v: Array) -> Array:
    """D^T D v, where D takes differences of neighbours along the second axis.

    Parameters
    ----------
    v : float array, shape (tensors, n, rank)

    Examples
    --------
    >>> import numpy
    >>> differences(numpy.array([[[0.0], [1.0], [3.0]]])).ravel().tolist()
    [-1.0, -1.0, 2.0]
    """
    steps = v[:, 1:] - v[:, :-1]
    edge = namespace(v).zeros_like(v[:, :1])
    padded = namespace(v).concatenate([edge, steps, edge], 1)
    return padded[:, :-1] - padded[:, 1:]


def conjugate_gradients(
    apply: Callable[[Array], Array], right: Array, start: Array, precondition: Callable[[Array], Array]
) -> Array:
    """A positive definite system's solution after `STEPS` steps; each tensor has its own.

    Parameters
    ----------
    apply, precondition : callable
        Products with the matrix, and with an approximation of its inverse.
    right, start : float arrays, shape (tensors, n, rank)
    """
    xp = namespace(right)
    tiny = float(xp.finfo(right.dtype).tiny)

    def dot(one: Array, other: Array) -> Array:
        return xp.einsum("bnr,bnr->b", one, other)[:, None, None]

    found, left = start, right - apply(start)
    way = steep = precondition(left)
    slope = dot(left, steep)
    for _ in range(STEPS):
        ahead = apply(way)
        size = slope / xp.clip(dot(way, ahead), tiny, None)
        found, left = found + size * way, left - size * ahead
        steep = precondition(left)
        slope, before = dot(left, steep), slope
        way = steep + slope / xp.clip(before, tiny, None) * way
    return found
