"""What a decomposition leaves, carried over from neighbours along an ordered axis.

A series of remainders is a stationary Markov process (Ornstein and Uhlenbeck's) seen in noise: squared
differences of neighbours and squares are penalised. Its estimate solves one tridiagonal system a series, by
elimination (Golub and Van Loan, "Matrix Computations", section 4.3), all series at once.
"""

from etl.engine.types import Array
from models.tensors.arrays import namespace


def carried(left: Array, seen: Array, stiffness: float, pull: float) -> Array:
    """Estimates of all remainders, from those that were seen; the further from them, the nearer to zero.

    They minimise sum seen (left - e)^2 + stiffness sum (difference of neighbours)^2 + pull sum e^2.

    Parameters
    ----------
    left, seen : float arrays, shape (..., n)
        Remainders, and ones where they were seen.
    stiffness, pull : float
    """
    xp = namespace(left)
    size = left.shape[-1]
    diagonal = seen + (pull + 2 * stiffness)
    right = seen * left
    slope: list[Array] = []
    level: list[Array] = []
    for at in range(size):
        own = diagonal[..., at] - (stiffness if at in (0, size - 1) else 0.0)
        before = right[..., at]
        if at:
            own = own - stiffness * slope[-1]
            before = before + stiffness * level[-1]
        slope.append(stiffness / own)
        level.append(before / own)
    found = [level[-1]]
    for at in range(size - 2, -1, -1):
        found.append(level[at] + slope[at] * found[-1])
    return xp.stack(found[::-1], -1)
