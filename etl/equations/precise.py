"""Values of nodes at points in mpmath, and whether the two sides of an equality are the same there."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf, log2
from typing import Final, NamedTuple

import numpy as np

from etl.equations.balls import BITS, SHOWN, Ball, apply, both, size
from etl.equations.forest import Forest
from etl.equations.grammar import BINARY, CODE
from etl.equations.groups import exact, function_names
from etl.equations.states import DIFFERENT, EQUAL, UNDEFINED, UNTOLD

MOST: Final = 400
"""Decimal digits at most."""


class Told(NamedTuple):
    """What two sides are, and the digits that might tell where these do not; 0 where that is not known."""

    state: int
    digits: int


@dataclass
class Precise:
    """Values of the nodes of a forest; each is computed once a point and number of digits.

    Parameters
    ----------
    forest : Forest
        Without blanks and black boxes.
    points : complex128 array, shape (symbols, points)
        Taken as the exact numbers that the doubles are.
    """

    forest: Forest
    points: np.ndarray
    _found: dict[tuple[int, int], dict[int, Ball]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Name the functions of nodes once."""
        self._names, self._func = function_names(self.forest)

    def values(self, nodes: Sequence[int], point: int, digits: int) -> list[Ball]:
        """Values of some nodes.

        Parameters
        ----------
        nodes : sequence of int
        point : int
            Column of ``points``.
        digits : int
            Decimal digits of the computation.
        """
        import mpmath

        found = self._found.setdefault((point, digits), {})
        with mpmath.workdps(digits):
            for node in nodes:
                self._fill(node, point, found)
        return [found[node] for node in nodes]

    def _fill(self, node: int, point: int, found: dict[int, Ball]) -> None:
        stack = [node]
        while stack:
            node = stack[-1]
            lacking = [child for child in self._children(node) if child not in found]
            if lacking:
                stack += lacking
                continue
            stack.pop()
            if node not in found:
                found[node] = self._value(node, point, found)

    def _children(self, node: int) -> list[int]:
        forest, name = self.forest, self._names[self._func[node]]
        if forest.height[node] == 0:
            return []
        children = (forest.left, forest.right) if name in BINARY else (forest.left,)
        return [int(child[node]) for child in children]

    def _value(self, node: int, point: int, found: dict[int, Ball]) -> Ball:
        if self.forest.height[node] == 0:
            return _leaf(self.forest, node, self.points[:, point])
        name = self._names[self._func[node]]
        return apply(name, *(found[child] for child in self._children(node)))


def _leaf(forest: Forest, node: int, point: np.ndarray) -> Ball:
    import mpmath

    kind, leaf = int(forest.func[node]), int(forest.leaf[node])
    rounding = 3.0 - mpmath.mp.prec
    if kind == CODE["pi"]:
        return Ball(+mpmath.pi, rounding, log2(3))
    if kind == CODE["symbol"]:
        place = complex(point[leaf])
        value = mpmath.mpc(place) if place.imag else mpmath.mpf(place.real)
        return Ball(value, -inf, size(value) if value else inf)
    number = exact(forest.numbers[leaf])
    value = mpmath.mpf(number.numerator) / number.denominator
    whole = number.denominator == 1 and abs(number.numerator) < 2**mpmath.mp.prec
    return Ball(value, -inf if whole else size(value) + rounding, size(value) if value else inf)


def compare(left: Ball, right: Ball, digits: int, slack: float = 0.0) -> Told:
    """What two sides are at a point.

    Parameters
    ----------
    left, right : Ball
    digits : int
        Of their computation.
    slack : float
        Difference that is allowed.
    """
    if left.value is None or right.value is None:
        return Told(UNDEFINED, digits)
    bound = both(left.error, right.error) + 2
    if bound == inf:
        return Told(UNTOLD, 0)
    difference = abs(left.value - right.value)
    if slack > 0 and (difference <= slack or size(difference - slack) <= bound):
        return Told(EQUAL, digits)
    if size(difference) > bound:
        return Told(DIFFERENT, digits)
    influence = min(left.influence, right.influence)
    if bound <= SHOWN + influence:
        return Told(EQUAL, digits)
    if influence == -inf:
        return Told(UNTOLD, MOST)
    return Told(UNTOLD, digits + 15 + int(min((bound - influence) / BITS, MOST)))
