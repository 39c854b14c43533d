"""Points of one equation that doubles leave open, in mpmath with as many digits as they need."""

from typing import Final

import numpy as np

from etl.equations.forest import Forest
from etl.equations.groups import below, part
from etl.equations.precise import compare, values
from etl.equations.states import UNTOLD

MOST: Final = 400
"""Decimal digits at most."""


def escalate(
    forest: Forest, root: int, points: np.ndarray, states: np.ndarray, slack: float, digits: int
) -> tuple[np.ndarray, int]:
    """States of an equation at its open points, and the most digits used.

    Parameters
    ----------
    forest : Forest
    root : int
        An equality.
    points : complex128 array, shape (symbols, points)
    states : int8 array, shape (points,)
    slack : float
        Difference that is allowed.
    digits : int
        Tried after 30, before twice as many.
    """
    nodes = below(forest, np.array([root]))
    small, found, most = part(forest, nodes), states.copy(), 16
    sides = [int(np.searchsorted(nodes, child[root])) for child in (forest.left, forest.right)]
    for point in np.flatnonzero(states == UNTOLD):
        found[point], used = _at(small, sides, points[:, point].tolist(), slack, digits)
        most = max(most, used)
    return found, most


def _at(forest: Forest, sides: list[int], point: list[complex], slack: float, digits: int) -> tuple[int, int]:
    left, right = sides
    ladder = [30, digits, 2 * digits]
    while ladder:
        step = ladder.pop(0)
        balls = values(forest, point, step)
        told = compare(balls[left], balls[right], step, slack)
        if told.state != UNTOLD:
            return told.state, step
        if not ladder and step < told.digits <= MOST:
            ladder.append(told.digits)
    return UNTOLD, step
