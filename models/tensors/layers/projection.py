"""Products of modes with small matrices, in the order that costs least.

Of two modes (D, R) the one with the larger 1/R - 1/D goes first: the cost of one order less that of the other
is a positive multiple of the difference. Neighbours whose Kronecker product stays small are
multiplied as one mode, in one pass over the data.
"""

from collections.abc import Sequence
from functools import reduce
from math import prod

import torch

from etl.engine.types import Tensor

SMALL = 512
"""Entries of a Kronecker product that takes the place of two passes."""
Pairs = list[tuple[int, int]]


def groups(sizes: Sequence[int], ranks: Sequence[int]) -> list[list[int]]:
    """Neighbouring modes that are multiplied as one.

    Parameters
    ----------
    sizes, ranks : sequence of int
        Of modes, before and after.

    Examples
    --------
    >>> groups((512, 7, 7), (64, 3, 3))
    [[0], [1, 2]]
    """
    found: list[list[int]] = []
    for mode in range(len(sizes)):
        both = [*found[-1], mode] if found else [mode]
        if found and prod([sizes[k] * ranks[k] for k in both]) <= SMALL:
            found[-1] = both
        else:
            found.append([mode])
    return found


def _pairs(sizes: Sequence[int], ranks: Sequence[int]) -> tuple[list[list[int]], Pairs, list[int]]:
    """Groups, their sizes before and after, and the order in which they are multiplied."""
    parts = groups(sizes, ranks)
    pairs = [(prod([sizes[k] for k in part]), prod([ranks[k] for k in part])) for part in parts]
    order = sorted(range(len(parts)), key=lambda at: 1 / pairs[at][0] - 1 / pairs[at][1])
    return parts, pairs, order


def project(x: Tensor, matrices: Sequence[Tensor]) -> Tensor:
    """Rows (b, D_1, ..., D_N) times matrices (D_k, R_k): (b, R_1 ... R_N), flat.

    Parameters
    ----------
    x : Tensor, shape (b, ...)
        Modes may be flat.
    matrices : sequence of Tensor
    """
    sizes, ranks = [m.shape[0] for m in matrices], [m.shape[1] for m in matrices]
    parts, pairs, order = _pairs(sizes, ranks)
    now = [size for size, _ in pairs]
    for at in order:
        matrix = reduce(torch.kron, [matrices[k] for k in parts[at]])
        before, after = prod(now[:at]), prod(now[at + 1 :])
        flat = x.reshape(-1, now[at], after)
        x = flat[..., 0] @ matrix if after == 1 else matrix.T @ flat
        now[at] = pairs[at][1]
        x = x.reshape(-1, before * now[at] * after)
    return x


def project_flops(sizes: Sequence[int], ranks: Sequence[int]) -> int:
    """Of `project`, for one row.

    Parameters
    ----------
    sizes, ranks : sequence of int
        Of modes, before and after.

    Examples
    --------
    >>> project_flops((4, 3), (2, 1))
    48
    """
    _, pairs, order = _pairs(sizes, ranks)
    now, total = [size for size, _ in pairs], 0
    for at in order:
        total += 2 * prod(now) * pairs[at][1]
        now[at] = pairs[at][1]
    return total
