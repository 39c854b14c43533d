"""The rule that a model must beat: one feature, and the rate of the label at each of its values."""

import numpy as np

from etl.engine import array_namespace, engine_of
from etl.engine.types import Array, Frame
from etl.handoff import column, from_host, to_host

LEVELS = 8
"""Whole values 0 to 6 of the feature (higher ones count as 6), and 7 for missing."""


def level(frame: Frame, feature: str) -> Array:
    """Each row's value of the feature as an index below `LEVELS`.

    Parameters
    ----------
    frame : DataFrame, n rows
    feature : str
        A column of whole numbers as floats, missing as NaN.

    Returns
    -------
    int64 array, shape (n,)
    """
    values = column(frame, feature)
    xp = array_namespace(values)
    return xp.where(xp.isnan(values), LEVELS - 1, xp.clip(values, 0, LEVELS - 2)).astype("int64")


def count(frame: Frame, feature: str) -> tuple[int, ...]:
    """Rows at each level, then rows of label 1 at each level: `2 * LEVELS` numbers, to be summed over pieces.

    Parameters
    ----------
    frame : DataFrame
        With a column ``label`` of 0 and 1.
    feature : str
        See `level`.
    """
    levels = level(frame, feature)
    xp = array_namespace(levels)
    positive = levels[column(frame, "label") == 1]
    sides = [to_host(xp.bincount(rows, minlength=LEVELS)).tolist() for rows in (levels, positive)]
    return (*sides[0], *sides[1])


def rates(counts: tuple[int, ...], weight: float = 10.0) -> list[float]:
    """Rate of label 1 at each level, drawn towards the rate of all rows.

    Parameters
    ----------
    counts : tuple of 2 * LEVELS int
        From `count`.
    weight : float
        Rows that the rate of all rows counts as.
    """
    rows, positive = counts[:LEVELS], counts[LEVELS:]
    base = sum(positive) / max(sum(rows), 1)
    return [(p + weight * base) / (n + weight) for n, p in zip(rows, positive, strict=True)]


def apply(frame: Frame, feature: str, table: list[float]) -> Array:
    """The rate of each row's level, on the device that holds the frame.

    Parameters
    ----------
    frame : DataFrame, n rows
    feature : str
        See `level`.
    table : list of LEVELS float
        From `rates`.

    Returns
    -------
    float64 array, shape (n,)
    """
    levels = level(frame, feature)
    return from_host(np.asarray(table), engine_of(levels))[levels]
