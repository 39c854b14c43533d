"""What the two sides of equations are at points: equal, different, undefined, or not told by doubles."""

from typing import Final

import numpy as np

from etl.engine import array_namespace
from etl.engine.types import Array
from etl.equations.forest import Forest
from etl.equations.grammar import CODE
from etl.equations.groups import exact
from etl.equations.rules import SEEN
from etl.equations.trees import of_numbers
from etl.equations.trust import Measured

UNTOLD: Final = 0
UNDEFINED: Final = 1
EQUAL: Final = 2
DIFFERENT: Final = 3
ABSENT: Final = 4
"""No point of this equation: one without variables has one alone."""
CLEAR: Final = 64.0
"""Differences of less than this many bounds are left to more digits."""


def states(left: Measured, right: Measured, slack: Array) -> tuple[Array, Array]:
    """Compare two sides.

    Parameters
    ----------
    left, right : Measured
        Of shape (equations, points).
    slack : float64 array, shape (equations, 1)
        Difference that is allowed, see `roundings`; 0 for most.

    Returns
    -------
    int8 array, shape (equations, points)
        ``UNTOLD``, ``UNDEFINED``, ``EQUAL`` or ``DIFFERENT``.
    float64 array, shape (equations, points)
        Relative differences.
    """
    xp = array_namespace(left.error)
    with np.errstate(all="ignore"):
        difference = abs(left.value - right.value)
        bound = 4 * (left.error + right.error)
        sizes = xp.maximum(abs(left.value), abs(right.value))
        seen = bound <= SEEN * xp.minimum(left.influence, right.influence)
        rounded = (slack > 0) & (difference <= slack + bound)
        equal = (difference <= bound) & seen & (bound < np.inf) | rounded
        found = xp.where(equal, EQUAL, UNTOLD).astype(np.int8)
        apart = (difference > CLEAR * bound) & ~equal
        found = xp.where(apart, DIFFERENT, found).astype(np.int8)
        found = xp.where(left.undefined | right.undefined, UNDEFINED, found).astype(np.int8)
        return found, xp.where(difference == 0, 0.0, difference / sizes)


def roundings(forest: Forest, roots: np.ndarray, constant: np.ndarray) -> np.ndarray:
    """Half a unit of the last decimal for evaluations such as ``sin(1.2) = 0.93``; 0 for other equations.

    An evaluation has no variables, and a lone number with a decimal point on one side.

    Parameters
    ----------
    forest : Forest
    roots : int array, shape (equations,)
        Equalities.
    constant : bool array, shape (equations,)
        Equations without variables.

    Returns
    -------
    float64 array, shape (equations,)
    """
    half = of_numbers(forest, _half_unit)
    sides = np.stack([_half(forest, child[roots], half) for child in (forest.left, forest.right)])
    alone = (sides > 0).sum(axis=0) == 1
    return np.where(constant & alone, sides.sum(axis=0), 0.0)


def _half(forest: Forest, nodes: np.ndarray, half: np.ndarray) -> np.ndarray:
    """Half units of nodes that are numbers, or minus one times a number; 0 for others."""
    inner = nodes.copy()
    for one, other in ((forest.left, forest.right), (forest.right, forest.left)):
        times = (forest.func[nodes] == CODE["mul"]) & _is_minus_one(forest, one[nodes])
        inner = np.where(times, other[nodes], inner)
    return half[inner]


def _is_minus_one(forest: Forest, nodes: np.ndarray) -> np.ndarray:
    minus = [
        number for number, text in enumerate(forest.numbers) if text.startswith("-") and exact(text) == -1
    ]
    return (forest.func[nodes] == CODE["number"]) & np.isin(forest.leaf[nodes], minus)


def _half_unit(text: str) -> float:
    _, point, decimals = text.partition(".")
    return 0.5 * 10.0 ** -len(decimals) if point and decimals.isdigit() else 0.0
