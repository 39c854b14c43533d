"""Products of a batch of tensors with the Khatri-Rao products of a CP decomposition, rank first.

Factors are kept as (tensors, rank, n_k), so that each product is a plain or a batched matrix product of views
and no part of the tensor is copied.
"""

from collections.abc import Callable, Sequence
from functools import reduce
from math import prod

from etl.engine.types import Array
from models.tensors.arrays import contiguous, is_torch, namespace
from models.tensors.linalg import stack_product, transposed
from models.tensors.sweeps import over_modes


def row_khatri_rao(factors: Sequence[Array]) -> Array:
    """Rows' Kronecker products, shape (tensors, rank, product of sizes); the last factor is the fastest.

    Parameters
    ----------
    factors : sequence of float arrays, shape (tensors, rank, n_k)
    """
    return reduce(_kronecker, factors)


def _kronecker(left: Array, right: Array) -> Array:
    if is_torch(left):
        return (left[..., None] * right[..., None, :]).reshape(*left.shape[:2], -1)
    # NumPy multiplies broadcast arrays by short lines, and takes twice as long.
    return namespace(left).einsum("bri,brj->brij", left, right).reshape(*left.shape[:2], -1)


class Contraction:
    """Contracts modes of a tensor with factors that change between calls.

    The whole tensor, shape (tensors, n_1, ..., n_N), becomes one with the rank as a second axis by one matrix
    product; such a one is contracted further by matrix-vector products, a rank each.

    Parameters
    ----------
    whole : float array, shape (tensors, n_1, ..., n_N)
    factors : list of float arrays, shape (tensors, rank, n_k)
        Read at each call.
    """

    def __init__(self, whole: Array, factors: list[Array]) -> None:
        self.whole = whole
        self.factors = factors

    def __call__(self, part: Array, modes: Sequence[int], trailing: bool) -> Array:
        """Contract these modes, which are the last ones of the part, or else its first.

        Parameters
        ----------
        part : float array, shape (tensors, sizes) of the whole, else (tensors, rank, sizes)
        modes : sequence of int
        trailing : bool
        """
        weights = row_khatri_rao([self.factors[mode] for mode in modes])
        lead = 1 if part is self.whole else 2
        sizes = part.shape[lead:]
        kept = sizes[: -len(modes)] if trailing else sizes[len(modes) :]
        gone = weights.shape[-1]
        halves = (prod(kept), gone) if trailing else (gone, prod(kept))
        matrices = part.reshape(*part.shape[:lead], *halves)
        turned = transposed(matrices) if trailing else matrices
        if part is self.whole and trailing and len(part) > 1:  # BLAS is slow with a stack of transposed ones
            found = contiguous(transposed(matrices @ contiguous(transposed(weights))))
        elif part is self.whole:
            found = stack_product(weights, turned)
        else:
            found = (weights[..., None, :] @ turned)[..., 0, :]
        return found.reshape(*weights.shape[:2], *kept)


def each_mttkrp(x: Array, factors: list[Array], update: Callable[[int, Array], None]) -> None:
    """Visit each mode in order with its unfolding times Khatri-Rao product, shape (tensors, rank, n_k).

    Parameters
    ----------
    x : float array, shape (tensors, n_1, ..., n_N)
    factors : list of float arrays, shape (tensors, rank, n_k)
        May be changed by ``update``.
    update : callable
        Given the mode and the product.
    """
    over_modes(x, range(x.ndim - 1), Contraction(x, factors), update)


def inner(x: Array, factors: list[Array]) -> Array:
    """Inner products of each tensor with the rank-one tensors of the factors, shape (tensors, rank).

    Parameters
    ----------
    x : float array, shape (tensors, n_1, ..., n_N)
    factors : list of float arrays, shape (tensors, rank, n_k)
    """
    part = Contraction(x, factors)(x, range(1, x.ndim - 1), True)
    return (part * factors[0]).sum(-1)


def rebuilt(weights: Array, factors: Sequence[Array]) -> Array:
    """The whole tensors of a batch.

    Parameters
    ----------
    weights : float array, shape (tensors, rank)
    factors : sequence of float arrays, shape (tensors, n_k, rank)
    """
    first = factors[0] * weights[:, None]
    rest = row_khatri_rao([transposed(factor) for factor in factors[1:]])
    return (first @ rest).reshape(len(first), *(factor.shape[1] for factor in factors))
