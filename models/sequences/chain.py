"""A tensor train times one vector in all of its modes: small products in a row, and never the tensor.

Source: Yu, Zheng, Anandkumar, Yue, "Long-term forecasting using higher-order tensor RNNs", arXiv 1711.00073,
equations 5 to 7. There the outer product s x s x ... x s, of S^P numbers, is contracted with the cores; since
it has rank one, each core can take its s alone.
"""

from collections.abc import Sequence
from itertools import pairwise

from etl.engine.types import Tensor


def chain(s: Tensor, cores: Sequence[Tensor], add: Tensor) -> Tensor:
    """``add`` and sum over i_1..i_P of W[i_1, ..., i_P, a] s[i_1] ... s[i_P], where W is in a tensor train.

    v_1 = s A_1; v_k+1[j] = sum over l, i of v_k[l] s[i] A_k+1[l, i, j]. Work grows with P r^2 S and r S a.

    Parameters
    ----------
    s : float tensor, shape (batch, S)
    cores : sequence of P float tensors, shape (rank before, S, rank after)
        The first rank is 1; the last core's last axis counts the outputs a.
    add : float tensor, shape (batch, outputs)
        What the product is added to.

    Returns
    -------
    float tensor, shape (batch, outputs)
    """
    v = s
    for core, after in pairwise(cores):
        v = outer(v @ core.flatten(0, 1), s) if after.shape[0] > 1 else v @ core.flatten(0, 1) * s
    return add.addmm(v, cores[-1].flatten(0, 1))


def outer(v: Tensor, s: Tensor) -> Tensor:
    """Products of each number of one with each of the other.

    Parameters
    ----------
    v, s : tensor, shape (batch, n) and (batch, m)

    Returns
    -------
    tensor, shape (batch, n * m)
    """
    return (v.unsqueeze(2) * s.unsqueeze(1)).flatten(1)


def core_shapes(size: int, outputs: int, order: int, rank: int) -> list[tuple[int, int, int]]:
    """Shapes of the cores: r S + (P - 2) r^2 S + r S a numbers, and S a where the order is 1.

    Parameters
    ----------
    size : int
        S.
    outputs : int
        a.
    order : int
        P, how many vectors are multiplied.
    rank : int
        r, between neighbours.

    Examples
    --------
    >>> core_shapes(61, 80, order=3, rank=4)
    [(1, 61, 4), (4, 61, 4), (4, 61, 80)]
    """
    ranks = [1, *[rank] * (order - 1), outputs]
    return [(before, size, after) for before, after in pairwise(ranks)]
