"""Tucker decompositions: sequentially truncated HOSVD, and HOOI from there.

Sources: Vannieuwenhoven, Vandebril, Meerbergen, "A new truncation strategy for the higher-order singular
value decomposition", SIAM J. Sci. Comput. 34(2), 2012, algorithm 1; De Lathauwer, De Moor, Vandewalle, "On
the best rank-1 and rank-(R1, ..., RN) approximation of higher-order tensors", SIAM J. Matrix Anal. Appl.
21(4), 2000, algorithm 4.2. The subspace of a mode is bettered by one step of orthogonal iteration a sweep,
not found anew by an SVD: fixed points are the same, and a step costs two thin products.
"""

from collections.abc import Sequence
from math import prod
from typing import NamedTuple

from etl.engine.types import Array
from models.tensors.arrays import namespace
from models.tensors.batches import left_over, matricised, project, squared_norm, unfolded
from models.tensors.inputs import draws, mode_ranks, stacked
from models.tensors.linalg import eigh, gram, has_gradient, left_singular, orthonormal, transposed
from models.tensors.sweeps import Sweeps, frozen, over_modes, run_sweeps

SMALLER = 8
"""Times that a core has to be smaller than its tensor for sweeps to go to it first."""
POLISH = 2
"""Sweeps over the tensor itself that follow, at least."""


class TuckerTensor(NamedTuple):
    """Core, shape (r_1, ..., r_N), and factors with orthonormal columns, shape (n_k, r_k).

    With a batch each has a leading axis.
    """

    core: Array
    factors: list[Array]


def tucker(
    tensor: Array,
    rank: int | Sequence[int],
    n_iter_max: int = 100,
    tol: float = 1e-4,
    *,
    batch: bool = False,
) -> TuckerTensor:
    """Best approximation of given multilinear ranks that HOOI finds from the truncated HOSVD.

    Parameters
    ----------
    tensor : float array, shape (n_1, ..., n_N), or with ``batch`` (tensors, n_1, ..., n_N)
    rank : int or sequence of int
    n_iter_max : int
        Sweeps of HOOI, at most; 0 leaves the sequentially truncated HOSVD.
    tol : float
        Change of the relative residual that ends the sweeps; 0 makes all of them.
    batch : bool
        Whether the first axis counts tensors, each of which is decomposed by itself.

    Examples
    --------
    >>> import numpy
    >>> ones = numpy.ones((4, 3, 2))
    >>> core, factors = tucker(ones, 1)
    >>> round(abs(core.item()) ** 2), [factor.shape for factor in factors]
    (24, [(4, 1), (3, 1), (2, 1)])
    """
    x, _ = stacked(tensor, batch)
    found, _ = hooi(x, mode_ranks(x.shape[1:], rank), n_iter_max, tol)
    if batch:
        return found
    return TuckerTensor(found.core[0], [factor[0] for factor in found.factors])


def hooi(x: Array, ranks: Sequence[int], n_iter_max: int, tol: float) -> tuple[TuckerTensor, Sweeps]:
    """HOOI of a batch, and how it went.

    Most sweeps are made on the core of a truncated HOSVD of twice the ranks, where that is much smaller; at
    least `POLISH` follow on the tensors, and as many as the tolerance wants.

    Parameters
    ----------
    x : float array, shape (tensors, n_1, ..., n_N)
    ranks : sequence of int
    n_iter_max : int
    tol : float
    """
    first, factors = None, None
    if n_iter_max > POLISH and is_worthwhile(x, sizes := compressed_sizes(x.shape[1:], ranks)):
        part, bases = compressed(x, sizes)
        inner, first = hooi_from(part, *st_hosvd(part, ranks, accurate=False), n_iter_max - POLISH, tol)
        factors = [basis @ factor for basis, factor in zip(bases, inner.factors, strict=True)]
        n_iter_max, core = n_iter_max if tol else POLISH, inner.core
    else:
        core, factors = st_hosvd(x, ranks, accurate=n_iter_max == 0)
    found, sweeps = hooi_from(x, core, factors, n_iter_max, tol)
    return ordered(found), sweeps if first is None else sweeps._replace(n_iter=first.n_iter + sweeps.n_iter)


def hooi_from(
    x: Array, core: Array, factors: list[Array], n_iter_max: int, tol: float
) -> tuple[TuckerTensor, Sweeps]:
    """Sweeps of HOOI from factors that there are, and how it went.

    Parameters
    ----------
    x : float array, shape (tensors, n_1, ..., n_N)
    core : float array, shape (tensors, r_1, ..., r_N)
    factors : list of float arrays, shape (tensors, n_k, r_k)
    n_iter_max : int
    tol : float
    """
    total, found = squared_norm(x), [core]

    def step(done: Array | None) -> Array:
        found[0] = frozen(done, found[0], hooi_sweep(x, factors, done))
        return left_over(total, found[0])

    sweeps = run_sweeps(step, left_over(total, core), n_iter_max, tol)
    return TuckerTensor(found[0], factors), sweeps


def compressed_sizes(shape: Sequence[int], ranks: Sequence[int]) -> list[int]:
    """Sizes of the core that most sweeps are made on: twice the ranks, or less.

    Parameters
    ----------
    shape, ranks : sequence of int
    """
    return [min(size, 2 * rank) for size, rank in zip(shape, ranks, strict=True)]


def compressed(x: Array, sizes: Sequence[int]) -> tuple[Array, list[Array]]:
    """Smaller tensors and bases that hold most of what a batch is, for sweeps to begin on.

    Bases come from two steps of orthogonal iteration with each Gram matrix from a random start.

    Parameters
    ----------
    x : float array, shape (tensors, n_1, ..., n_N)
    sizes : sequence of int
    """
    bases = []
    for mode, size in enumerate(sizes):
        squares = gram(unfolded(x, mode))
        basis = draws(mode, (1, x.shape[mode + 1], size), x)
        for _ in range(2):
            basis = orthonormal(squares @ basis)
        bases.append(basis)
        x = project(x, basis, mode)
    return x, bases


def is_worthwhile(x: Array, sizes: Sequence[int]) -> bool:
    """Whether a core of these sizes is so much smaller that sweeps go to it first.

    Parameters
    ----------
    x : float array, shape (tensors, n_1, ..., n_N)
    sizes : sequence of int
    """
    return not has_gradient(x) and SMALLER * prod(sizes) <= prod(x.shape[1:])


def hooi_sweep(x: Array, factors: list[Array], done: Array | None = None) -> Array:
    """Better each mode's subspace once, in place, and return the core.

    Parameters
    ----------
    x : float array, shape (tensors, n_1, ..., n_N)
    factors : list of float arrays, shape (tensors, n_k, r_k)
    done : bool array, shape (tensors,), optional
        Tensors whose factors stay.
    """
    core = []

    def update(mode: int, projected: Array) -> None:
        new = _next_subspace(matricised(projected, mode), factors[mode])
        factors[mode] = frozen(done, factors[mode], new)
        if mode == x.ndim - 2:
            core.append(project(projected, factors[mode], mode))

    def contract(part: Array, modes: Sequence[int], trailing: bool) -> Array:
        for mode in sorted(modes, reverse=trailing):
            part = project(part, factors[mode], mode)
        return part

    over_modes(x, range(x.ndim - 1), contract, update)
    return core[0]


def st_hosvd(x: Array, ranks: Sequence[int], accurate: bool = True) -> tuple[Array, list[Array]]:
    """Sequentially truncated HOSVD of a batch: each mode is truncated in what those before have left.

    The squared residual is at most the sum of squares of singular values that the unfoldings lose, and so at
    most N times that of the best approximation.

    Parameters
    ----------
    x : float array, shape (tensors, n_1, ..., n_N)
    ranks : sequence of int
    accurate : bool
        False takes the singular vectors from Gram matrices; see `models.tensors.linalg.left_singular`.
    """
    factors = []
    for mode, rank in enumerate(ranks):
        vectors = left_singular(matricised(x, mode), accurate)[1][..., :rank]
        factors.append(_completed(vectors, rank))
        x = project(x, factors[-1], mode)
    return x, factors


def _completed(vectors: Array, rank: int) -> Array:
    """Orthonormal columns of which there are as many as wanted, where a matrix has too few."""
    lacking = rank - vectors.shape[-1]
    if lacking <= 0:
        return vectors
    xp = namespace(vectors)
    complement = eigh(vectors @ transposed(vectors))[1]
    return xp.concatenate([vectors, complement[..., vectors.shape[-1] : rank]], -1)


def _next_subspace(matrices: Array, old: Array) -> Array:
    """One step of orthogonal iteration with M M^T; the left singular vectors where derivatives are wanted.

    M^T U is made orthonormal before M multiplies it, so that small singular values are not squared away.
    """
    rank = old.shape[-1]
    if has_gradient(matrices):
        return _completed(left_singular(matrices)[1][..., :rank], rank)
    if rank > matrices.shape[-1]:
        return orthonormal(namespace(old).concatenate([matrices, old], -1)[..., :rank])
    return orthonormal(matrices @ orthonormal(transposed(matrices) @ old))


def ordered(tensor: TuckerTensor) -> TuckerTensor:
    """The same tensor with a core whose slices are orthogonal and fall in norm along each mode (its HOSVD).

    Parameters
    ----------
    tensor : TuckerTensor
        Of a batch.
    """
    core, factors = tensor.core, []
    for mode, factor in enumerate(tensor.factors):
        rotation = eigh(matricised(core, mode) @ transposed(matricised(core, mode)))[1]
        core = project(core, rotation, mode)
        factors.append(factor @ rotation)
    return TuckerTensor(core, factors)
