"""CP decompositions by alternating least squares.

Source: Kolda and Bader, "Tensor decompositions and applications", SIAM Review 51(3), 2009, section 3.4,
figure 3.3; each mode's normal equations are made from the Gram matrices of the others' factors, and the
residual from the last mode's product, so that neither a Khatri-Rao product of all modes nor the tensor is
made.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from etl.engine.types import Array
from models.tensors.arrays import namespace
from models.tensors.batches import squared_norm, unfolded
from models.tensors.inputs import check_cp_rank, draws, stacked
from models.tensors.linalg import left_singular, solve_positive, transposed
from models.tensors.products import each_mttkrp
from models.tensors.sweeps import Sweeps, frozen, run_sweeps
from models.tensors.tucker import POLISH, compressed, compressed_sizes, is_worthwhile

Solve = Callable[[Array, Array, Array, int], Array]
"""The new factor of a mode, from Gram matrix, product, old factor, mode."""


class CPTensor(NamedTuple):
    """Weights, shape (rank,), and factors with columns of norm 1, shape (n_k, rank).

    With a batch each has a leading axis.
    """

    weights: Array
    factors: list[Array]


def parafac(
    tensor: Array,
    rank: int,
    n_iter_max: int = 100,
    tol: float = 1e-8,
    *,
    init: str = "svd",
    ridge: float = 0.0,
    random_state: int = 0,
    batch: bool = False,
) -> CPTensor:
    """A sum of rank-one tensors, by alternating least squares.

    Parameters
    ----------
    tensor : float array, shape (n_1, ..., n_N), or with ``batch`` (tensors, n_1, ..., n_N)
    rank : int
        May be above every mode's size.
    n_iter_max : int
    tol : float
        Change of the relative residual that ends the sweeps; 0 makes all of them.
    init : {"svd", "random"}
        Left singular vectors of the unfoldings, with normal numbers where these are too few, or normal
        numbers.
    ridge : float
        Added to the normal equations, relative to the mean of their diagonal.
    random_state : int
    batch : bool
        Whether the first axis counts tensors, each of which is decomposed by itself.

    Examples
    --------
    >>> import numpy
    >>> weights, factors = parafac(numpy.ones((4, 3, 2)), 1)
    >>> round(weights.item() ** 2), [factor.shape for factor in factors]
    (24, [(4, 1), (3, 1), (2, 1)])
    """
    x, _ = stacked(tensor, batch)
    found, _ = compressed_als(x, check_cp_rank(rank), init, random_state, n_iter_max, tol, ridge)
    return found if batch else single(found)


def single(found: CPTensor) -> CPTensor:
    """The first of a batch.

    Parameters
    ----------
    found : CPTensor
    """
    return CPTensor(found.weights[0], [factor[0] for factor in found.factors])


def least_squares(ridge: float = 0.0) -> Solve:
    """A mode's factor by its normal equations.

    Parameters
    ----------
    ridge : float
    """
    return lambda gram, product, old, mode: solve_positive(gram, product, ridge)


def start_factors(x: Array, rank: int, init: str, seed: int, begin: int = 0) -> list[Array]:
    """Factors to begin with, shape (tensors, rank, n_k).

    Parameters
    ----------
    x : float array, shape (tensors, n_1, ..., n_N)
    rank : int
    init : {"svd", "random"}
    seed : int
    begin : int
        Modes before this one begin with normal numbers: sweeps do not look at the first mode's start.

    Raises
    ------
    ValueError
        There is no such start.
    """
    if init not in ("svd", "random"):
        raise ValueError(f"init is 'svd' or 'random', not {init!r}")
    factors = []
    for mode, size in enumerate(x.shape[1:]):
        normal = draws(seed + mode, (1, rank, size), x)
        if init == "svd" and mode >= begin:
            vectors = transposed(left_singular(unfolded(x, mode), accurate=False)[1][..., :rank])
            normal = namespace(x).concatenate(
                [vectors, normal[:, vectors.shape[1] :] + 0 * vectors[:, :1]], 1
            )
        factors.append(normal + namespace(x).zeros_like(x[:, :1].reshape(len(x), -1)[:, :1, None]))
    return factors


def als(x: Array, factors: list[Array], n_iter_max: int, tol: float, solve: Solve) -> tuple[CPTensor, Sweeps]:
    """Alternating least squares of a batch, and how it went.

    Parameters
    ----------
    x : float array, shape (tensors, n_1, ..., n_N)
    factors : list of float arrays, shape (tensors, rank, n_k)
        To begin with.
    n_iter_max : int
    tol : float
    solve : callable
        See `Solve`.
    """
    factors = list(factors)
    total = squared_norm(x)
    grams = [factor @ transposed(factor) for factor in factors]
    weights = [namespace(x).ones_like(factors[0][..., 0])]
    residual = [total]

    def update(mode: int, product: Array, done: Array | None) -> None:
        others = hadamard(grams, mode)
        new = solve(others, product, factors[mode] * weights[0][..., None], mode)
        if mode == x.ndim - 2:
            residual[0] = left_of(total, product, new, others)
        unit, norms = normalised(new)
        weights[0] = frozen(done, weights[0], norms)
        factors[mode] = frozen(done, factors[mode], unit)
        grams[mode] = factors[mode] @ transposed(factors[mode])

    def step(done: Array | None) -> Array:
        each_mttkrp(x, factors, lambda mode, product: update(mode, product, done))
        return residual[0]

    sweeps = run_sweeps(step, total * 0 + float("inf"), n_iter_max, tol)
    return CPTensor(weights[0], [transposed(factor) for factor in factors]), sweeps


def compressed_als(
    x: Array, rank: int, init: str, seed: int, n_iter_max: int, tol: float, ridge: float = 0.0
) -> tuple[CPTensor, Sweeps]:
    """Alternating least squares that begin on the core of a truncated HOSVD, where that is much smaller.

    At least `POLISH` sweeps follow on the tensors, and as many as the tolerance wants.

    Source: Bro and Andersson, "Improving the speed of multiway algorithms: Part II: Compression", Chemometr.
    Intell. Lab. Syst. 42, 1998.

    Parameters
    ----------
    x : float array, shape (tensors, n_1, ..., n_N)
    rank : int
    init : {"svd", "random"}
    seed, n_iter_max : int
    tol, ridge : float
    """
    solve = least_squares(ridge)
    sizes = compressed_sizes(x.shape[1:], [rank] * (x.ndim - 1))
    if n_iter_max <= POLISH or not is_worthwhile(x, sizes):
        return als(x, start_factors(x, rank, init, seed), n_iter_max, tol, solve)
    core, bases = compressed(x, sizes)
    inner, first = als(core, start_factors(core, rank, init, seed, 1), n_iter_max - POLISH, tol, solve)
    start = [transposed(basis @ factor) for basis, factor in zip(bases, inner.factors, strict=True)]
    found, sweeps = als(x, start, n_iter_max if tol else POLISH, tol, solve)
    return found, sweeps._replace(n_iter=first.n_iter + sweeps.n_iter)


def hadamard(grams: Sequence[Array], skip: int | None = None) -> Array:
    """The product, by elements, of all matrices but one.

    Parameters
    ----------
    grams : sequence of float arrays, shape (tensors, rank, rank)
    skip : int, optional
    """
    found = None
    for mode, gram in enumerate(grams):
        if mode != skip:
            found = gram if found is None else found * gram
    return found


def normalised(factor: Array) -> tuple[Array, Array]:
    """Rows of norm 1, and their norms; a row of zeros stays one.

    Parameters
    ----------
    factor : float array, shape (tensors, rank, n)
    """
    xp = namespace(factor)
    norms = xp.sqrt(xp.einsum("...n,...n->...", factor, factor))
    tiny = float(xp.finfo(factor.dtype).tiny)
    return factor / xp.clip(norms, tiny, None)[..., None], norms


def left_of(total: Array, product: Array, factor: Array, others: Array) -> Array:
    """Relative residual from the last mode's product: |X|^2 - 2 <X, Y> + |Y|^2, with no tensor rebuilt.

    Parameters
    ----------
    total : float array, shape (tensors,)
        Squared norms of the tensors.
    product, factor : float arrays, shape (tensors, rank, n)
        Of the last mode; the factor holds the weights.
    others : float array, shape (tensors, rank, rank)
        Product of the other modes' Gram matrices.
    """
    xp = namespace(total)
    inner = xp.einsum("brn,brn->b", product, factor)
    norm = xp.einsum("brs,brs->b", others, factor @ transposed(factor))
    tiny = float(xp.finfo(total.dtype).tiny)
    return xp.sqrt(xp.clip((total - 2 * inner + norm) / xp.clip(total, tiny, None), 0, None))
