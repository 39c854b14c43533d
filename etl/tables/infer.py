"""Tables whose columns nobody declared: what is numbers throughout is read as numbers."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from etl.records import Choice, record
from etl.tables import values
from etl.tables.form import Told, once
from etl.tables.read import Column, joined, meant, sources


def read(path: Path, what: str, told: Told | None = None, ids: Sequence[str] = ()) -> pa.Table:
    """All columns of one or more files, each of one type over all its rows.

    Parameters
    ----------
    path : Path
        See `etl.tables.read.batches`.
    what : str
        What the table holds, for messages.
    told : Told, optional
    ids : sequence of str
        Columns of ids, which are not numbers even where they look so.

    Returns
    -------
    pyarrow Table
        A column is float64, see `etl.tables.values.inferred`, int64 or string if it is one of ``ids``, and
        as the files have it otherwise; a blank is null.

    Raises
    ------
    FileNotFoundError
    ValueError
        See `etl.tables.read.batches`; or a column is there twice, or a later file lacks one.
    """
    names: list[str] = []
    found: list[pa.Table] = []
    commas: list[bool] = []
    for source, losses in sources(path, [], what, told):
        names = names or source.names
        once(losses.part, source.names, [])
        if new := [name for name in source.names if name not in set(names)]:
            raise ValueError(
                f"{losses.part} has a column {new[0]}, which other files lack; give all the same names"
            )
        columns = [Column(name, "id" if name in ids else "any", needed=False) for name in names]
        parts = list(meant(source, columns, losses, "one line of names for all files"))
        if parts:
            found.append(joined(parts))
            commas.append(source.comma)
    if not found:
        raise ValueError(f"{path} holds no row of {what}; give a table with rows")
    if len(set(commas)) == 1:
        found, commas = [joined(found)], commas[:1]
    return joined(_numbers(path, found, commas, [name for name in names if name not in ids]))


def _numbers(path: Path, tables: list[pa.Table], commas: list[bool], names: list[str]) -> list[pa.Table]:
    columns = [dict(zip(table.column_names, table.columns, strict=True)) for table in tables]
    for name in names:
        found: list[pa.Array] = []
        for table, comma in zip(tables, commas, strict=True):
            cells = values.inferred(values.flat(table[name]), comma)
            if cells is None:
                _tell_text(path, name, values.flat(table[name]), comma)
                break
            found.append(cells)
        if len(found) == len(tables) and any(cells.null_count < len(cells) for cells in found):
            for held, cells in zip(columns, found, strict=True):
                held[name] = cells
    return [pa.table(held) for held in columns]


def _tell_text(path: Path, name: str, cells: pa.Array, comma: bool) -> None:
    """Why a column is text, most of whose cells are numbers."""
    _, wrong = values.numbers(cells, comma, infinite=True)
    text, known = cells.filter(wrong), len(cells) - cells.null_count
    if 2 * len(text) < known:
        why = "some begin with zeros, as ids do"
        if len(text):
            why = f"{len(text):,} of {known:,} cells are no numbers, such as {text[0].as_py()!r}"
        record(Choice(reason=f"{path}: column {name} is text, as {why}"))
