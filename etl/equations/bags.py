"""What equations are made of, without how: counts of functions and leaves, and how varied a corpus is."""

from dataclasses import dataclass

import numpy as np

from etl.equations.forest import Equations
from etl.equations.grammar import CODE, FUNCTIONS
from etl.equations.groups import below
from etl.equations.splits import depths


def words(equations: Equations) -> tuple[str, ...]:
    """Names of what `bags` counts: functions, then each number and symbol, then black boxes."""
    forest = equations.forest
    return (*FUNCTIONS, *forest.numbers, *forest.symbols, *forest.boxes)


def bags(equations: Equations) -> tuple[np.ndarray, np.ndarray]:
    """Counts of functions and leaves on the left and on the right of each equality.

    A classifier that sees these alone does not know which argument is whose, so it tells whether the truth of
    a corpus can be guessed without understanding.

    Parameters
    ----------
    equations : Equations

    Returns
    -------
    left, right : float32 arrays, shape (equations, words)
        In the order of `words`; a number counts as itself and as ``number``.

    Examples
    --------
    >>> from etl.equations.forest import Builder
    >>> build = Builder()
    >>> x = build.symbol("x")
    >>> root = build.node("equality", build.node("add", x, x), build.node("mul", build.number("2"), x))
    >>> equations = build.equations([root])
    >>> left, right = (dict(zip(words(equations), bag[0].tolist())) for bag in bags(equations))
    >>> left["x"], right["x"], left["add"], right["2"]
    (2.0, 1.0, 1.0, 1.0)
    """
    forest, start = equations.forest, len(FUNCTIONS)
    counts = np.zeros((len(forest), len(words(equations))), np.float32)
    boxes = forest.func >= start
    code = np.where(boxes, forest.func + len(forest.numbers) + len(forest.symbols), forest.func)
    counts[np.arange(len(forest)), code] = 1
    for kind, first in (("number", start), ("symbol", start + len(forest.numbers))):
        these = np.flatnonzero(forest.func == CODE[kind])
        counts[these, first + forest.leaf[these]] = 1
    order = np.argsort(forest.height, kind="stable")
    for level in np.split(order, np.cumsum(np.bincount(forest.height))[:-1])[1:]:
        two = level[forest.right[level] >= 0]
        counts[level] += counts[forest.left[level]]
        counts[two] += counts[forest.right[two]]
    return counts[forest.left[equations.roots]], counts[forest.right[equations.roots]]


@dataclass(frozen=True)
class Variety:
    """How varied equations are.

    Attributes
    ----------
    functions : dict of str to float
        Occurrences an equation, by function and leaf, most frequent first; those that occur.
    subtrees : int
        Distinct ones below the equalities.
    length : dict of int to tuple of float
        Mean nodes of false equations and of identities, by depth.
    """

    functions: dict[str, float]
    subtrees: int
    length: dict[int, tuple[float, float]]


def variety(equations: Equations) -> Variety:
    """Functions, distinct subtrees and lengths of equations.

    Parameters
    ----------
    equations : Equations
    """
    both = np.add(*bags(equations))
    means = dict(zip(words(equations), both.mean(0).tolist(), strict=True))
    often = {name: mean for name, mean in sorted(means.items(), key=lambda item: -item[1]) if mean}
    sizes, depth = 1 + both[:, : len(FUNCTIONS)].sum(1), depths(equations)
    length = {}
    for each in np.unique(depth).tolist():
        false, true = (sizes[(depth == each) & (equations.labels == label)] for label in (0, 1))
        length[each] = float(false.mean()), float(true.mean())
    nodes = below(equations.forest, equations.roots)
    return Variety(often, len(nodes) - len(np.unique(equations.roots)), length)
