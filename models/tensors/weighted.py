"""CP decompositions of tensors with missing entries: alternating least squares over what was seen.

Each row of a factor has normal equations of its own, since other entries are missing in it. They are products
of the mask with the other factors' columns, two by two, and are made by the same tree of products as the
right-hand sides. A ridge pulls each row to the mean of its mode's rows, so that a slice of which nothing was
seen becomes an average one; along an ordered mode, squared differences of neighbouring rows are penalised
too.

Source: Tomasi and Bro, "PARAFAC and missing values", Chemometr. Intell. Lab. Syst. 75, 2005, gives the
weighted problem; Yokota, Zhao, Cichocki, "Smooth PARAFAC decomposition for tensor completion", IEEE Trans.
Signal Processing 64(20), 2016, equation 8 with p = 2, the penalty.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from etl.engine.types import Array
from models.tensors.arrays import namespace, placed
from models.tensors.batches import squared_norm
from models.tensors.cp import CPTensor, normalised
from models.tensors.linalg import identity, inverse, transposed
from models.tensors.nonnegative import hals
from models.tensors.products import Contraction
from models.tensors.smoothing import conjugate_gradients, differences
from models.tensors.sweeps import Sweeps, frozen, over_modes, run_sweeps

Penalties = Mapping[int, float]
"""Of squared differences of neighbouring rows, by mode, relative to what a row of data weighs."""


class Pairs:
    """Products of a factor's columns, two by two, each pair once.

    Parameters
    ----------
    like : float array
        Says where numbers lie.
    rank : int
    """

    def __init__(self, like: Array, rank: int) -> None:
        pairs = [(one, other) for one in range(rank) for other in range(one, rank)]
        where = [[pairs.index((min(i, j), max(i, j))) for j in range(rank)] for i in range(rank)]
        self.one, self.other = (placed(np.array(each), like, whole=True) for each in zip(*pairs, strict=True))
        self.where = placed(np.array(where), like, whole=True)

    def of(self, factor: Array) -> Array:
        """Shape (tensors, pairs, n).

        Parameters
        ----------
        factor : float array, shape (tensors, rank, n)
        """
        return factor[:, self.one] * factor[:, self.other]

    def matrices(self, sums: Array) -> Array:
        """Symmetric matrices, shape (tensors, n, rank, rank).

        Parameters
        ----------
        sums : float array, shape (tensors, pairs, n)
        """
        return transposed(sums)[:, :, self.where]


class Rows(NamedTuple):
    """Normal equations of a mode's rows: shapes (tensors, n, rank, rank) and (tensors, n, rank)."""

    grams: Array
    right: Array


def weighted_als(
    x: Array,
    seen: Array,
    factors: Sequence[Array],
    n_iter_max: int,
    tol: float,
    *,
    ridge: float,
    penalties: Penalties,
    non_negative: bool = False,
) -> tuple[CPTensor, Sweeps]:
    """Alternating least squares over the entries that were seen, of a batch.

    Parameters
    ----------
    x : float array, shape (tensors, n_1, ..., n_N)
        Zero where nothing was seen.
    seen : float array, shape of x
        Ones and zeros, or weights.
    factors : sequence of float arrays, shape (tensors, rank, n_k)
        To begin with.
    n_iter_max : int
    tol : float
    ridge : float
        Relative to what a row of data weighs.
    penalties : mapping of mode to float
    non_negative : bool
        Whether all factors are; penalties are then none.
    """
    factors = list(factors)
    pairs = Pairs(x, factors[0].shape[1])
    squared = [pairs.of(factor) for factor in factors]
    total, residual = squared_norm(x), [squared_norm(x)]
    by_factor, by_pair = Contraction(x * seen, factors), Contraction(seen, squared)
    weights = [namespace(x).ones_like(factors[0][..., 0])]

    def update(mode: int, parts: tuple[Array, Array], done: Array | None) -> None:
        rows = Rows(pairs.matrices(parts[1]), transposed(parts[0]))
        old = transposed(factors[mode] * weights[0][..., None])
        penalty = penalties.get(mode, 0.0)
        new = hals(*rows, old) if non_negative else solve_rows(rows, old, ridge, penalty)
        if mode == x.ndim - 2:
            residual[0] = seen_residual(total, rows, new)
        unit, norms = normalised(transposed(new))
        weights[0] = frozen(done, weights[0], norms)
        factors[mode] = frozen(done, factors[mode], unit)
        squared[mode] = pairs.of(factors[mode])

    def step(done: Array | None) -> Array:
        whole, both = (by_factor.whole, by_pair.whole), _both(by_factor, by_pair)
        over_modes(whole, range(x.ndim - 1), both, lambda mode, parts: update(mode, parts, done))
        return residual[0]

    sweeps = run_sweeps(step, total * 0 + float("inf"), n_iter_max, tol)
    return CPTensor(weights[0], [transposed(factor) for factor in factors]), sweeps


def _both(one: Contraction, other: Contraction) -> Callable[..., tuple[Array, Array]]:
    """Two contractions of the same modes as one."""

    def contract(parts: tuple[Array, Array], modes: Sequence[int], trailing: bool) -> tuple[Array, Array]:
        return one(parts[0], modes, trailing), other(parts[1], modes, trailing)

    return contract


def solve_rows(rows: Rows, old: Array, ridge: float, penalty: float) -> Array:
    """New rows of a mode's factor, weights included, shape (tensors, n, rank).

    Parameters
    ----------
    rows : Rows
    old : float array, shape (tensors, n, rank)
        To begin with; the ridge pulls to its mean row.
    ridge, penalty : float
    """
    xp = namespace(old)
    scale = xp.einsum("bnrr->b", rows.grams)[:, None, None] / (old.shape[1] * old.shape[2])
    least = 64 * float(xp.finfo(old.dtype).eps)
    pull = (ridge + least) * scale
    right = rows.right + pull * old.mean(1)[:, None]
    grams = rows.grams + pull[..., None] * identity(rows.grams)
    if not penalty or old.shape[1] < 3:
        return xp.einsum("bnrs,bns->bnr", inverse(grams), right)
    rough = penalty * scale

    def apply(v: Array) -> Array:
        return xp.einsum("bnrs,bns->bnr", grams, v) + rough * differences(v)

    blocks = inverse(grams + 2 * rough[..., None] * identity(grams))
    return conjugate_gradients(apply, right, old, lambda v: xp.einsum("bnrs,bns->bnr", blocks, v))


def seen_residual(total: Array, rows: Rows, new: Array) -> Array:
    """Relative residual over the entries that were seen, from the last mode's normal equations.

    Parameters
    ----------
    total : float array, shape (tensors,)
        Squared norms of what was seen.
    rows : Rows
    new : float array, shape (tensors, n, rank)
    """
    xp = namespace(total)
    fitted = xp.einsum("bnrs,bns->bnr", rows.grams, new)
    left = total - 2 * (rows.right * new).sum((1, 2)) + (fitted * new).sum((1, 2))
    tiny = float(xp.finfo(total.dtype).tiny)
    return xp.sqrt(xp.clip(left / xp.clip(total, tiny, None), 0, None))
