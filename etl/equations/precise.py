"""Values of a forest at one point in mpmath, and whether the two sides of an equality are the same there."""

from collections.abc import Sequence
from typing import NamedTuple

from etl.equations.balls import UNKNOWN, Ball, apply
from etl.equations.forest import Forest
from etl.equations.grammar import CODE
from etl.equations.groups import exact, groups
from etl.equations.rules import INFINITE
from etl.equations.states import DIFFERENT, EQUAL, SEEN, UNDEFINED, UNTOLD


class Told(NamedTuple):
    """What two sides are, and the digits that might tell where these do not."""

    state: int
    digits: int


def values(forest: Forest, point: Sequence[complex], digits: int) -> list[Ball]:
    """Values of nodes at one point.

    Parameters
    ----------
    forest : Forest
        Without blanks and black boxes.
    point : sequence of complex, of length symbols
        Taken as the exact numbers that the doubles are.
    digits : int
        Decimal digits of the computation.

    Returns
    -------
    list of Ball
        A node each; nothing is known of equalities.
    """
    import mpmath

    found = [UNKNOWN] * len(forest)
    with mpmath.workdps(digits):
        for node in range(len(forest)):
            if forest.height[node] == 0:
                found[node] = _leaf(forest, node, point)
        for group in groups(forest):
            for node, *children in zip(
                group.nodes.tolist(), *(each.tolist() for each in group.children), strict=True
            ):
                found[node] = apply(group.name, *(found[child] for child in children))
    return found


def _leaf(forest: Forest, node: int, point: Sequence[complex]) -> Ball:
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
    lacking = mpmath.log10(bound / influence) + 15 if influence > 0 else INFINITE
    return Told(UNTOLD, digits + int(min(lacking, 10**6)))
