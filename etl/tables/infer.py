"""Tables whose columns nobody declared: what is numbers nearly throughout is read as numbers."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from etl.records import Choice, record
from etl.tables import values
from etl.tables.form import Told, once
from etl.tables.read import Column, joined, sources
from etl.tables.whole import Whole, whole

FEW = 0.1
"""Share of a column's known cells, at most, that may be no numbers where the column is one of numbers."""
BLANK, EMPTY = "it holds no number", "it holds nothing"


Faults = dict[int, tuple[str, str]]
"""Reason and cell by row."""
Columns = dict[str, pa.ChunkedArray | pa.Array]


class Found(NamedTuple):
    """Rows, and the place of each, from 0, among all of the files, those set aside too."""

    table: pa.Table
    number: np.ndarray


def read(
    path: Path,
    what: str,
    told: Told | None = None,
    ids: Sequence[str] = (),
    numbers: Sequence[str] | None = None,
    mixed: bool = False,
) -> Found:
    """All columns of one or more files, each of one type over all its rows.

    Rows are set aside whose cell is no number in a column of numbers, and those that hold no number at all.

    Parameters
    ----------
    path : Path
        See `etl.tables.read.batches`.
    what : str
        What the table holds, for messages.
    told : Told, optional
    ids : sequence of str
        Columns of ids, which are not numbers even where they look so.
    numbers : sequence of str, optional
        Columns that are numbers, however many of their cells are none; by default it is found out.
    mixed : bool
        Whether columns that are no numbers tell something too: then a row without a number is kept, if it
        holds anything beside its ids.

    Returns
    -------
    table : pyarrow Table
        A column is float64, see `etl.tables.values.inferred`, if all but a few of its cells are numbers,
        int64 or string if it is one of ``ids``, and as the files have it otherwise; a blank is null.
    number : int64 array, shape (n,)

    Raises
    ------
    FileNotFoundError
    ValueError
        See `etl.tables.read.batches`; or a column is there twice, or a later file lacks one.
    """
    files = _files(path, what, told, ids)
    names = [name for name in files[0].table.column_names if name not in set(ids)]
    if len({file.comma for file in files}) == 1:
        _alike(files, names)
    columns = [dict(zip(file.table.column_names, file.table.columns, strict=True)) for file in files]
    faults: list[Faults] = [{} for _ in files]
    asked = names if numbers is None else [name for name in numbers if name in set(names)]
    declared = numbers is not None
    there = [name for name in asked if _numbers(path, files, name, declared, columns, faults)]
    for file, held, wrong in zip(files, columns, faults, strict=True):
        file.table = pa.table(held)
        for row in _blank(file, names if mixed else there):
            wrong.setdefault(row, (EMPTY if mixed else BLANK, ""))
        file.set_aside(wrong)
    return Found(joined([file.table for file in files]), np.concatenate([file.number for file in files]))


def _files(path: Path, what: str, told: Told | None, ids: Sequence[str]) -> list[Whole]:
    names: list[str] = []
    found: list[Whole] = []
    first = 0
    for source, losses in sources(path, [], what, told):
        names = names or source.names
        once(losses.part, source.names, [])
        if new := [name for name in source.names if name not in set(names)]:
            raise ValueError(
                f"{losses.part} has a column {new[0]}, which other files lack; give all the same names"
            )
        columns = [Column(name, "id" if name in ids else "any", needed=False) for name in names]
        if file := whole(source, columns, losses, "one line of names for all files", first):
            found.append(file)
        first += losses.seen
    if not found:
        raise ValueError(f"{path} holds no row of {what}; give a table with rows")
    return found


def _alike(files: list[Whole], names: list[str]) -> None:
    """Columns of the files in one type, such as text where one file has text."""
    if len(files) == 1:
        return
    table, first = joined([file.table for file in files]), 0
    for file in files:
        file.table, first = table.slice(first, len(file.lines)), first + len(file.lines)


def _numbers(
    path: Path, files: list[Whole], name: str, declared: bool, columns: list[Columns], faults: list[Faults]
) -> bool:
    """Whether a column is one of numbers; it is made so, and the faults in it are noted."""
    cells = [values.flat(held[name]) for held in columns]
    known = sum(len(one) - one.null_count for one in cells)
    truth = 2 * sum(map(values.truths, cells)) > known
    found = [values.inferred(one, file.comma, truth) for one, file in zip(cells, files, strict=True)]
    if declared:
        found = [
            one or values.numbers(text, file.comma, infinite=True)
            for one, text, file in zip(found, cells, files, strict=True)
        ]
    parts = [one for one in found if one is not None]
    wrong = [one.to_numpy(zero_copy_only=False) for _, one in parts]
    bad = int(sum(one.sum() for one in wrong))
    if len(parts) < len(files) or (bad > FEW * known and not declared):
        _tell_text(path, name, cells, wrong, known)
        return False
    if not declared and all(number.null_count == len(number) for number, _ in parts):
        return False
    for held, (number, _), text, lost, told in zip(columns, parts, cells, wrong, faults, strict=True):
        held[name] = number
        for row in np.flatnonzero(lost).tolist():
            told.setdefault(row, (f"its {name} is no number", str(text[row])))
    return True


def _blank(file: Whole, names: list[str]) -> list[int]:
    """Rows without a number in any of the columns; without such columns, those without anything."""
    columns = [file.table[name] for name in names or file.table.column_names]
    known = [column.is_valid().to_numpy() for column in columns]
    return [int(row) for row in np.flatnonzero(~np.logical_or.reduce(known))]


def _tell_text(path: Path, name: str, cells: list[pa.Array], wrong: list[np.ndarray], known: int) -> None:
    """Why a column is text, most of whose cells are numbers."""
    bad = int(sum(one.sum() for one in wrong))
    if 2 * bad >= known:
        return
    why = "some begin with zeros, as ids do"
    if len(wrong) == len(cells):
        first = next(
            str(text[int(lost.argmax())]) for text, lost in zip(cells, wrong, strict=True) if lost.any()
        )
        why = f"{bad:,} of {known:,} cells are no numbers, such as {first!r}"
    record(Choice(reason=f"{path}: column {name} is text, as {why}"))
