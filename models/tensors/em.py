"""Tucker decompositions of tensors with missing entries: each sweep fills them in from the last.

Source: Walczak and Massart, "Dealing with missing data: Part I", Chemometr. Intell. Lab. Syst. 58, 2001: EM
of a least-squares model imputes by the model itself.
"""

from collections.abc import Sequence

from etl.engine.types import Array
from models.tensors.arrays import namespace
from models.tensors.batches import project, squared_norm
from models.tensors.linalg import transposed
from models.tensors.sweeps import Sweeps, frozen, run_sweeps
from models.tensors.tucker import TuckerTensor, hooi_sweep, ordered, st_hosvd

ROUNDED = 8.0
"""Roundings that a residual may change by: a tolerance is not taken to be less."""


def em_tucker(
    x: Array, seen: Array, ranks: Sequence[int], n_iter_max: int, tol: float
) -> tuple[TuckerTensor, Sweeps]:
    """HOOI of what was seen and, elsewhere, of the model, of a batch.

    Sweeps end when the residual changes by less than the tolerance relative to what varies about the additive
    start, and not to the tensor: a large mean would hide all that sweeps still change.

    Parameters
    ----------
    x : float array, shape (tensors, n_1, ..., n_N)
        Zero where nothing was seen.
    seen : float array, shape of x
        Ones and zeros.
    ranks : sequence of int
    n_iter_max : int
    tol : float
    """
    xp = namespace(x)
    start, tiny = additive(x, seen), float(xp.finfo(x.dtype).tiny)
    core, factors = st_hosvd(x + (1 - seen) * start, ranks, accurate=False)
    least = (ROUNDED * float(xp.finfo(x.dtype).eps) / tol) ** 2 if tol else 0.0
    varied = xp.clip(xp.maximum(squared_norm(seen * (x - start)), least * squared_norm(x)), tiny, None)
    state = [core]

    def step(done: Array | None) -> Array:
        whole = rebuilt(state[0], factors)
        left = xp.sqrt(squared_norm(seen * (x - whole)) / varied)
        state[0] = frozen(done, state[0], hooi_sweep(x + (1 - seen) * whole, factors, done))
        return left

    sweeps = run_sweeps(step, varied * 0 + float("inf"), n_iter_max, tol)
    share = xp.sqrt(varied / xp.clip(squared_norm(x), tiny, None))
    return ordered(TuckerTensor(state[0], factors)), sweeps._replace(residual=sweeps.residual * share)


def additive(x: Array, seen: Array) -> Array:
    """The mean of what was seen plus what each slice's mean is above it, broadcastable to the tensors.

    A slice of which nothing was seen is an average one.

    Parameters
    ----------
    x : float array, shape (tensors, n_1, ..., n_N)
        Zero where nothing was seen.
    seen : float array, shape of x
    """
    xp = namespace(x)
    axes = tuple(range(1, x.ndim))
    mean = (x.sum(axes) / seen.sum(axes)).reshape(-1, *[1] * len(axes))
    found, apart = mean, x - seen * mean
    for axis in axes:
        others = tuple(each for each in axes if each != axis)
        shape = [len(x), *(x.shape[each] if each == axis else 1 for each in axes)]
        found = found + (apart.sum(others) / xp.clip(seen.sum(others), 1, None)).reshape(*shape)
    return found


def rebuilt(core: Array, factors: Sequence[Array]) -> Array:
    """The whole tensors of a batch.

    Parameters
    ----------
    core : float array, shape (tensors, r_1, ..., r_N)
    factors : sequence of float arrays, shape (tensors, n_k, r_k)
    """
    for mode, factor in enumerate(factors):
        core = project(core, transposed(factor), mode)
    return core
