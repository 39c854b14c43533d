"""Tensor trains by TT-SVD, and their rounding.

Source: Oseledets, "Tensor-train decomposition", SIAM J. Sci. Comput. 33(5), 2011, algorithms 1 (TT-SVD) and 2
(rounding).
"""

from collections.abc import Sequence

import numpy as np

from etl.engine.types import Array
from models.tensors.inputs import stacked
from models.tensors.linalg import left_singular, orthonormal, transposed
from models.tensors.ranks import host_squares


def tensor_train(
    tensor: Array, rank: int | Sequence[int], *, energy: float | None = None, batch: bool = False
) -> list[Array]:
    """Cores of a tensor train, shape (rank before, n_k, rank after), all but the last left-orthogonal.

    Parameters
    ----------
    tensor : float array, shape (n_1, ..., n_N), or with ``batch`` (tensors, n_1, ..., n_N)
    rank : int or sequence of int
        At most so many, where that is possible, for an int; else N + 1 ranks with 1 at both ends.
    energy : float, optional
        Ranks below the given ones that keep this share of the sum of squares. The host reads singular values.
    batch : bool
        Whether the first axis counts tensors, each of which is decomposed by itself; so do those of the
        cores.

    Examples
    --------
    >>> import numpy
    >>> [core.shape for core in tensor_train(numpy.ones((4, 3, 2)), 1)]
    [(1, 4, 1), (1, 3, 1), (1, 2, 1)]
    """
    x, _ = stacked(tensor, batch)
    cores = tt_svd(x, train_ranks(x.shape[1:], rank), energy)
    return cores if batch else [core[0] for core in cores]


def train_ranks(shape: Sequence[int], rank: int | Sequence[int]) -> list[int]:
    """Ranks of a tensor train, with 1 at both ends.

    Parameters
    ----------
    shape : sequence of int
    rank : int or sequence of int

    Raises
    ------
    ValueError
        There are not N + 1 of them with ends of 1, or one is below 1 or above what its unfolding can have.

    Examples
    --------
    >>> train_ranks((4, 3, 2), 3)
    [1, 3, 2, 1]
    """
    most = _most_ranks(shape)
    if isinstance(rank, int | np.integer):
        if rank < 1:
            raise ValueError(f"a rank is at least 1, not {rank}")
        return [min(int(rank), each) for each in most]
    ranks = [int(each) for each in rank]
    if len(ranks) != len(shape) + 1 or ranks[0] != 1 or ranks[-1] != 1:
        raise ValueError(
            f"a train of {len(shape)} modes has {len(shape) + 1} ranks, the first and last 1: not {ranks}"
        )
    for at, (each, bound) in enumerate(zip(ranks, most, strict=True)):
        if not 1 <= each <= bound:
            raise ValueError(
                f"rank {each} before mode {at} is not between 1 and {bound}, the most that it can be"
            )
    return ranks


def _most_ranks(shape: Sequence[int]) -> list[int]:
    """The ranks that the unfoldings of a tensor of this shape can have."""
    ahead = [int(np.prod(shape[:at], dtype=object)) for at in range(len(shape) + 1)]
    behind = [int(np.prod(shape[at:], dtype=object)) for at in range(len(shape) + 1)]
    return [min(pair) for pair in zip(ahead, behind, strict=True)]


def tt_svd(x: Array, ranks: Sequence[int], energy: float | None = None) -> list[Array]:
    """Cores of a batch, each with a leading axis. With ranks alone the host reads nothing.

    Parameters
    ----------
    x : float array, shape (tensors, n_1, ..., n_N)
    ranks : sequence of int
        N + 1 of them.
    energy : float, optional
    """
    cores, before, count = [], 1, x.shape[0]
    rest = x
    for mode, size in enumerate(x.shape[1:-1]):
        matrices = rest.reshape(count, before * size, -1)
        squares, vectors = left_singular(matrices)
        rank = min(ranks[mode + 1], vectors.shape[-1])
        if energy is not None:
            rank = min(rank, kept(host_squares(squares), energy, x.ndim - 2))
        vectors = vectors[..., :rank]
        cores.append(vectors.reshape(count, before, size, rank))
        rest, before = transposed(vectors) @ matrices, rank
    return [*cores, rest.reshape(count, before, x.shape[-1], 1)]


def kept(squares: np.ndarray, energy: float, cuts: int) -> int:
    """The least rank that loses no more than an even part of what may be lost, in each tensor of a batch.

    Parameters
    ----------
    squares : float array, shape (tensors, k)
        Squared singular values, descending.
    energy : float
    cuts : int
        Among how many truncations the loss is divided.
    """
    tails = np.cumsum(squares[:, ::-1], 1)[:, ::-1]
    return max(1, int((tails > tails[:, :1] * max(1 - energy, 0) / cuts).sum(1).max()))


def tt_round(
    cores: Sequence[Array], rank: int | Sequence[int], *, energy: float | None = None
) -> list[Array]:
    """The same train with smaller ranks, without the tensor.

    Parameters
    ----------
    cores : sequence of float arrays, shape (rank before, n_k, rank after)
    rank : int or sequence of int
    energy : float, optional
        As in `tensor_train`.
    """
    shape = [core.shape[1] for core in cores]
    ranks = train_ranks(shape, rank)
    rest = right_orthogonal(cores)
    found, carried = [], rest[0]
    for at, core in enumerate(rest[1:]):
        before, size, after = carried.shape
        matrix = carried.reshape(before * size, after)
        squares, vectors = left_singular(matrix)
        new = min(ranks[at + 1], vectors.shape[-1])
        if energy is not None:
            new = min(new, kept(host_squares(squares[None]), energy, len(rest) - 1))
        vectors = vectors[:, :new]
        found.append(vectors.reshape(before, size, new))
        carried = (transposed(vectors) @ matrix @ core.reshape(after, -1)).reshape(new, *core.shape[1:])
    return [*found, carried]


def right_orthogonal(cores: Sequence[Array]) -> list[Array]:
    """The same train, all cores but the first with orthonormal rows as (rank before, n_k * rank after).

    Parameters
    ----------
    cores : sequence of float arrays, shape (rank before, n_k, rank after)
    """
    found, carried = [], cores[-1]
    for core in reversed(cores[:-1]):
        wide = carried.reshape(carried.shape[0], -1)
        q = orthonormal(transposed(wide))
        found.append(transposed(q).reshape(q.shape[1], *carried.shape[1:]))
        turn = wide @ q
        carried = (core.reshape(-1, core.shape[2]) @ turn).reshape(*core.shape[:2], q.shape[1])
    return [carried, *reversed(found)]
