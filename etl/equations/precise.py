"""Values of nodes at points in mpmath, and whether the two sides of an equality are the same there."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from etl.equations.balls import Ball, apply
from etl.equations.forest import Forest
from etl.equations.grammar import BINARY, CODE
from etl.equations.groups import below, exact, function_names
from etl.equations.rules import INFINITE, SEEN
from etl.equations.states import DIFFERENT, EQUAL, UNDEFINED, UNTOLD


class Told(NamedTuple):
    """What two sides are, and the digits that might tell where these do not."""

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
            for node in below(self.forest, np.array([node for node in nodes if node not in found])).tolist():
                if node not in found:
                    found[node] = self._value(node, point, found)
        return [found[node] for node in nodes]

    def _value(self, node: int, point: int, found: dict[int, Ball]) -> Ball:
        forest, name = self.forest, self._names[self._func[node]]
        if forest.height[node] == 0:
            return _leaf(forest, node, self.points[:, point])
        children = (forest.left, forest.right) if name in BINARY else (forest.left,)
        return apply(name, *(found[int(child[node])] for child in children))


def _leaf(forest: Forest, node: int, point: np.ndarray) -> Ball:
    import mpmath

    kind, leaf, none = int(forest.func[node]), int(forest.leaf[node]), mpmath.mpf(0)
    if kind == CODE["pi"]:
        return Ball(+mpmath.pi, 4 * mpmath.eps, +mpmath.pi)
    if kind == CODE["symbol"]:
        place = complex(point[leaf])
        value = mpmath.mpc(place) if place.imag else mpmath.mpf(place.real)
        return Ball(value, none, abs(value) or INFINITE)
    number = exact(forest.numbers[leaf])
    value = mpmath.mpf(number.numerator) / number.denominator
    whole = number.denominator == 1 and abs(number.numerator) < 2**mpmath.mp.prec
    return Ball(value, none if whole else 4 * mpmath.eps * abs(value), abs(value) or INFINITE)


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
    import mpmath

    if left.value is None or right.value is None:
        return Told(UNDEFINED, digits)
    bound = 4 * (left.error + right.error)
    if bound == INFINITE:
        return Told(UNTOLD, 2 * digits)
    difference = abs(left.value - right.value)
    if slack > 0 and difference <= slack + bound:
        return Told(EQUAL, digits)
    if difference > bound:
        return Told(DIFFERENT, digits)
    influence = min(left.influence, right.influence)
    if bound <= SEEN * influence:
        return Told(EQUAL, digits)
    lacking = mpmath.log10(bound / influence) + 15 if influence > 0 else digits
    return Told(UNTOLD, digits + int(min(lacking, 10**6)))
