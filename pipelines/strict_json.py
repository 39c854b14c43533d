"""Strict JSON: what it cannot hold is refused by its place, before a file is written."""

import json
import math
from pathlib import Path
from typing import Any


def dumps(value: Any, place: str) -> str:
    """Indented text of a value; NumPy and CuPy scalars become numbers, and NaN is refused.

    Raises
    ------
    TypeError, ValueError
        Names the place of what JSON cannot hold.

    Examples
    --------
    >>> dumps({"rate": float("nan")}, "metrics")
    Traceback (most recent call last):
    ValueError: metrics.rate is nan; write None and a reason for what is not defined
    """
    return json.dumps(_plain(value, place), indent=2, allow_nan=False) + "\n"


def _plain(value: Any, place: str) -> Any:
    """Value as strict JSON knows it; what it cannot hold is refused by its place."""
    if isinstance(value, dict):
        return {str(key): _plain(inner, f"{place}.{key}") for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner, f"{place}[{number}]") for number, inner in enumerate(value)]
    if isinstance(value, Path):
        return str(value)
    if getattr(value, "ndim", None) == 0:
        value = value.item()
    if value is not None and not isinstance(value, str | int | float):
        kind = type(value).__name__
        raise TypeError(
            f"{place} is of type {kind}; write numbers, strings, None, and lists or dicts of them"
        )
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{place} is {value}; write None and a reason for what is not defined")
    return value
