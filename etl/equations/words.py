"""A certificate in words: where an equation is defined and where it is true, by signs and magnitudes."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from etl.equations.evaluate import evaluate
from etl.equations.grammar import CODE
from etl.equations.groups import below, part
from etl.equations.states import ABSENT, DIFFERENT, EQUAL, UNDEFINED, UNTOLD
from etl.handoff import to_host

if TYPE_CHECKING:
    from etl.equations.certificates import Certificate, Certificates


def certificate(found: "Certificates", number: int) -> "Certificate":
    """One equation in words, see `Certificates.of`."""
    from etl.equations.certificates import VERDICTS, Certificate

    forest, root = found.equations.forest, int(found.equations.roots[number])
    nodes = below(forest, np.array([root]))
    used = np.unique(forest.leaf[nodes[forest.func[nodes] == CODE["symbol"]]])
    states = found.states[number]
    there = np.flatnonzero(states != ABSENT)
    points, states = to_host(found.points)[:, there], states[there]
    small, defined = part(forest, nodes), np.isin(states, (EQUAL, DIFFERENT))
    values = evaluate(small, points)
    symbols = tuple(forest.symbols[symbol] for symbol in used)
    return Certificate(
        VERDICTS[found.verdict[number]],
        _how(int(found.digits[number]), states),
        _where(symbols, points[used].real, defined, ("defined", "undefined"), states),
        _where(symbols, points[used].real, states == EQUAL, ("true", "false"), states),
        symbols,
        points[used],
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
