"""A hierarchy from a table of children and parents."""

import csv
from collections.abc import Iterator
from pathlib import Path

from etl.hierarchy.lines import Asked, lines, narrowed
from etl.hierarchy.tree import Hierarchy, built
from etl.records import Repeated, record

WANTED = ("child", "parent")
Row = tuple[int, dict[str, str]]


def read(path: Path, classes: Asked | None = None) -> Hierarchy:
    """Read a table with columns ``child``, ``parent`` and, if there, ``title`` (the child's).

    A child without a parent is a root. Without ``classes``, nodes that are no parent are the classes, in the
    order of the file. Rows that say again what is known are counted in the records.

    Parameters
    ----------
    path : Path
        ``.csv`` or ``.tsv``, also with ``.gz``, in UTF-8, with a line of names.
    classes : path or sequence of str, optional
        A file with a class a line, or the classes; each is a node of the table.

    Raises
    ------
    FileNotFoundError
    ValueError
        A column or field is missing, a child has two parents, nodes form a cycle, or the classes are not such
        as `Hierarchy` takes; file and line are named.
    """
    first: dict[str, tuple[int, str]] = {}
    titles: dict[str, str] = {}
    repeated = 0
    for number, row in _rows(path):
        child, parent = row["child"], row["parent"]
        before, known = first.setdefault(child, (number, parent))
        if known != parent:
            raise ValueError(
                f"{path}: {child!r} lies below {known or 'nothing'!r} on line {before} and below "
                f"{parent or 'nothing'!r} on line {number}; keep one, for only WordNet's files allow several"
            )
        repeated += before != number
        if row.get("title"):
            titles.setdefault(child, row["title"])
    if repeated:
        record(Repeated(rows=repeated, what=f"lines of {path}"))
    parents = {child: (parent,) for child, (_, parent) in first.items() if parent}
    inner = {parent for _, parent in first.values()}
    found = built(path, [child for child in first if child not in inner], parents, titles)
    return found if classes is None else narrowed(found, classes, path)


def _rows(path: Path) -> Iterator[Row]:
    """Number of the line and fields by name, of each line that is not blank."""
    tabs = path.name.removesuffix(".gz").endswith(".tsv")
    reader = csv.reader(lines(path), delimiter="\t" if tabs else ",", strict=True)
    names: list[str] = []
    try:
        for cells in reader:
            fields = [cell.strip() for cell in cells]
            if not any(fields):
                continue
            if names:
                yield reader.line_num, _row(f"{path}, line {reader.line_num}", names, fields)
            else:
                names = _names(path, fields)
    except csv.Error as error:
        raise ValueError(f"{path}, line {reader.line_num}: {error}; mend the quotes") from error
    if not names:
        raise ValueError(f"{path} is empty; give a table with the columns {', '.join(WANTED)}")


def _names(path: Path, names: list[str]) -> list[str]:
    lacking = [name for name in WANTED if name not in names]
    if lacking:
        raise ValueError(
            f"{path} has no column {', '.join(lacking)}; it has {', '.join(names)}. "
            "Name the columns child, parent and, if you like, title"
        )
    return names


def _row(place: str, names: list[str], fields: list[str]) -> dict[str, str]:
    if len(fields) != len(names):
        raise ValueError(
            f"{place}, has {len(fields)} fields, and there are {len(names)} columns; "
            "quote a field that holds the separator"
        )
    row = dict(zip(names, fields, strict=True))
    if not row["child"]:
        raise ValueError(f"{place}, names no child; fill it in, or remove the line")
    return row
