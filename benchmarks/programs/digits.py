"""Equations at fresh points in 50 digits by mpmath alone: the oracle of verdicts."""

from collections.abc import Callable
from typing import Any

import numpy as np

from etl.equations.forest import Equations, Forest
from etl.equations.grammar import FUNCTIONS

DIGITS, TRIES = 50, 3
EQUAL, DIFFERENT = 1e-30, 1e-12
"""Relative differences below which sides are equal, and above which they are not."""

NOISE, LARGEST = "1e-35", 10_000
"""Share of a value that is its rounding, and binary digits of the largest that are computed with."""


def values(forest: Forest, root: int, point: dict[str, float]) -> tuple[Any, Any]:
    """Both sides of an equation, node by node; raises what mpmath raises where one is undefined.

    Parameters
    ----------
    forest : Forest
    root : int
    point : dict of str to float
        Values of symbols.
    """
    known: dict[int, Any] = {}

    def value(node: int) -> Any:
        if node not in known:
            children = [int(side[node]) for side in (forest.left, forest.right) if side[node] >= 0]
            known[node] = _settled(_apply(forest, node, [value(child) for child in children], point))
        return known[node]

    return value(int(forest.left[root])), value(int(forest.right[root]))


def _apply(forest: Forest, node: int, arguments: list[Any], point: dict[str, float]) -> Any:
    from mpmath import mp

    name = FUNCTIONS[forest.func[node]]
    if name == "number":
        over, _, under = forest.numbers[forest.leaf[node]].partition("/")
        return mp.mpf(over) / mp.mpf(under or 1)
    if name == "symbol":
        return mp.mpf(point[forest.symbols[forest.leaf[node]]])
    if name == "pi":
        return +mp.pi
    plain: dict[str, Callable[..., Any]] = {
        "add": lambda a, b: a + b,
        "mul": lambda a, b: a * b,
        "pow": lambda a, b: a**b,
        "log": lambda a, b: mp.log(a) / mp.log(b),
        "abs": mp.fabs,
        "ln": mp.log,
    }
    return (plain.get(name) or getattr(mp, name))(*arguments)


def _settled(found: Any) -> Any:
    """Without a part that is rounding alone, which would tell on which side of a branch cut a value lies."""
    from mpmath import mp

    if mp.isfinite(found) and found and abs(mp.mag(found)) > LARGEST:
        raise OverflowError("a magnitude that takes more memory than it tells")
    real, imaginary, least = mp.re(found), mp.im(found), abs(found) * mp.mpf(NOISE)
    if abs(imaginary) < least:
        return real
    return mp.mpc(0, imaginary) if abs(real) < least else found


def wrong(equations: Equations, verdicts: list[str], seed: int) -> list[int]:
    """Places of equations whose verdict mpmath does not confirm at fresh points.

    An identity is not confirmed where its sides differ at one of three points, and what is false where they
    are equal at all that are defined.

    Parameters
    ----------
    equations : Equations
    verdicts : list of str
    seed : int
    """
    from mpmath import mp

    draw, found = np.random.default_rng(seed), []
    with mp.workdps(DIGITS):
        for at, (root, verdict) in enumerate(zip(equations.roots.tolist(), verdicts, strict=True)):
            points = [_point(equations.forest, draw) for _ in range(TRIES)]
            gaps = [gap for point in points if (gap := _gap(equations.forest, root, point)) is not None]
            if verdict == "identity" and any(gap > DIFFERENT for gap in gaps):
                found.append(at)
            if verdict == "false" and gaps and all(gap < EQUAL for gap in gaps):
                found.append(at)
    return found


def _point(forest: Forest, draw: np.random.Generator) -> dict[str, float]:
    return {name: float(draw.uniform(-2.5, 2.5)) for name in forest.symbols}


def _gap(forest: Forest, root: int, point: dict[str, float]) -> float | None:
    """Relative difference of the sides; None where one is undefined, or too large to tell."""
    from mpmath import mp

    try:
        left, right = values(forest, root, point)
        if not (mp.isfinite(left) and mp.isfinite(right)) or abs(left) > 1e30:
            return None
        return float(abs(left - right) / (1 + abs(left)))
    except (ZeroDivisionError, ValueError, OverflowError):
        return None
