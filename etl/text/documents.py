"""Texts from CSV, TSV or Parquet files, as frames of text and, if asked for, of ids and dates.

Rows that miss a text, id or date, or have too few or too many fields, are set aside and counted in the
records.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from etl.files import for_arrow
from etl.records import Rejected, record

BLOCK = 1 << 25
"""Bytes of text read at a time."""
ROWS = 1 << 14
"""Rows of a Parquet file read at a time."""


@dataclass(frozen=True)
class Layout:
    """Which columns of a file are what.

    Attributes
    ----------
    text : tuple of str
        Columns that are joined by a blank; one may be of lists of tokens, and is left as it is.
    id, date : str, optional
        Columns of the same name in the frame.
    date_format : str
        Of dates that are text, as in ``strptime``.
    names : sequence of str, optional
        Names of all columns, for a CSV or TSV file that has no line of names.
    quoted : bool, optional
        Whether fields may stand in double quotes; by default in CSV, and not in TSV.
    """

    text: tuple[str, ...] = ("text",)
    id: str | None = None
    date: str | None = None
    date_format: str = "%Y-%m-%d"
    names: Sequence[str] | None = None
    quoted: bool | None = None

    @property
    def columns(self) -> list[str]:
        """Columns that are read."""
        return [*self.text, *(name for name in (self.id, self.date) if name)]


def tables(path: Path, layout: Layout) -> Iterator[pa.Table]:
    """The file as tables, a block at a time.

    Parameters
    ----------
    path : Path
        CSV, TSV (either gzip too) or Parquet.
    layout : Layout

    Yields
    ------
    pyarrow Table
        Columns ``text`` (large_string, or lists of tokens as they are in the file) and, if asked for, ``id``
        (as in the file) and ``date`` (a timestamp in seconds); none holds a null.

    Raises
    ------
    FileNotFoundError
    ValueError
        A column is missing, or the file is damaged or not of its kind.
    """
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist; give a CSV, TSV or Parquet file of texts")
    try:
        for batch in _parquet(path, layout) if path.suffix == ".parquet" else _delimited(path, layout):
            yield tidy(batch, layout, path)
    except (pa.ArrowInvalid, OSError) as error:
        raise ValueError(f"{path} is damaged or not of its kind ({error})") from error


def tidy(batch: pa.RecordBatch, layout: Layout, path: Path | str = "") -> pa.Table:
    """Texts joined, dates as timestamps, rows with holes set aside.

    Parameters
    ----------
    batch : pyarrow RecordBatch
        With the columns of the layout.
    layout : Layout
    path : Path or str
        The file, for the record of rows set aside.

    Returns
    -------
    pyarrow Table
        See `tables`.
    """
    parts = [batch[name] for name in layout.text]
    blank = pa.scalar(" ", pa.large_string())
    text = parts[0]
    if len(parts) > 1:
        text = pc.binary_join_element_wise(*(part.cast(pa.large_string()) for part in parts), blank)
    elif pa.types.is_string(text.type):
        text = text.cast(pa.large_string())
    arrays = {"text": text}
    if layout.id:
        arrays["id"] = batch[layout.id]
    if layout.date:
        arrays["date"] = _dates(batch[layout.date], layout.date_format)
    table = pa.table(arrays)
    holed = [name for name in arrays if table[name].null_count]
    if not holed:
        return table
    whole = table.drop_null()
    reason = f"{' or '.join(holed)} is missing"
    record(Rejected(file=str(path), reason=reason, rows=len(table) - len(whole)))
    return whole


def _dates(values: pa.Array, form: str) -> pa.Array:
    if pa.types.is_temporal(values.type):
        return values.cast(pa.timestamp("s"))
    return pc.strptime(values, format=form, unit="s", error_is_null=True)


def _parquet(path: Path, layout: Layout) -> Iterator[pa.RecordBatch]:
    file = pyarrow.parquet.ParquetFile(path)
    _lacking(path, layout, file.schema_arrow.names)
    yield from file.iter_batches(ROWS, columns=layout.columns)


def _delimited(path: Path, layout: Layout) -> Iterator[pa.RecordBatch]:
    """Blocks of the file's columns, all as text."""
    tabs = ".tsv" in path.suffixes
    quoted = not tabs if layout.quoted is None else layout.quoted
    parse = {"delimiter": "\t" if tabs else ",", "quote_char": '"' if quoted else False}
    lost = [0]

    def skip(row: pyarrow.csv.InvalidRow) -> str:
        lost[0] += 1
        return "skip"

    names = list(layout.names) if layout.names else _first_line(path, parse)
    _lacking(path, layout, names)
    reader = pyarrow.csv.open_csv(
        pa.input_stream(for_arrow(path), compression="gzip" if path.suffix == ".gz" else None),
        pyarrow.csv.ReadOptions(
            use_threads=False, block_size=BLOCK, column_names=names, skip_rows=0 if layout.names else 1
        ),
        pyarrow.csv.ParseOptions(**parse, newlines_in_values=quoted, invalid_row_handler=skip),
        pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            include_columns=layout.columns,
            strings_can_be_null=True,
            null_values=[""],
            quoted_strings_can_be_null=False,
        ),
    )
    yield from reader
    if lost[0]:
        reason = f"the row has not the {len(names)} fields of the others"
        record(Rejected(file=str(path), reason=reason, rows=lost[0]))


def _first_line(path: Path, parse: dict[str, Any]) -> list[str]:
    """Names of the columns."""
    source = pa.input_stream(for_arrow(path), compression="gzip" if path.suffix == ".gz" else None)
    with source, pa.BufferReader(source.read(1 << 20)) as start:
        line = start.read().split(b"\n", 1)[0]
    table = pyarrow.csv.read_csv(
        pa.BufferReader(line + b"\n"), parse_options=pyarrow.csv.ParseOptions(**parse)
    )
    return table.column_names


def _lacking(path: Path, layout: Layout, names: list[str]) -> None:
    lacking = [name for name in layout.columns if name not in names]
    if lacking:
        raise ValueError(f"{path} has no column {', '.join(lacking)}; it has {', '.join(names)}")
