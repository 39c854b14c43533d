"""The rule that a model must beat: one feature, and the rate of the label at each of its values."""

from typing import Any

from etl.engine import array_namespace
from etl.handoff import column, to_host

LEVELS = 8
"""Whole values 0 to 6 of the feature (higher ones count as 6), and 7 for missing."""


def level(frame: Any, feature: str) -> Any:
    """Each row's value of the feature as an index below `LEVELS`, int64, shape (n,)."""
    values = column(frame, feature)
    xp = array_namespace(values)
    return xp.where(xp.isnan(values), LEVELS - 1, xp.clip(values, 0, LEVELS - 2)).astype("int64")


def count(frame: Any, feature: str) -> tuple[int, ...]:
    """Rows at each level, then rows of label 1 at each level."""
    levels = level(frame, feature)
    xp = array_namespace(levels)
    positive = levels[column(frame, "label") == 1]
    sides = [to_host(xp.bincount(rows, minlength=LEVELS)).tolist() for rows in (levels, positive)]
    return (*sides[0], *sides[1])


def rates(counts: tuple[int, ...], weight: float = 10.0) -> list[float]:
    """Rate of label 1 at each level, drawn towards the rate of all rows by ``weight`` rows."""
    rows, positive = counts[:LEVELS], counts[LEVELS:]
    base = sum(positive) / max(sum(rows), 1)
    return [(p + weight * base) / (n + weight) for n, p in zip(rows, positive, strict=True)]


def apply(frame: Any, feature: str, table: list[float]) -> Any:
    """The rate of each row's level, float64, shape (n,), on the device that holds the frame."""
    levels = level(frame, feature)
    return array_namespace(levels).asarray(table)[levels]
