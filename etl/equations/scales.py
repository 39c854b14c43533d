"""How far from 0 an equation is to be tried: abs(x - 100) = 100 - x holds as far as its number."""

from math import log10
from typing import Final

import numpy as np

from etl.equations.forest import Forest
from etl.equations.grammar import CODE, UNARY
from etl.equations.groups import exact
from etl.equations.trees import anywhere, of_numbers

LEAST: Final = 5
"""Numbers from here on may end a branch beyond all sampled points, see `sampling.SCALES`."""
MOST: Final = 1e6
"""Largest scale."""
_BRANCHED: Final = [CODE[name] for name in (*(n for n in UNARY if n.startswith("a")), "ln", "log", "pow")]


def scales(forest: Forest, roots: np.ndarray) -> np.ndarray:
    """Powers of ten near the largest number of each equation that can change its branch at such numbers.

    Parameters
    ----------
    forest : Forest
    roots : int array, shape (equations,)

    Returns
    -------
    float64 array, shape (equations,)
        0 where the points that are sampled will do.

    Examples
    --------
    >>> from etl.equations.forest import Builder
    >>> from etl.equations.parse import parse
    >>> build = Builder()
    >>> roots = [parse(text, build) for text in ("abs(x - 120) = x", "x**2 = 120*x", "abs(x) = x")]
    >>> scales(build.forest(), np.array(roots)).tolist()
    [100.0, 0.0, 0.0]
    """
    marks = of_numbers(forest, _bit).astype(np.uint8)
    branched = np.isin(forest.func, _BRANCHED) & ~_whole_power(forest)
    varied = anywhere(forest, branched & anywhere(forest, forest.func == CODE["symbol"]))[roots]
    large = anywhere(forest, marks)[roots] & varied.astype(np.uint8) * np.uint8(0x7F)
    return np.where(large > 0, 10.0 ** np.floor(np.log2(np.maximum(large, 1))), 0.0)


def _whole_power(forest: Forest) -> np.ndarray:
    """Powers with a whole number, which have one branch."""
    whole = of_numbers(forest, lambda text: exact(text).denominator == 1, False)
    return (forest.func == CODE["pow"]) & whole[forest.right]


def _bit(text: str) -> int:
    """The power of ten of a number's magnitude as a bit, from 1 to 6; of less than 5 none."""
    size = float(abs(exact(text)))
    return 1 << max(1, round(log10(min(size, MOST)))) if size >= LEAST else 0
