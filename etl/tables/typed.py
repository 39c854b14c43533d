"""Files that are not delimited, Parquet and JSON lines, as the same batches."""

import json
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from etl.files import reading
from etl.records import collect
from etl.tables.decode import blocks
from etl.tables.delimited import Batch, Source
from etl.tables.form import Told, chosen
from etl.tables.losses import Losses
from etl.tables.parts import Part

ROWS = 1 << 16
"""Rows of a batch, of objects."""
AS_WRITTEN = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)
BLANKS = " \t\r\n"
"""What JSON passes over around a value."""
BATCH = 1 << 20
"""Rows of a batch of columns."""


def parquet(part: Part, told: Told, wanted: list[str], losses: Losses) -> Source:
    """A Parquet file; the columns that are not wanted are not read.

    Parameters
    ----------
    part : Part
    told : Told
    wanted : list of str
        Columns to read; all by default.
    losses : Losses
    """
    with reading(part.path, "a whole Parquet file"), part.open() as file:
        names = pyarrow.parquet.ParquetFile(_seekable(part, file)).schema_arrow.names
    kept = [names[place] for place in chosen(names, wanted)] if wanted else None
    return Source(names, _row_groups(part, kept or None, losses))


def _seekable(part: Part, file: BinaryIO) -> BinaryIO | pa.NativeFile:
    return pa.BufferReader(file.read()) if str(part.path.suffix).lower() != ".parquet" else file


def _row_groups(part: Part, columns: list[str] | None, losses: Losses) -> Iterator[Batch]:
    with reading(part.path, "a whole Parquet file"), part.open() as file:
        source = pyarrow.parquet.ParquetFile(_seekable(part, file))
        row = 1
        for batch in source.iter_batches(BATCH, columns=columns):
            losses.seen += len(batch)
            yield pa.Table.from_batches([batch]), np.arange(row, row + len(batch))
            row += len(batch)


def jsonl(part: Part, told: Told, wanted: list[str], losses: Losses) -> Source:
    """JSON lines, an object a line; numbers stay as they are written.

    Parameters
    ----------
    part : Part
    told : Told
    wanted : list of str
        Columns to read; all by default.
    losses : Losses
        Takes lines that hold no object.
    """
    rows = objects(part, told, losses)
    start = list(islice(rows, ROWS))
    names = list(dict.fromkeys(name for _, row in start for name in row))
    if len(start) == ROWS and not (wanted and set(wanted) <= set(names)):
        quiet = Losses(part, 1.0)
        with collect():  # what a long file loses is told when its rows are read
            names = list(dict.fromkeys(name for _, row in objects(part, told, quiet) for name in row))
    kept = [names[place] for place in chosen(names, wanted)]
    return Source(names, tables(kept, start, rows, losses))


def objects(part: Part, told: Told, losses: Losses) -> Iterator[tuple[int, dict[str, Any]]]:
    """Objects of JSON lines, each with its line; numbers are text as written.

    Parameters
    ----------
    part : Part
    told : Told
    losses : Losses
        Takes lines that hold none.
    """
    number, rest = 0, b""
    for block in chain(blocks(part, told.encoding), [b"\n"]):
        *lines, rest = (rest + block).split(b"\n")
        for line in lines:
            number += 1
            if not line.strip():
                continue
            losses.seen += 1
            row = _object(line)
            if row is not None:
                yield number, row
            else:
                losses.add(number, "the line holds no JSON object", line.decode("utf-8", "replace"))


def _object(line: bytes) -> dict[str, Any] | None:
    """The object of a line; None where there is none."""
    try:
        text = line.decode("utf-8", "surrogatepass").strip(BLANKS)
        row, end = AS_WRITTEN.raw_decode(text)
    except (ValueError, RecursionError):
        return None
    return row if end == len(text) and isinstance(row, dict) else None


def tables(names: list[str], start: list[Any], rows: Iterable[Any], losses: Losses) -> Iterator[Batch]:
    """Batches of rows; those whose values no column holds are set aside.

    Parameters
    ----------
    names : list of str
        Columns.
    start, rows : iterables of (line, dict)
        The first rows, and those after them.
    losses : Losses
    """
    more, held = iter(rows), start
    while held:
        numbers, columns = _plain(names, held) or _of_any_form(names, held, losses)
        if len(numbers):
            yield pa.Table.from_arrays(columns, names=names), numbers
        held = list(islice(more, ROWS))


def _plain(names: list[str], held: list[Any]) -> tuple[np.ndarray, list[pa.Array]] | None:
    """Lines and columns of rows that hold texts alone, or nothing; None of others."""
    try:
        found = [pa.array([row.get(name) for _, row in held], pa.string()) for name in names]
    except (pa.ArrowException, TypeError, ValueError):  # ValueError: half a character
        return None
    return np.array([number for number, _ in held]), found


def _of_any_form(names: list[str], held: list[Any], losses: Losses) -> tuple[np.ndarray, list[pa.Array]]:
    lists = {name for name in names if _are_lists([row.get(name) for _, row in held])}
    good = [(number, row) for number, row in held if not _told(number, row, names, lists, losses)]
    columns = [_column([row.get(name) for _, row in good], name in lists) for name in names]
    return np.array([number for number, _ in good]), columns


def _are_lists(values: list[Any]) -> bool:
    """Whether most known values are lists of texts, such as tokens."""
    known = [value for value in values if value is not None]
    return 2 * sum(isinstance(value, list) for value in known) > len(known)


def _told(number: int, row: dict[str, Any], names: list[str], lists: set[str], losses: Losses) -> bool:
    """Whether a row is set aside, as one of its values is of another form than a column holds."""
    for name in names:
        value = row.get(name)
        fault = ""
        if isinstance(value, dict):
            fault = "an object, which no column holds"
        elif isinstance(value, list) and (
            name not in lists or not all(isinstance(one, str) for one in value)
        ):
            fault = "a list, where other rows have one value"
        elif isinstance(value, str) and not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value):
            fault = "half a character"
        if fault:
            losses.add(number, f"its {name} is {fault}", str(value)[:200].encode("utf-8", "replace").decode())
            return True
    return False


def _column(values: list[Any], lists: bool) -> pa.Array:
    """Texts; or lists of texts."""
    if lists:
        return pa.array(
            [value if isinstance(value, list) else None for value in values], pa.list_(pa.string())
        )
    spelled = [value if value is None or isinstance(value, str) else json.dumps(value) for value in values]
    return pa.array(spelled, pa.string())
