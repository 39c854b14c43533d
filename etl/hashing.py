"""A hash of whole numbers that is the same on every device: the source of repeatable arbitrary choices."""

from etl.engine import array_namespace
from etl.engine.types import Array


def mix(values: Array, seed: int) -> Array:
    """SplitMix64's mixing of each number with the seed.

    Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014, figure 16.

    Parameters
    ----------
    values : array of int or uint, any shape
    seed : int

    Returns
    -------
    array of uint64, shape of ``values``

    Examples
    --------
    >>> import numpy
    >>> int(mix(numpy.array([0]), seed=0)[0]) == 0xE220A8397B1DCDAF  # the generator's first number of seed 0
    True
    """
    xp = array_namespace(values)
    z = values.astype("uint64") + xp.uint64((seed + 1) * 0x9E3779B97F4A7C15 % 2**64)
    z = (z ^ (z >> xp.uint64(30))) * xp.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> xp.uint64(27))) * xp.uint64(0x94D049BB133111EB)
    return z ^ (z >> xp.uint64(31))
