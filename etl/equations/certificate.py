"""Certificates: where an equation is defined and where it is true, in words, by signs and magnitudes."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from etl.equations.evaluate import evaluate
from etl.equations.forest import Forest
from etl.equations.grammar import CODE
from etl.equations.states import ABSENT, DIFFERENT, EQUAL, UNDEFINED, UNTOLD
from etl.equations.trees import below, part


@dataclass(frozen=True)
class Certificate:
    """One equation in words.

    Attributes
    ----------
    verdict : str
    how : str
        Digits that decided.
    domain, branch : str
        Where both sides are defined, and where they are equal.
    points : complex128 array, shape (symbols, points)
        Of the equation's own symbols.
    symbols : tuple of str
    left, right : complex128 arrays, shape (points,)
        Values in doubles.
    """

    verdict: str
    how: str
    domain: str
    branch: str
    symbols: tuple[str, ...]
    points: np.ndarray
    left: np.ndarray
    right: np.ndarray


def certificate(
    forest: Forest, root: int, points: np.ndarray, states: np.ndarray, verdict: str, digits: int
) -> Certificate:
    """One equation in words.

    Parameters
    ----------
    forest : Forest
    root : int
        An equality.
    points : complex128 array, shape (symbols, points)
    states : int8 array, shape (points,)
    verdict : str
    digits : int
        Most that were used.
    """
    nodes = below(forest, np.array([root]))
    used = np.unique(forest.leaf[nodes[forest.func[nodes] == CODE["symbol"]]])
    symbols = tuple(forest.symbols[symbol] for symbol in used)
    there = np.flatnonzero(states != ABSENT)
    points, states, small = points[:, there], states[there], part(forest, nodes)
    values, own = evaluate(small, points), points[used]
    return Certificate(
        verdict,
        _how(digits, states),
        _where(symbols, own.real, np.isin(states, (EQUAL, DIFFERENT)), ("defined", "undefined"), states),
        _where(symbols, own.real, states == EQUAL, ("true", "false"), states),
        symbols,
        own,
        *(values[int(child[-1])] for child in (small.left, small.right)),
    )


def _how(digits: int, states: np.ndarray) -> str:
    by = "in doubles" if digits == 16 else f"with up to {digits} digits"
    untold = int((states == UNTOLD).sum())
    left = f"; open at {untold} of them" if untold else ""
    return f"values at {_points(len(states))} {by}{left}"


def _where(
    symbols: tuple[str, ...], points: np.ndarray, yes: np.ndarray, names: tuple[str, str], states: np.ndarray
) -> str:
    """Where something holds, by the first condition that tells its points from the others."""
    told = states != UNTOLD if names[0] == "defined" else np.isin(states, (EQUAL, DIFFERENT))
    count = f"{int(yes[told].sum())} of {int(told.sum())} points"
    if not told.any():
        return f"not {names[0]} at any point" if (states == UNDEFINED).any() else "not told"
    if yes[told].all() or not yes[told].any():
        return f"{names[0] if yes[told].any() else names[1]} at {_all(int(told.sum()))}"
    for condition, other, holds in _conditions(symbols, points):
        if (holds[told] == yes[told]).all():
            return f"{names[0]} for {condition} ({count}), {names[1]} for {other}"
    return f"{names[0]} at {count}, {names[1]} at the others"


def _conditions(symbols: tuple[str, ...], points: np.ndarray) -> Iterator[tuple[str, str, np.ndarray]]:
    for name, row in zip(symbols, points, strict=True):
        yield f"{name} > 0", f"{name} < 0", row > 0
        yield f"{name} < 0", f"{name} > 0", row < 0


def _points(count: int) -> str:
    return "one point" if count == 1 else f"{count} points"


def _all(count: int) -> str:
    return "its one point" if count == 1 else f"all {count} points"
