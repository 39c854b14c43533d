"""What is beneath nodes of a forest, found for all of them level by level."""

from itertools import pairwise

import numpy as np

from etl.equations.forest import Forest


def anywhere(forest: Forest, marked: np.ndarray) -> np.ndarray:
    """Whether nodes are marked, or any node beneath them.

    Parameters
    ----------
    forest : Forest
    marked : bool array, shape (nodes,)

    Returns
    -------
    bool array, shape (nodes,)

    Examples
    --------
    >>> from etl.equations.forest import Builder
    >>> build = Builder()
    >>> _ = build.node("add", build.node("sin", build.symbol("x")), build.number("1"))
    >>> anywhere(build.forest(), build.forest().func == 1)
    array([ True,  True, False,  True])
    """
    found = np.append(marked, False)  # the last entry is found by the child -1
    order = np.argsort(forest.height, kind="stable")
    edges = np.searchsorted(forest.height[order], np.arange(1, forest.height.max(initial=0) + 2))
    for start, end in pairwise(edges):
        nodes = order[start:end]
        found[nodes] |= found[forest.left[nodes]] | found[forest.right[nodes]]
    return found[:-1]
