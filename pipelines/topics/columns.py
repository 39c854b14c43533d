"""What is known of each document beside its words: its name, its date, its label; on the host, in Arrow."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl import records
from etl.text import documents
from pipelines.topics.config import Columns
from pipelines.topics.files import Source

YEARS = 4
"""Years that dates span, from which they are taken together by year, and not by month."""


class Periods(NamedTuple):
    """``codes``, array of int64, shape (documents,), places in ``names``, list of str in order of time."""

    codes: np.ndarray
    names: list[str]


def numbered(size: int) -> pa.Table:
    """Documents that are called by their numbers."""
    return pa.table({"id": pa.array(np.arange(size)).cast(pa.string())})


def beside(columns: Columns, size: int) -> pa.Table:
    """Names, dates and labels of so many documents from files of a line each.

    Raises
    ------
    ValueError
        There are more or fewer lines, or one is no date.
    """
    table = numbered(size)
    if columns.id:
        table = table.set_column(0, "id", _lines(Path(columns.id), size))
    if columns.date:
        table = table.append_column("date", _dates(_lines(Path(columns.date), size), columns))
    if columns.label:
        table = table.append_column("label", _lines(Path(columns.label), size))
    return table


def labels(source: Source, columns: Columns, ids: pa.ChunkedArray) -> pa.ChunkedArray:
    """Label of each document, from a further reading of the files, by its id; null where it has none."""
    with records.collect():  # the rows set aside were counted with the texts
        parts = [table for path in source.files for table in documents.tables(path, columns.labels())]
    table = pa.concat_tables(parts).combine_chunks()
    known = table["id"].combine_chunks().cast(pa.string())
    place = pc.index_in(ids.cast(pa.string()), value_set=known)
    return table["text"].cast(pa.string()).take(place)


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
    if pa.types.is_integer(dates.type):
        values = dates.to_numpy()
    else:
        values, month = pc.year(dates).to_numpy(), pc.month(dates).to_numpy()
        if len(values) and values.max() - values.min() < YEARS:
            values, name = values * 12 + month - 1, _month
    found, codes = np.unique(values, return_inverse=True)
    return Periods(codes, [name(int(value)) for value in found])


def _month(number: int) -> str:
    return f"{number // 12}-{number % 12 + 1:02}"


def _lines(path: Path, size: int) -> pa.ChunkedArray:
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist; for counts, give a file with a line a document")
    lines = path.read_text(encoding="utf-8").splitlines()
    if len(lines) != size:
        raise ValueError(f"{path} has {len(lines):,} lines; there are {size:,} documents, and each needs one")
    return pa.chunked_array([pa.array(lines, pa.string())])


def _dates(lines: pa.ChunkedArray, columns: Columns) -> pa.ChunkedArray:
    if pc.all(pc.ascii_is_decimal(lines)).as_py():
        return lines.cast(pa.int64())
    found = pc.strptime(lines, format=columns.date_format, unit="s", error_is_null=True)
    if found.null_count:
        first = pc.index(found.is_null(), True).as_py()
        raise ValueError(
            f"{columns.date}, line {first + 1}: {lines[first].as_py()!r} is neither a whole number nor a "
            f"date like {columns.date_format}; say what dates look like with --date-format"
        )
    return found
