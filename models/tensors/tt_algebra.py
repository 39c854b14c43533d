"""Arithmetic of tensor trains, without their tensors.

Source: Oseledets, "Tensor-train decomposition", SIAM J. Sci. Comput. 33(5), 2011, section 4: ranks add in a
sum and multiply in a product by elements; `models.tensors.tt.tt_round` makes them small again.
"""

from collections.abc import Sequence

from etl.engine.types import Array
from models.tensors.arrays import namespace
from models.tensors.contract import contract
from models.tensors.tt import right_orthogonal

Train = Sequence[Array]
"""Cores of shape (rank before, n_k, rank after)."""


def _check(one: Train, other: Train) -> None:
    shapes = [tuple(core.shape[1] for core in train) for train in (one, other)]
    if shapes[0] != shapes[1]:
        raise ValueError(f"trains of tensors of shapes {shapes[0]} and {shapes[1]} do not go together")


def tt_add(one: Train, other: Train) -> list[Array]:
    """The sum; its ranks are the sums of theirs.

    Parameters
    ----------
    one, other : sequence of float arrays, shape (rank before, n_k, rank after)

    Raises
    ------
    ValueError
        They are of tensors of different shapes.
    """
    _check(one, other)
    if len(one) == 1:
        return [one[0] + other[0]]
    xp = namespace(one[0])
    middle = [_block_diagonal(a, b) for a, b in zip(one[1:-1], other[1:-1], strict=True)]
    first = xp.concatenate([one[0], other[0]], 2)
    return [first, *middle, xp.concatenate([one[-1], other[-1]], 0)]


def _block_diagonal(a: Array, b: Array) -> Array:
    """Each slice of the one above and left of that of the other."""
    xp = namespace(a)
    upper = xp.concatenate([a, xp.einsum("an,bnc->anc", 0 * a[:, :, 0], 0 * b)], 2)
    lower = xp.concatenate([xp.einsum("bn,anc->bnc", 0 * b[:, :, 0], 0 * a), b], 2)
    return xp.concatenate([upper, lower], 0)


def tt_multiply(one: Train, other: Train) -> list[Array]:
    """The product by elements; its ranks are the products of theirs.

    Parameters
    ----------
    one, other : sequence of float arrays, shape (rank before, n_k, rank after)

    Raises
    ------
    ValueError
        They are of tensors of different shapes.
    """
    _check(one, other)
    return [
        namespace(a).einsum("anb,cnd->acnbd", a, b).reshape(-1, a.shape[1], a.shape[2] * b.shape[2])
        for a, b in zip(one, other, strict=True)
    ]


def tt_inner(one: Train, other: Train) -> Array:
    """The inner product, an array of no axis.

    Parameters
    ----------
    one, other : sequence of float arrays, shape (rank before, n_k, rank after)

    Raises
    ------
    ValueError
        They are of tensors of different shapes.
    """
    _check(one, other)
    xp = namespace(one[0])
    found = xp.ones_like(one[0][:, 0, :1]) @ xp.ones_like(other[0][:, 0, :1]).T
    for a, b in zip(one, other, strict=True):
        half = contract("ac,anb->cnb", found, a)
        found = contract("cnb,cnd->bd", half, b)
    return found[0, 0]


def tt_norm(train: Train) -> Array:
    """The Frobenius norm, an array of no axis; that of a small difference is not lost to rounding.

    Parameters
    ----------
    train : sequence of float arrays, shape (rank before, n_k, rank after)
    """
    first = right_orthogonal(train)[0].reshape(-1)
    return namespace(first).sqrt((first * first).sum())
