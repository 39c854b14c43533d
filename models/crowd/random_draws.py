"""Random draws by a hash: the same on every device, in array operations, without waiting for any of them."""

import math
from dataclasses import dataclass

from etl.engine import array_namespace
from etl.engine.types import Array, ArrayModule
from etl.hashing import mix

PROPOSALS = 2
"""Of a gamma draw; the last is taken where all are refused, which happens once in hundreds."""


@dataclass
class Draws:
    """A stream of random arrays.

    Parameters
    ----------
    xp : module
        `numpy` or `cupy`.
    seed : int
    """

    xp: ArrayModule
    seed: int

    def uniform(self, *shape: int) -> Array:
        """Numbers between 0 and 1, both excluded, float64."""
        xp, size = self.xp, math.prod(shape)
        self.seed = (self.seed * 6364136223846793005 + 1442695040888963407) % 2**64
        bits = mix(xp.arange(size), self.seed) >> xp.uint64(11)
        return ((bits.astype("float64") + 0.5) * 2.0**-53).reshape(shape)

    def gamma(self, shapes: Array) -> Array:
        """A gamma number of scale 1 for each shape.

        Source: Marsaglia and Tsang, "A simple method for generating gamma variables", ACM Transactions on
        Mathematical Software 26(3), 2000: ``d v`` with ``v = (1 + x / sqrt(9 d))^3`` and ``d = shape - 1/3``;
        shapes below 1 by their section 6. Here proposals are few, and made for all at once.
        """
        xp, d = self.xp, shapes + 2.0 / 3.0  # of shape + 1, which is never below 1
        *uniforms, last = self.uniform(3 * PROPOSALS + 1, *shapes.shape)
        v, waits = d, d > 0
        for a, b, c in zip(*[iter(uniforms)] * 3, strict=True):
            x = xp.sqrt(-2.0 * xp.log(a)) * xp.cos(2.0 * math.pi * b)  # Box and Muller, 1958
            new = xp.maximum(1.0 + x / xp.sqrt(9.0 * d), 1e-3) ** 3
            v = xp.where(waits, new, v)
            waits = waits & (xp.log(c) > 0.5 * x * x + d * (1.0 - new + xp.log(new)))
        return d * v * xp.exp(xp.maximum(xp.log(last) / xp.maximum(shapes, 1e-3), -600.0))

    def dirichlet(self, weights: Array, axis: int) -> Array:
        """Shares that sum to 1 along the axis, from a Dirichlet distribution of these weights."""
        drawn = self.gamma(weights) + 1e-290
        return drawn / drawn.sum(axis=axis, keepdims=True)


def categorical(shares: Array, uniform: Array) -> Array:
    """A place in each row, drawn by the row's shares.

    Parameters
    ----------
    shares : float64 array, shape (n, places)
        Rows sum to 1.
    uniform : float64 array, shape (n,)
        Numbers between 0 and 1.

    Returns
    -------
    int64 array, shape (n,)

    Examples
    --------
    >>> import numpy
    >>> categorical(numpy.array([[0.2, 0.8], [0.2, 0.8]]), numpy.array([0.1, 0.3])).tolist()
    [0, 1]
    """
    xp = array_namespace(shares)
    place = xp.zeros(len(shares), dtype="int64")
    reached = xp.zeros(len(shares))
    for k in range(shares.shape[1] - 1):
        reached += shares[:, k]
        place += uniform > reached
    return place
