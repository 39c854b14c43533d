"""Unfolding, products with modes, and tensors from their factors.

Source: Kolda and Bader, "Tensor decompositions and applications", SIAM Review 51(3), 2009: sections 2.4
(unfolding), 2.5 (mode product), 2.6 (Khatri-Rao product), equations 3.1 (CP) and 4.1 (Tucker); Oseledets,
"Tensor-train decomposition", SIAM J. Sci. Comput. 33(5), 2011, equation 1.2. Order of the other modes in an
unfolding is TensorLy's: as they stand, the last the fastest.
"""

from collections.abc import Sequence
from functools import reduce

from etl.engine.types import Array
from models.tensors.arrays import namespace

Factors = Sequence[Array]
"""Matrices of shape (mode, rank), one a mode."""


def unfold(tensor: Array, mode: int) -> Array:
    """The tensor as a matrix of shape (``shape[mode]``, product of the others).

    Parameters
    ----------
    tensor : float array, shape (n_1, ..., n_N)
    mode : int
        Which axis, from 0; negative ones count from the end.

    Examples
    --------
    >>> import numpy
    >>> unfold(numpy.arange(8).reshape(2, 2, 2), 1).tolist()
    [[0, 1, 4, 5], [2, 3, 6, 7]]
    """
    return namespace(tensor).moveaxis(tensor, mode, 0).reshape(tensor.shape[mode], -1)


def fold(unfolded: Array, mode: int, shape: Sequence[int]) -> Array:
    """The tensor of this shape whose unfolding this is.

    Parameters
    ----------
    unfolded : float array, shape (n_mode, product of the others)
    mode : int
        Which axis, from 0; negative ones count from the end.
    shape : sequence of int
        Of the tensor.

    Examples
    --------
    >>> import numpy
    >>> fold(numpy.array([[0, 1, 4, 5], [2, 3, 6, 7]]), 1, (2, 2, 2)).ravel().tolist()
    [0, 1, 2, 3, 4, 5, 6, 7]
    """
    rest = [size for at, size in enumerate(shape) if at != mode % len(shape)]
    return namespace(unfolded).moveaxis(unfolded.reshape(shape[mode], *rest), 0, mode)


def mode_dot(tensor: Array, matrix: Array, mode: int, transpose: bool = False) -> Array:
    """Multiply a mode by a matrix, shape (new, ``shape[mode]``), or its transpose; a vector takes it away.

    Parameters
    ----------
    tensor : float array, shape (n_1, ..., n_N)
    matrix : float array, shape (new, n_mode), with ``transpose`` (n_mode, new), or a vector of n_mode
    mode : int
        Which axis, from 0; negative ones count from the end.

    Examples
    --------
    >>> import numpy
    >>> mode_dot(numpy.ones((2, 3, 4)), numpy.ones((5, 3)), 1).shape
    (2, 5, 4)
    >>> mode_dot(numpy.ones((2, 3, 4)), numpy.ones(3), 1).shape
    (2, 4)
    """
    xp = namespace(tensor)
    mode %= tensor.ndim
    if matrix.ndim == 1:
        return xp.tensordot(tensor, matrix, ([mode], [0]))
    wide = matrix if transpose else matrix.T
    if mode == tensor.ndim - 1:
        return tensor @ wide
    before, after = tensor.shape[:mode], tensor.shape[mode + 1 :]
    flat = tensor.reshape(*before, tensor.shape[mode], -1)
    return (wide.T @ flat).reshape(*before, wide.shape[1], *after)


def multi_mode_dot(
    tensor: Array,
    matrices: Factors,
    modes: Sequence[int] | None = None,
    skip: int | None = None,
    transpose: bool = False,
) -> Array:
    """Multiply modes, all by default, by a matrix each; those that shrink the tensor most come first.

    Parameters
    ----------
    modes : sequence of int, optional
        Modes of the matrices; by default the first ones.
    skip : int, optional
        Position in ``modes`` that is left out.
    """
    pairs = [
        (mode, matrix)
        for at, (mode, matrix) in enumerate(zip(modes or range(len(matrices)), matrices, strict=True))
        if at != skip
    ]
    into = 1 if transpose else 0
    pairs.sort(key=lambda pair: pair[1].shape[into] / pair[1].shape[1 - into])
    return reduce(lambda found, pair: mode_dot(found, pair[1], pair[0], transpose), pairs, tensor)


def khatri_rao(matrices: Factors, skip: int | None = None) -> Array:
    """Columns' Kronecker products, shape (product of rows, rank); the last matrix is the fastest.

    Parameters
    ----------
    matrices : sequence of float arrays, shape (n_k, rank)
    skip : int, optional
        The one that is left out.

    Examples
    --------
    >>> import numpy
    >>> khatri_rao([numpy.array([[1, 2]]), numpy.array([[3, 4], [5, 6]])]).tolist()
    [[3, 8], [5, 12]]
    """
    kept = [matrix for at, matrix in enumerate(matrices) if at != skip]
    rank = kept[0].shape[1]
    return reduce(lambda left, right: (left[:, None] * right[None]).reshape(-1, rank), kept)


def tucker_to_tensor(tucker_tensor: tuple[Array, Factors]) -> Array:
    """The whole tensor of a core, shape (ranks), and factors, shape (mode, rank) each.

    Parameters
    ----------
    tucker_tensor : tuple of a core and factors
    """
    core, factors = tucker_tensor
    return multi_mode_dot(core, factors)


def cp_to_tensor(cp_tensor: tuple[Array | None, Factors]) -> Array:
    """The whole tensor of weights, shape (rank,) or None for ones, and factors, shape (mode, rank) each.

    Parameters
    ----------
    cp_tensor : tuple of weights and factors
    """
    weights, factors = cp_tensor
    first = factors[0] if weights is None else factors[0] * weights
    shape = [factor.shape[0] for factor in factors]
    return (first @ khatri_rao(factors[1:]).T).reshape(*shape) if len(factors) > 1 else first.sum(1)


def tt_to_tensor(cores: Sequence[Array]) -> Array:
    """The whole tensor of cores, shape (rank before, mode, rank after) each, with ranks 1 at the ends.

    Parameters
    ----------
    cores : sequence of float arrays

    Raises
    ------
    ValueError
        Ranks of neighbours differ.
    """
    found = cores[0].reshape(-1, cores[0].shape[2])
    for core in cores[1:]:
        if found.shape[1] != core.shape[0]:
            raise ValueError(
                f"a core begins with rank {core.shape[0]}, the one before ends with {found.shape[1]}"
            )
        found = (found @ core.reshape(core.shape[0], -1)).reshape(-1, core.shape[2])
    return found.reshape(*(core.shape[1] for core in cores))
