"""Unfoldings, mode products and norms of a batch of tensors, which is the first axis."""

from math import prod

from etl.engine.types import Array
from models.tensors.arrays import namespace, permuted
from models.tensors.linalg import transposed


def matricised(x: Array, mode: int) -> Array:
    """Unfoldings of a batch, shape (tensors, n_mode, product of the others).

    Parameters
    ----------
    x : float array, shape (tensors, n_1, ..., n_N)
    mode : int
        Not counting the batch.
    """
    others = [axis for axis in range(1, x.ndim) if axis != mode + 1]
    return permuted(x, (0, mode + 1, *others)).reshape(x.shape[0], x.shape[mode + 1], -1)


def unfolded(x: Array, mode: int) -> Array:
    """As `matricised`, with the columns in any order: a view where the mode is the first or the last.

    Parameters
    ----------
    x : float array, shape (tensors, n_1, ..., n_N)
    mode : int
        Not counting the batch.
    """
    last = mode == x.ndim - 2
    return transposed(x.reshape(x.shape[0], -1, x.shape[-1])) if last else matricised(x, mode)


def project(x: Array, factors: Array, mode: int) -> Array:
    """Multiply a mode of each tensor by the transpose of its factor, without copying the tensors.

    Parameters
    ----------
    x : float array, shape (tensors, n_1, ..., n_N)
    factors : float array, shape (tensors, n_mode, r)
    mode : int
        Not counting the batch.
    """
    before, after = x.shape[1 : mode + 1], x.shape[mode + 2 :]
    shape = (x.shape[0], *before, factors.shape[-1], *after)
    if not after:
        return (x.reshape(x.shape[0], -1, x.shape[-1]) @ factors).reshape(*shape)
    if not before:
        return (transposed(factors) @ x.reshape(*x.shape[:2], -1)).reshape(*shape)
    flat = x.reshape(x.shape[0], -1, x.shape[mode + 1], prod(after))
    return (transposed(factors)[:, None] @ flat).reshape(*shape)


def squared_norm(x: Array) -> Array:
    """Sum of squares of each tensor, shape (tensors,).

    Parameters
    ----------
    x : float array, shape (tensors, ...)
    """
    flat = x.reshape(x.shape[0], 1, -1)
    return (flat @ transposed(flat))[:, 0, 0]


def left_over(total: Array, core: Array) -> Array:
    """Relative residual of a projection on orthonormal factors: sqrt(1 - |core|^2 / |X|^2).

    Parameters
    ----------
    total : float array, shape (tensors,)
        Squared norms of the tensors.
    core : float array, shape (tensors, r_1, ..., r_N)
    """
    xp = namespace(total)
    tiny = float(xp.finfo(total.dtype).tiny)
    return xp.sqrt(xp.clip((total - squared_norm(core)) / xp.clip(total, tiny, None), 0, None))
