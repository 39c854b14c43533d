"""How often a subtree stands in known equations; of one that never did, less is expected the larger it is."""

from collections import Counter

import numpy as np

from etl.engine.types import Array
from etl.equations.forest import Equations, Forest
from etl.equations.trees import levels, sizes
from etl.handoff import to_host
from models.programs.graft import Grafter


def occurrences(equations: Equations) -> Array:
    """How often each node stands in the trees of equations.

    Parameters
    ----------
    equations : Equations

    Returns
    -------
    int64 array, shape (nodes,)

    Examples
    --------
    >>> from etl.equations.forest import Builder
    >>> build = Builder()
    >>> x = build.symbol("x")
    >>> twice = build.node("add", x, x)
    >>> occurrences(build.equations([twice, build.node("mul", twice, x)])).tolist()
    [5, 2, 1]
    """
    forest = equations.forest
    counts = np.bincount(to_host(equations.roots), minlength=len(forest))
    for nodes in reversed(levels(forest.height)[1:]):
        for children in (forest.left, forest.right):
            there = nodes[children[nodes] >= 0]
            np.add.at(counts, children[there], counts[there])
    return counts


class Prior:
    """Logarithms of how often each candidate is expected.

    Parameters
    ----------
    depth : int
        Of the largest subtrees that are counted.
    """

    def __init__(self, depth: int = 1) -> None:
        self.depth = depth
        self.counts: Counter[int] = Counter()
        self.known = Grafter()

    def add(self, equations: Equations) -> None:
        """Count the subtrees of equations.

        Parameters
        ----------
        equations : Equations
        """
        forest = equations.forest
        counts = occurrences(equations)
        nodes = np.flatnonzero((forest.height <= self.depth) & (counts > 0))
        for node, count in zip(self.known.put_all(forest, nodes), counts[nodes].tolist(), strict=True):
            self.counts[node] += count

    def log(self, forest: Forest, nodes: Array) -> Array:
        """Logarithms of expected counts, float, shape (nodes,).

        Parameters
        ----------
        forest : Forest
        nodes : int array
        """
        known = self.known.put_all(forest, nodes)
        counts = np.array([self.counts[node] for node in known], float)
        with np.errstate(divide="ignore"):
            return np.logaddexp(np.log(counts), np.log(0.1) - sizes(forest)[nodes])
