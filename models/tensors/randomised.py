"""CP decompositions by least squares on a random sample of fibres.

Source: Battaglino, Ballard, Kolda, "A practical randomized CP tensor decomposition", SIAM J. Matrix Anal.
Appl. 39(2), 2018, algorithm 3 (CPRAND, without mixing). A fixed sample of entries tells the residual.
"""

from collections.abc import Sequence

import numpy as np

from etl.engine.types import Array
from models.tensors.arrays import namespace, permuted, placed
from models.tensors.cp import CPTensor, normalised, single, start_factors
from models.tensors.inputs import check_cp_rank, stacked
from models.tensors.linalg import solve_positive, transposed
from models.tensors.sweeps import Sweeps, frozen, run_sweeps

FIT = 16_384
"""Entries that the residual is estimated from."""


def randomised_parafac(
    tensor: Array,
    rank: int,
    n_samples: int | None = None,
    n_iter_max: int = 100,
    tol: float = 1e-6,
    *,
    init: str = "random",
    random_state: int = 0,
    batch: bool = False,
) -> CPTensor:
    """A sum of rank-one tensors, each factor from a sample of the mode's fibres.

    Parameters
    ----------
    tensor : float array, shape (n_1, ..., n_N), or with ``batch`` (tensors, n_1, ..., n_N)
    rank : int
    n_samples : int, optional
        Fibres; by default 10 rank log(rank + 1), and at least twice the rank.
    n_iter_max : int
    tol : float
        Change of the estimated residual that ends the sweeps; 0 makes all of them.
    init : {"random", "svd"}
    random_state : int
    batch : bool
        Whether the first axis counts tensors, each of which is decomposed by itself.
    """
    x, _ = stacked(tensor, batch)
    start = start_factors(x, check_cp_rank(rank), init, random_state)
    n_samples = n_samples or max(2 * rank, int(10 * rank * np.log(rank + 1)))
    found, _ = sampled_als(x, start, n_samples, n_iter_max, tol, random_state)
    return found if batch else single(found)


def sampled_als(
    x: Array, factors: Sequence[Array], n_samples: int, n_iter_max: int, tol: float, seed: int
) -> tuple[CPTensor, Sweeps]:
    """Alternating least squares on sampled fibres of a batch, the same of each tensor.

    Parameters
    ----------
    x : float array, shape (tensors, n_1, ..., n_N)
    factors : sequence of float arrays, shape (tensors, rank, n_k)
        To begin with.
    n_samples, n_iter_max : int
    tol : float
    seed : int
    """
    xp, rng = namespace(x), np.random.default_rng(seed)
    factors = [normalised(factor)[0] for factor in factors]
    weights = [xp.ones_like(factors[0][..., 0])]
    at = _positions(rng, x, FIT)
    entries = x[(slice(None), *at)]
    total = xp.clip((entries**2).sum(-1), float(xp.finfo(x.dtype).tiny), None)

    def step(done: Array | None) -> Array:
        for mode in range(x.ndim - 1):
            new = _sampled_update(x, factors, mode, _positions(rng, x, n_samples))
            unit, norms = normalised(new)
            weights[0] = frozen(done, weights[0], norms)
            factors[mode] = frozen(done, factors[mode], unit)
        fitted = (_sampled_product(factors, at) * weights[0][..., None]).sum(1)
        return xp.sqrt(((entries - fitted) ** 2).sum(-1) / total)

    sweeps = run_sweeps(step, total * 0 + float("inf"), n_iter_max, tol)
    return CPTensor(weights[0], [transposed(factor) for factor in factors]), sweeps


def _positions(rng: np.random.Generator, x: Array, count: int) -> list[Array]:
    """Random positions along each mode, shape (count,)."""
    return [placed(rng.integers(0, size, count), x, whole=True) for size in x.shape[1:]]


def _sampled_product(factors: Sequence[Array], at: Sequence[Array], skip: int | None = None) -> Array:
    """Rows of the Khatri-Rao product at positions, shape (tensors, rank, count)."""
    found = None
    for mode, factor in enumerate(factors):
        if mode != skip:
            taken = factor[:, :, at[mode]]
            found = taken if found is None else found * taken
    return found


def _sampled_update(x: Array, factors: Sequence[Array], mode: int, at: Sequence[Array]) -> Array:
    """Least squares on the mode's fibres at positions, shape (tensors, rank, n)."""
    product = _sampled_product(factors, at, mode)
    others = [axis for axis in range(1, x.ndim) if axis != mode + 1]
    fibres = permuted(x, (0, *others, mode + 1))[(slice(None), *at[:mode], *at[mode + 1 :])]
    return solve_positive(product @ transposed(product), product @ fibres)
