"""Which nodes of a forest are the same up to the order of arguments."""

from itertools import pairwise

import numpy as np

from etl.equations.forest import Forest
from etl.equations.grammar import COMMUTATIVE


def canonical(forest: Forest) -> np.ndarray:
    """The first node that equals each one up to the order of arguments of sums, products and equations.

    Sums of more than two are nested, and are not regrouped: ``(a + b) + c`` equals ``c + (b + a)`` here and
    ``a + (b + c)`` does not. Equations that are mirror images are equal. Variables keep their names.

    Parameters
    ----------
    forest : Forest

    Returns
    -------
    int64 array, shape (nodes,)
        A node is in the class of the node that is named, whose own entry is itself.

    Examples
    --------
    >>> from etl.equations.forest import Builder
    >>> from etl.equations.parse import parse
    >>> build = Builder()
    >>> nodes = [parse(text, build) for text in ("x + y = 2*x", "x*2 = y + x", "x - y = 2*x")]
    >>> canonical(build.forest())[nodes].tolist() == [nodes[0], nodes[0], nodes[2]]
    True
    """
    first = np.arange(len(forest), dtype=np.int64)
    order = np.argsort(forest.height, kind="stable")
    bounds = np.searchsorted(forest.height[order], np.arange(1, forest.height.max(initial=0) + 2))
    size = len(forest) + 1
    swaps = np.isin(forest.func, sorted(COMMUTATIVE))
    for start, end in pairwise([0, *bounds.tolist()]):
        nodes = order[start:end]
        left, right = forest.left[nodes], forest.right[nodes]
        one = np.where(left < 0, forest.leaf[nodes], first[left]) + 1
        two = np.where(right < 0, -1, first[right]) + 1
        swapped = swaps[nodes] & (one > two)
        one, two = np.where(swapped, two, one), np.where(swapped, one, two)
        key = (forest.func[nodes] * np.int64(size) + one) * size + two
        _, place, which = np.unique(key, return_index=True, return_inverse=True)
        first[nodes] = nodes[place][which]
    return first
