"""Equations by mpmath, node by node: what certificates and generated labels are held against."""

from random import Random
from typing import cast

import mpmath

from etl.equations.forest import Forest
from etl.equations.grammar import FUNCTIONS

Value = mpmath.mpf | mpmath.mpc
DIGITS = 50


def value(forest: Forest, node: int, point: dict[str, Value]) -> Value:
    """Of a node, its symbols being what the point says."""
    name = FUNCTIONS[forest.func[node]]
    if name == "number":
        above, _, under = forest.numbers[forest.leaf[node]].partition("/")
        return mpmath.mpf(above) / mpmath.mpf(under or 1)
    if name == "symbol":
        return point[forest.symbols[forest.leaf[node]]]
    if name == "pi":
        return +mpmath.pi
    below = [int(child) for child in (forest.left[node], forest.right[node]) if child >= 0]
    two = {"add": mpmath.fadd, "mul": mpmath.fmul, "pow": mpmath.power, "abs": mpmath.fabs}
    found = (two.get(name) or getattr(mpmath, name))(*(value(forest, child, point) for child in below))
    return cast(Value, _on_axes(found))


def _on_axes(found: Value) -> Value:
    """Without a part that is rounding alone, which would tell on which side of a branch cut a value lies."""
    real, imaginary = mpmath.re(found), mpmath.im(found)
    least = abs(found) * mpmath.mpf(10) ** (15 - DIGITS)
    if abs(imaginary) < least:
        return real
    return mpmath.mpc(0, imaginary) if abs(real) < least else found


def truth(forest: Forest, root: int, seed: int, points: int = 10) -> str:
    """``true``, ``false``, ``both`` or ``undefined`` by random points, at 50 digits."""
    draw, told = Random(seed), set()
    with mpmath.workdps(DIGITS):
        for _ in range(points):
            point = {name: mpmath.mpf(draw.uniform(-2.5, 2.5)) for name in forest.symbols}
            try:
                left, right = (value(forest, int(side[root]), point) for side in (forest.left, forest.right))
            except ZeroDivisionError:
                continue
            if mpmath.isfinite(left) and mpmath.isfinite(right):
                scale = max(1, abs(left), abs(right))
                told.add("true" if abs(left - right) < scale * mpmath.mpf(10) ** (DIGITS // -3) else "false")
    return "both" if len(told) > 1 else told.pop() if told else "undefined"
