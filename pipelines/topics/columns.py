"""What is known of each document beside its words: its name, its date, its label; on the host, in Arrow."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl import records
from etl.tables import values
from etl.tables.decode import blocks
from etl.tables.parts import Part
from etl.text.dates import Dates
from pipelines.topics.config import Columns

YEARS = 4
"""Years that dates span, from which they are taken together by year, and not by month."""


class Periods(NamedTuple):
    """``codes``, int64, shape (documents,), places in ``names``, in order of time; -1 of no date."""

    codes: np.ndarray
    names: list[str]


def numbered(size: int) -> pa.Table:
    """Documents that are called by their numbers."""
    return pa.table({"id": pa.array(np.arange(size)).cast(pa.string())})


def beside(columns: Columns, size: int, encoding: str | None = None) -> pa.Table:
    """Names, dates and labels of so many documents from files of a line each.

    Raises
    ------
    ValueError
        There are more or fewer lines, or one is no date.
    """
    table = numbered(size)
    if columns.id:
        table = table.set_column(0, "id", _lines(columns.id, size, encoding))
    if columns.date:
        table = table.append_column("date", _dates(_lines(columns.date, size, encoding), columns))
    if columns.label:
        table = table.append_column("label", _lines(columns.label, size, encoding))
    return table


def of_texts(about: pa.Table, columns: Columns) -> pa.Table:
    """What was read beside texts, if ids name documents.

    Raises
    ------
    ValueError
        A document's id is another's too, and labels are asked for.
    """
    ids = about["id"].combine_chunks()
    counts = ids.value_counts()
    twice = counts.filter(pc.greater(counts.field("counts"), 1))
    if not len(twice):
        return about
    first = twice[0].as_py()
    named = f"id {first['values']!r} names {first['counts']:,} documents"
    if columns.label:
        raise ValueError(f"{named}; give each its own, or leave --id out, so that they are numbered")
    records.record(records.Choice(reason=f"{named}, and {len(twice) - 1:,} others several: they stay apart"))
    return about


def label_codes(about: pa.Table) -> np.ndarray:
    """Code of each document's label, int, shape (documents,); -1 where it has none."""
    if "label" not in about.column_names:
        return np.full(len(about), -1)
    return about["label"].combine_chunks().dictionary_encode().indices.fill_null(-1).to_numpy()


def periods(dates: pa.ChunkedArray) -> Periods:
    """Dates taken together by year, by month if they span less than four years; numbers as they are.

    Examples
    --------
    >>> days = pa.chunked_array([["2020-03-01", "2020-01-31"]]).cast(pa.timestamp("s"))
    >>> found = periods(days)
    >>> found.codes.tolist(), found.names
    ([1, 0], ['2020-01', '2020-03'])
    """
    name: Callable[[int], str] = str
    known = dates.is_valid().to_numpy()
    dates = dates.drop_null()
    if pa.types.is_integer(dates.type):
        values = dates.to_numpy()
    else:
        values, month = pc.year(dates).to_numpy(), pc.month(dates).to_numpy()
        if len(values) and values.max() - values.min() < YEARS:
            values, name = values * 12 + month - 1, _month
    found, inverse = np.unique(values, return_inverse=True)
    codes = np.full(len(known), -1)
    codes[known] = inverse
    return Periods(codes, [name(int(value)) for value in found])


def _month(number: int) -> str:
    return f"{number // 12}-{number % 12 + 1:02}"


def _lines(name: str, size: int, encoding: str | None) -> pa.ChunkedArray:
    path = Path(name)
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist; for counts, give a file with a line a document")
    text = b"".join(blocks(Part(path), encoding)).decode()
    lines = [line.rstrip("\r") for line in text.removesuffix("\n").split("\n")] if text else []
    if len(lines) != size:
        raise ValueError(f"{path} has {len(lines):,} lines; there are {size:,} documents, and each needs one")
    return pa.chunked_array([pa.array(lines, pa.string())])


def _dates(lines: pa.ChunkedArray, columns: Columns) -> pa.ChunkedArray:
    """Days, or whole numbers such as years."""
    found = Dates(str(columns.date), columns.date_format)
    read = found.read(values.flat(lines), np.arange(1, len(lines) + 1))
    if found.wrong:
        line, cell, why = found.first
        raise ValueError(
            f"{columns.date}, line {line:,}: {cell!r} is {why}; a line is a document, blank of none"
        )
    return pa.chunked_array([read])
