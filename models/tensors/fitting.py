"""What the estimators of decompositions share: how a fit went, and the exact residual of a good one."""

from collections.abc import Sequence
from typing import Any

from etl.engine.types import Array
from models.tensors.arrays import namespace, read
from models.tensors.batches import squared_norm
from models.tensors.sweeps import Sweeps

CANCELS = 1e-5
"""Residuals below this are not left to the difference of norms, which loses half the digits."""


def residuals(x: Array, seen: Array | None, whole: Array) -> Array:
    """Relative residuals over what was seen, from the whole tensors, shape (tensors,).

    Parameters
    ----------
    x, whole : float arrays, shape (tensors, n_1, ..., n_N)
    seen : float array of that shape, optional
    """
    xp = namespace(x)
    left = x - whole if seen is None else seen * (x - whole)
    tiny = float(xp.finfo(x.dtype).tiny)
    return xp.sqrt(squared_norm(left) / xp.clip(squared_norm(x), tiny, None))


def ending(sweeps: Sweeps, n_iter_max: int, tol: float) -> tuple[int, str]:
    """Sweeps of the tensor that took the most, and why they ended.

    Parameters
    ----------
    sweeps : Sweeps
    n_iter_max : int
    tol : float
    """
    most, done = read([sweeps.n_iter.max(), (sweeps.done * 1.0).sum()])
    count = sweeps.residual.shape[0]
    if done == count:
        return int(most), f"the residual changed by less than tol={tol:g}"
    some = f" of {count - int(done)} of {count} tensors" if count > 1 else ""
    return int(most), f"all sweeps{some} were made (n_iter_max={n_iter_max})"


def one_or_all(values: Array | Sequence[Array], batch: bool) -> Any:
    """Arrays, or lists of them, of the one tensor where there is no batch.

    Parameters
    ----------
    values : array or sequence of arrays
    batch : bool
    """
    if isinstance(values, Sequence):
        return [one_or_all(each, batch) for each in values]
    return values if batch else values[0]


def number_or_all(values: Array, batch: bool) -> Any:
    """A Python number for one tensor, an array of them for a batch.

    Parameters
    ----------
    values : float array, shape (tensors,)
    batch : bool
    """
    return values if batch else read([values[0]])[0]


def check_shape(x: Array, factors: Sequence[Array]) -> None:
    """Refuse tensors that are not of the fitted shape.

    Parameters
    ----------
    x : float array, shape (tensors, n_1, ..., n_N)
    factors : sequence of float arrays, shape (tensors, n_k, rank)

    Raises
    ------
    ValueError
        They are not.
    """
    wanted = tuple(factor.shape[1] for factor in factors)
    if tuple(x.shape[1:]) != wanted or x.shape[0] != factors[0].shape[0]:
        raise ValueError(f"the tensor has shape {tuple(x.shape[1:])}, the fitted one {wanted}")
