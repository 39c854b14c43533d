"""Points of one equation that doubles leave open, in mpmath with as many digits as they need."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np

from etl.equations.balls import ZERO, Ball, apply
from etl.equations.forest import Forest
from etl.equations.grammar import CODE
from etl.equations.precise import MOST, Precise, Told, compare
from etl.equations.states import ABSENT, DIFFERENT, EQUAL, UNDEFINED, UNTOLD

FIRST: Final = 30
"""Decimal digits of the first try."""
TOLD: Final = (UNDEFINED, EQUAL, DIFFERENT)
ENOUGH: Final = 4
"""Points of an equation that are told with more digits."""
FAILURES: Final = 3
"""Points that are not told after which no other is tried."""


def escalate(
    precise: Precise, root: int, states: np.ndarray, slack: float, digits: int
) -> tuple[np.ndarray, int]:
    """States of an equation at some of its open points, and the most digits used.

    Parameters
    ----------
    precise : Precise
    root : int
        An equality.
    states : int8 array, shape (points,)
    slack : float
        Difference that is allowed.
    digits : int
        Tried after 30, before twice as many and more; these only where fewer than four points are told.
    """
    found, most, failures = states.copy(), FIRST, 0
    sides = _sides(precise.forest, root)
    steps = (FIRST, digits) if np.isin(states, TOLD).sum() >= ENOUGH else (FIRST, digits, 2 * digits, MOST)
    for point in _open_points(precise, states):
        found[point], used = _at(precise, sides, point, slack, steps)
        most, failures = max(most, used), failures + int(found[point] == UNTOLD)
        if failures == FAILURES or (states != found).sum() == ENOUGH:
            break
    return found, most


def confirm(precise: Precise, root: int, states: np.ndarray, digits: int) -> tuple[np.ndarray, int]:
    """States of an equation that is true at some points only, after some of each state were tried again.

    Where functions are nearly the same, as sin(asinh(x)) and asinh(sin(x)) near 0, doubles may not tell them;
    and 2 t / (1 + t**2) is 1 in doubles long before t = tanh(x) is.

    Parameters
    ----------
    precise, root, states, digits
        As of `escalate`.
    """
    found, most = states.copy(), FIRST
    for state in (EQUAL, DIFFERENT, UNDEFINED):
        again = np.where(states == state, UNTOLD, ABSENT).astype(np.int8)
        tried, used = escalate(precise, root, again, 0.0, digits)
        told = (tried != ABSENT) & (tried != UNTOLD)
        if (tried[told] != state).any():
            found, most = np.where(states == state, tried, found), max(most, used)
    return found, most


def assure(precise: Precise, root: int, states: np.ndarray, digits: int) -> tuple[np.ndarray, int]:
    """States of an equation that is equal where it is told, unless more digits say otherwise.

    Numbers can agree by chance to all digits that were computed: exp(pi*sqrt(163)) to 30 with a whole number.

    Parameters
    ----------
    precise, root, states, digits
        As of `escalate`; twice as many digits are used, at one point, and at all where that is different.
    """
    sides, found = _sides(precise.forest, root), states.copy()
    for point in _open_points(precise, np.where(states == EQUAL, UNTOLD, ABSENT)):
        told = _compared(precise, sides, point, 2 * digits, 0.0)
        if told.state not in (DIFFERENT, UNTOLD) and (found == states).all():
            break
        found[point] = told.state
    return (found, 2 * digits) if (found == DIFFERENT).any() else (states, 0)


def _open_points(precise: Precise, states: np.ndarray) -> list[int]:
    """Those with small numbers first: there the fewest digits are lost."""
    points = np.flatnonzero(states == UNTOLD)
    return [int(each) for each in points[np.argsort(abs(precise.points[:, points]).max(axis=0, initial=0.0))]]


Sides = tuple[tuple[int, int], tuple[list[int], list[int]]]
"""The two sides, and the addends of each that the other lacks."""


def _sides(forest: Forest, root: int) -> Sides:
    both = int(forest.left[root]), int(forest.right[root])
    left, right = (_addends(forest, side) for side in both)
    return both, (list((left - right).elements()), list((right - left).elements()))


def _addends(forest: Forest, node: int) -> Counter[int]:
    found, stack = Counter[int](), [node]
    while stack:
        node = stack.pop()
        if forest.func[node] == CODE["add"]:
            stack += [int(forest.left[node]), int(forest.right[node])]
        else:
            found[node] += 1
    return found


def _at(precise: Precise, sides: Sides, point: int, slack: float, steps: Sequence[int]) -> Told:
    """By the first number of digits that tells; the most only where so many are known to be needed."""
    told, used = Told(UNTOLD, 0), 0
    for step in steps:
        if step == MOST and not used < told.digits <= MOST:
            break
        used = told.digits if step == MOST else step
        told = _compared(precise, sides, point, used, slack)
        if told.state != UNTOLD or told.digits > MOST:
            break
    return Told(told.state, used)


def _compared(precise: Precise, sides: Sides, point: int, digits: int, slack: float) -> Told:
    both, lone = sides
    if any(side.value is None for side in precise.values(both, point, digits)):
        return Told(UNDEFINED, digits)
    left, right = (_sum(precise.values(nodes, point, digits), digits) for nodes in lone)
    return compare(left, right, digits, slack)


def _sum(balls: list[Ball], digits: int) -> Ball:
    import mpmath

    total = ZERO
    with mpmath.workdps(digits):
        for ball in balls:
            total = apply("add", total, ball)
    return total
