"""Certificates as files: points, values of both sides there, and how each verdict was decided."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from etl.equations.certify import Certificates
from etl.files import whole, writing

HEAD = ("equation", "verdict", "how", "domain", "branch", "point", "variables", "left", "right")
SUFFIXES = (".json", ".csv")


def write(path: Path, texts: list[str], found: Certificates) -> None:
    """Write a certificate of each equation.

    Parameters
    ----------
    path : Path
        ``.json``: an object an equation, with its points; ``.csv``: a row a point.
    texts : list of str
        Equations as they were written.
    found : Certificates
    """
    told = [_told(text, found, number) for number, text in enumerate(texts)]
    with writing("certificates", path), whole(path) as partial:
        if path.suffix == ".json":
            partial.write_text(json.dumps(told, indent=1, allow_nan=False) + "\n", encoding="utf-8")
            return
        with partial.open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(HEAD)
            rows.writerows(row for each in told for row in _rows(each))


def _told(text: str, found: Certificates, number: int) -> dict[str, object]:
    one = found.of(number)
    points = [
        {
            "variables": {name: _number(value) for name, value in zip(one.symbols, column, strict=True)},
            "left": _number(left),
            "right": _number(right),
        }
        for column, left, right in zip(one.points.T, one.left, one.right, strict=True)
    ]
    return {
        "equation": text,
        "verdict": one.verdict,
        "how": one.how,
        "domain": one.domain,
        "branch": one.branch,
        "points": points,
    }


def _rows(told: dict[str, object]) -> Iterator[list[object]]:
    first = [told[name] for name in HEAD[:5]]
    points = told["points"]
    assert isinstance(points, list)
    for place, point in enumerate(points, 1):
        variables = " ".join(f"{name}={_spelt(value)}" for name, value in point["variables"].items())
        yield [*first, place, variables, _spelt(point["left"]), _spelt(point["right"])]


def _number(value: complex) -> float | list[float] | None:
    """A real number, real and imaginary part, or None of what is not finite."""
    if not np.isfinite(value):
        return None
    return float(value.real) if value.imag == 0 else [float(value.real), float(value.imag)]


def _spelt(value: float | list[float] | None) -> str:
    """A number as a cell: empty where it is not defined."""
    if value is None:
        return ""
    return f"{value[0]!r}{value[1]:+}j" if isinstance(value, list) else repr(value)
