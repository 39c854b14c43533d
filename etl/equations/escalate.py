"""Points of one equation that doubles leave open, in mpmath with as many digits as they need."""

from typing import Final

import numpy as np

from etl.equations.precise import Precise, Told, compare
from etl.equations.states import UNTOLD

MOST: Final = 400
"""Decimal digits at most."""
ENOUGH: Final = 4
"""Points of an equation that are told with more digits; the first four meet both signs of two symbols."""


def escalate(
    precise: Precise, root: int, states: np.ndarray, slack: float, digits: int
) -> tuple[np.ndarray, int]:
    """States of an equation at open points, and the most digits used.

    Parameters
    ----------
    precise : Precise
    root : int
        An equality.
    states : int8 array, shape (points,)
    slack : float
        Difference that is allowed.
    digits : int
        Tried after 30, before twice as many.
    """
    found, most, told = states.copy(), 30, 0
    for point in np.flatnonzero(states == UNTOLD):
        found[point], used = _at(precise, root, int(point), slack, digits)
        most, told = max(most, used), told + int(found[point] != UNTOLD)
        if told == ENOUGH:
            break
    return found, most


def _at(precise: Precise, root: int, point: int, slack: float, digits: int) -> Told:
    forest = precise.forest
    sides = [int(forest.left[root]), int(forest.right[root])]
    ladder = [30, digits, 2 * digits]
    while ladder:
        step = ladder.pop(0)
        left, right = precise.values(sides, point, step)
        told = compare(left, right, step, slack)
        if told.state != UNTOLD:
            return Told(told.state, step)
        if not ladder and step < told.digits <= MOST:
            ladder.append(told.digits)
    return Told(UNTOLD, step)
