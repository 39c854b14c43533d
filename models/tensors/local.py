"""What a decomposition leaves, carried over from neighbours along an ordered axis.

A series of remainders is a stationary Markov process (Ornstein and Uhlenbeck's) seen in noise: squared
differences of neighbours and squares are penalised. Its estimate solves one tridiagonal system a series, all
series at once, by cyclic reduction (Golub and Van Loan, "Matrix Computations", section 4.5): each pass
eliminates every other unknown, so that there are as many passes as the length has binary digits.
"""

from itertools import product

from etl.engine.types import Array
from models.tensors.arrays import namespace

SETTINGS = tuple(product((0.1, 0.3, 1.0, 3.0), (0.01, 0.03, 0.1, 0.3)))
"""Pairs of stiffness and pull to choose from."""


def carried(left: Array, seen: Array, stiffness: float, pull: float, steps: Array | None = None) -> Array:
    """Estimates of all remainders, from those that were seen; the further from them, the nearer to zero.

    They minimise sum seen (left - e)^2 + stiffness sum (difference of neighbours)^2 / step + pull sum e^2.

    Parameters
    ----------
    left, seen : float arrays, shape (..., n)
        Remainders, and ones where they were seen.
    stiffness, pull : float
    steps : float array, shape (n - 1,), optional
        Distances of neighbours; by default 1.
    """
    xp = namespace(left)
    unit = xp.ones_like(left[..., 1:])
    links = stiffness * (unit if steps is None else unit / steps)
    edge = xp.zeros_like(left[..., :1])
    ends = xp.concatenate([edge, links, edge], -1)
    return _solved(seen + pull + (ends[..., 1:] + ends[..., :-1]), links, seen * left)


def _solved(diagonal: Array, links: Array, right: Array) -> Array:
    """Solutions of systems with these diagonals and, beside them, minus the links."""
    xp, size = namespace(right), right.shape[-1]
    if size == 1:
        return right / diagonal
    even, odd = diagonal[..., ::2], diagonal[..., 1::2]
    before, after = links[..., ::2], links[..., 1::2]  # of an odd place with the even ones beside it
    if size % 2 == 0:  # one more even place, of zero, has every odd one between two
        edge = xp.zeros_like(right[..., :1])
        even, after = xp.concatenate([even, edge + 1], -1), xp.concatenate([after, edge], -1)
        right = xp.concatenate([right, edge], -1)
    first, last = before / even[..., :-1], after / even[..., 1:]
    outer, inner = right[..., ::2], right[..., 1::2]
    inside = _solved(
        odd - first * before - last * after,
        last[..., :-1] * before[..., 1:],
        inner + first * outer[..., :-1] + last * outer[..., 1:],
    )
    edge = xp.zeros_like(inside[..., :1])
    from_left = xp.concatenate([edge, after * inside], -1)
    from_right = xp.concatenate([before * inside, edge], -1)
    around = (outer + from_left + from_right) / even
    woven = xp.stack([around[..., :-1], inside], -1).reshape(*inside.shape[:-1], -1)
    return xp.concatenate([woven, around[..., -1:]], -1)[..., :size]
