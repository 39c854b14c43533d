"""Sweeps over the modes of a batch of tensors, each of which stops by itself without asking the host.

Whether a tensor is done is a flag beside it; its factors are frozen from then on. The host looks at the
flags once in `BLOCK` sweeps.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from etl.engine.types import Array
from models.tensors.arrays import namespace, read

BLOCK = 10
"""Sweeps between two looks of the host: those after the last tensor was done change nothing."""


class Sweeps(NamedTuple):
    """How each tensor of a batch went.

    Attributes
    ----------
    residual : float array, shape (tensors,)
        Norm of what the decomposition leaves over the norm of the tensor.
    n_iter : int array, shape (tensors,)
    done : bool array, shape (tensors,)
        Whether it stopped by its tolerance.
    """

    residual: Array
    n_iter: Array
    done: Array


def run_sweeps(step: Callable[[Array | None], Array], residual: Array, n_iter_max: int, tol: float) -> Sweeps:
    """Make sweeps until the residual of each tensor changes by less than a tolerance.

    Parameters
    ----------
    step : callable
        Makes a sweep, given the flags of those that are done (None where none can be), and returns the new
        residuals, shape (tensors,).
    residual : float array, shape (tensors,)
        Before the first sweep; may be infinite.
    n_iter_max : int
    tol : float
        0 makes all sweeps, and the host never looks.
    """
    xp = namespace(residual)
    done = xp.zeros_like(residual) > 0
    n_iter = xp.zeros_like(residual)
    for at in range(n_iter_max):
        new = step(done if tol else None)
        n_iter = n_iter + xp.where(done, 0.0, 1.0)
        if tol:
            settled = xp.abs(residual - new) < tol
            residual = xp.where(done, residual, new)
            done = done | settled
            if at % BLOCK == BLOCK - 1 and all(read([done.all() * 1.0])):
                break
        else:
            residual = new
    return Sweeps(residual, n_iter, done)


def frozen(done: Array | None, old: Array, new: Array) -> Array:
    """The new arrays, and the old ones of tensors that are done.

    Parameters
    ----------
    done : bool array, shape (tensors,), or None
    old, new : arrays, shape (tensors, ...)
    """
    if done is None:
        return new
    return namespace(new).where(done.reshape(-1, *[1] * (new.ndim - 1)), old, new)


def over_modes(
    x: Array,
    modes: Sequence[int],
    contract: Callable[[Array, Sequence[int], bool], Array],
    update: Callable[[int, Array], None],
) -> None:
    """Visit each mode in order with all others contracted, sharing partial products in a binary tree.

    Of N modes, 2 products with the whole tensor are made instead of N.

    Source: Phan, Tichavsky, Cichocki, "Fast alternating LS algorithms for high order CANDECOMP/PARAFAC tensor
    factorizations", IEEE Trans. Signal Processing 61(19), 2013, section III.

    Parameters
    ----------
    x : float array
        With all modes but these contracted.
    modes : sequence of int
    contract : callable
        Contracts these modes of x, which are its last ones or else its first, with their factors.
    update : callable
        Given a mode and the tensor with all others contracted, makes the mode's new factor.
    """
    if len(modes) == 1:
        update(modes[0], x)
        return
    half = (len(modes) + 1) // 2
    first, last = modes[:half], modes[half:]
    over_modes(contract(x, last, True), first, contract, update)
    over_modes(contract(x, first, False), last, contract, update)
