"""No information at all: the baseline that every acquisition must beat."""

from etl.engine import array_namespace
from etl.engine.types import Array
from etl.hashing import mix
from models.active.outputs import Outputs


def random(outputs: Outputs, seed: int = 0) -> Array:
    """A number drawn uniformly for each item by its number in the pool, float64 in [0, 1), (items,).

    The same item gets the same number in every round and in any order: to take the highest of those left is
    to draw without replacement.

    Parameters
    ----------
    outputs : Outputs
        Only the items' numbers are read.
    seed : int

    Examples
    --------
    >>> import numpy
    >>> random(Outputs(numpy.arange(4))).round(2).tolist()
    [0.88, 0.57, 0.59]
    """
    return uniform(outputs.items, seed)


def uniform(numbers: Array, seed: int) -> Array:
    """A float64 in [0, 1) for each whole number: the upper 53 bits of its hash.

    Parameters
    ----------
    numbers : int64 array of any shape
    seed : int

    Returns
    -------
    float64 array of the same shape
    """
    shift = array_namespace(numbers).uint64(11)
    return (mix(numbers, seed) >> shift).astype("float64") * 2.0**-53
