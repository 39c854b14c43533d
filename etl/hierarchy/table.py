"""A hierarchy from a table of children and parents."""

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from etl.hierarchy.forms import nfc
from etl.hierarchy.lines import Asked, lines, narrowed
from etl.hierarchy.tree import Hierarchy, built
from etl.records import Choice, Repeated, record

WANTED = ("child", "parent")
NOTHING = ("none", "null", "nil", "na", "n/a", "nan", "<na>", "#n/a", "-")
"""Words by which programs say that there is no parent."""
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
    for number, row in _rooted(path, list(_rows(path))):
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


def _rooted(path: Path, rows: list[Row]) -> list[Row]:
    """The rows, in which a parent called None, NA and the like is no node, unless it is a child as well."""
    children = {row["child"] for _, row in rows}
    rootless = {row["parent"] for _, row in rows if row["parent"].casefold() in NOTHING} - children
    if rootless:
        record(
            Choice(
                reason=f"{path}: parents called {', '.join(sorted(rootless))} are taken as none; if such a "
                "node is meant, give it a line of its own as child"
            )
        )
    return [
        (line, row | {"parent": "" if row["parent"] in rootless else row["parent"]}) for line, row in rows
    ]


def _separator(path: Path) -> tuple[str, int]:
    """What parts the fields of the line of names, and lines before it that only say so."""
    before = 0
    for line in lines(path):
        if line.lower().startswith("sep=") and not before:
            before = 1
        elif line.strip():
            return max("\t,;" if ".tsv" in path.name else ",;\t", key=line.count), before
    return ",", before


def _rows(path: Path) -> Iterator[Row]:
    """Number of the line and fields by name, of each line that is not blank."""
    separator, before = _separator(path)
    every = lines(path)
    reader = csv.reader(islice(every, before, None), delimiter=separator, strict=True)
    names: list[str] = []
    try:
        for cells in reader:
            fields = [nfc(cell.strip()) for cell in cells]
            if not any(fields):
                continue
            if names:
                number = reader.line_num + before
                yield number, _row(f"{path}, line {number}", names, fields)
            else:
                names = _names(path, fields)
    except csv.Error as error:
        raise ValueError(f"{path}, line {reader.line_num + before}: {error}; mend the quotes") from error
    if not names:
        raise ValueError(f"{path} is empty; give a table with the columns {', '.join(WANTED)}")


def _names(path: Path, fields: list[str]) -> list[str]:
    names = [name.lower() for name in fields]
    lacking = [name for name in WANTED if name not in names]
    if lacking:
        raise ValueError(
            f"{path} has no column {', '.join(lacking)}; it has {', '.join(fields)}. "
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
