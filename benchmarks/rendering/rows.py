"""Rows that take minutes, kept in files, so that a table can be made in pieces."""

import json
from collections.abc import Callable
from pathlib import Path

from benchmarks.rendering.run import Row
from etl import files


def remembered(scratch: Path | None, name: str, make: Callable[[], Row]) -> Row:
    """A row from the folder, or made and put there.

    Parameters
    ----------
    scratch : Path, optional
        None keeps nothing.
    name : str
        Of the row; all that it depends on.
    make : callable
    """
    if scratch is None:
        return make()
    place = scratch / f"{name}.json"
    if place.exists():
        return dict(json.loads(place.read_text()))
    row = make()
    files.write(place, json.dumps(row).encode())
    return row
