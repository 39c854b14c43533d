"""The numbers of a run by their names: single ones, and curves, whatever form a story keeps them in."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeGuard

Scalar = str | float | bool | None
Point = tuple[float, float]


@dataclass(frozen=True)
class Numbers:
    """What ``metrics.json`` or settings hold, without their nesting."""

    single: dict[str, Scalar] = field(default_factory=dict)
    """A value by its dotted name."""
    curves: dict[str, list[Point]] = field(default_factory=dict)
    """Points of two and more places."""


def flat(value: object, name: str = "") -> Numbers:
    """Every number by its dotted name.

    Each further column of rows of numbers is a curve over the first, plain lists are over 1, 2, 3; of rows
    with names, such as a method, each number is one of that name.

    Examples
    --------
    >>> found = flat({"auc": 0.5, "score": {"vote": [[0, 1.0], [5, 2.0]]}, "by_k": {"2": 0.1, "3": 0.2}})
    >>> found.single, found.curves["score.vote"], found.curves["by_k"]
    ({'auc': 0.5}, [(0.0, 1.0), (5.0, 2.0)], [(2.0, 0.1), (3.0, 0.2)])
    """
    found = Numbers()
    for key, inner in _leaves(value, name):
        points = _points(inner)
        if points:
            found.curves[key] = points
        elif inner is None or isinstance(inner, str | int | float):
            found.single[key] = inner
        else:
            found.single[key] = " ".join(map(str, inner)) if isinstance(inner, list) else str(inner)
    return found


def _leaves(value: object, name: str) -> Iterator[tuple[str, object]]:
    """Values that are no containers of others, or are curves."""
    if isinstance(value, dict) and not _points(value):
        for key, inner in value.items():
            yield from _leaves(inner, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        yield from _rows(value, name)
    elif isinstance(value, list) and _points(value) and (wide := _columns(value)) > 2:
        for column in range(1, wide):
            yield f"{name}.{column}", [[row[0], row[column]] for row in value]
    else:
        yield name, value


def _rows(rows: list[dict[str, object]], name: str) -> Iterator[tuple[str, object]]:
    """Numbers of rows with keys: of several rows of one name curves over their first number."""
    groups: dict[str, list[dict[str, float]]] = {}
    for row in rows:
        if isinstance(row.get("task"), str):
            continue  # of one item, which other runs do not list
        words = [name, *(text for text in row.values() if isinstance(text, str))]
        numbers = {key: inner for key, inner in row.items() if _is_number(inner)}
        groups.setdefault(".".join(words), []).append(numbers)
    for group, found in groups.items():
        over, *others = list(found[0]) or [""]
        if len(found) == 1:
            yield from ((f"{group}.{key}", value) for key, value in found[0].items())
            continue
        for key in others:
            yield f"{group}.{key}", [[row[over], row[key]] for row in found if {over, key} <= row.keys()]


def _points(value: object) -> list[Point]:
    """The points of a curve; none if it is something else."""
    if isinstance(value, dict):
        pairs = [(_as_number(key), inner) for key, inner in value.items()]
    elif isinstance(value, list) and all(isinstance(row, list) and len(row) > 1 for row in value):
        pairs = [(row[0], row[-1]) for row in value]
    elif isinstance(value, list):
        pairs = list(enumerate(value, 1))
    else:
        return []
    known = [(x, y) for x, y in pairs if y is not None]
    if len(known) < 2 or not all(_is_number(x) and _is_number(y) for x, y in known):
        return []
    return [(float(x), float(y)) for x, y in known if _is_number(x) and _is_number(y)]


def _columns(rows: list[object]) -> int:
    """How many columns all rows have; 0 of what has none."""
    return min(len(row) if isinstance(row, list) else 0 for row in rows)


def _as_number(key: object) -> object:
    return float(key) if isinstance(key, str) and key.replace(".", "", 1).isdecimal() else None


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
