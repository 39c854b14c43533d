"""What is beneath nodes of a forest, found for all of them level by level."""

from itertools import pairwise

import numpy as np

from etl.equations.forest import Forest
from etl.equations.grammar import CODE

BITS = 64


def anywhere(forest: Forest, marked: np.ndarray) -> np.ndarray:
    """Marks of nodes and of all nodes beneath them.

    Parameters
    ----------
    forest : Forest
    marked : bool or unsigned array, shape (nodes,)
        Bits are joined by *or*.

    Examples
    --------
    >>> from etl.equations.forest import Builder
    >>> build = Builder()
    >>> _ = build.node("add", build.node("sin", build.symbol("x")), build.number("1"))
    >>> anywhere(build.forest(), build.forest().func == 1)
    array([ True,  True, False,  True])
    """
    found = np.append(marked, marked.dtype.type(0))  # the last entry is found by the child -1
    order = np.argsort(forest.height, kind="stable")
    edges = np.searchsorted(forest.height[order], np.arange(1, forest.height.max(initial=0) + 2))
    for start, end in pairwise(edges):
        nodes = order[start:end]
        found[nodes] |= found[forest.left[nodes]] | found[forest.right[nodes]]
    return found[:-1]


def variables(forest: Forest) -> np.ndarray:
    """Which symbols nodes are made of.

    Parameters
    ----------
    forest : Forest

    Returns
    -------
    uint64 array, shape (nodes,)
        A bit a symbol; from the 65th on they share those of the first.
    """
    symbol = forest.func == CODE["symbol"]
    bit = np.uint64(1) << (forest.leaf % BITS).astype(np.uint64)
    return anywhere(forest, np.where(symbol, bit, np.uint64(0)))
