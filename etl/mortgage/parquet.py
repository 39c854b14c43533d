"""Loan months in Parquet: rows cut between loans, and columns of any type to those that text gives."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from etl.engine import Engine
from etl.engine.types import Frame
from etl.handoff import from_arrow
from etl.mortgage import parse
from etl.mortgage.lines import Lines
from etl.mortgage.schema import CATEGORIES, COMBINED, LOAN, MISSING, PERIOD
from etl.mortgage.spelling import no_number
from etl.records import Choice, record
from etl.tables.parts import Part

TYPES = parse.used(COMBINED)
"""Columns that are read, and the types that they get."""
_NUMERIC = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_null)
_EXACT = 2.0**53
"""Above it, whole numbers that differ may be one as decimals."""


def edges(path: Path, piece_bytes: int, source: Part) -> list[int]:
    """Rows at which pieces begin, each at the first row of a loan, and the number of rows.

    Parameters
    ----------
    path : Path
    piece_bytes : int
        Bytes of the file that a piece holds, about.
    source : Part
        The user's file, for errors.

    Raises
    ------
    ValueError
        Not a whole Parquet file, or one that lacks columns or holds them in a type that says nothing.
    """
    try:
        file = pyarrow.parquet.ParquetFile(path)
    except pa.ArrowException as error:
        raise ValueError(f"{source} is not a whole Parquet file ({error}); fetch it again") from error
    _check(file.schema_arrow, source)
    if file.metadata.num_rows == 0:
        raise ValueError(f"{source} is empty; remove it or fetch it again")
    loans = _loans(file.read([LOAN])[LOAN], source)
    starts = np.flatnonzero(loans[1:] != loans[:-1]) + 1
    step = max(1, int(piece_bytes * len(loans) / max(path.stat().st_size, 1)))
    wanted = np.arange(step, len(loans), step)
    places = np.searchsorted(starts, wanted)
    chosen = starts[np.unique(places[places < len(starts)])]
    return [0, *chosen.tolist(), len(loans)]


def _check(schema: pa.Schema, source: Part) -> None:
    lacking = [name for name in TYPES if name not in schema.names]
    if "loan_sequence_number" in map(str.lower, schema.names):
        raise ValueError(f"{source} is of Freddie Mac; only Fannie Mae's files are read")
    if lacking:
        raise ValueError(
            f"{source} lacks the column{'s' * (len(lacking) > 1)} {', '.join(lacking)}; name the columns as "
            "etl/mortgage/schema.py does, and fill those that are not known with nulls"
        )
    for name in TYPES:
        kind = schema.field(name).type
        kind = kind.value_type if pa.types.is_dictionary(kind) else kind
        if not _is_readable(kind, name):
            raise ValueError(f"{source}: the column {name} holds {kind}; write it as numbers or text")


def _is_readable(kind: pa.DataType, name: str) -> bool:
    if pa.types.is_boolean(kind):
        return name in CATEGORIES
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return name == PERIOD
    return any(is_such(kind) for is_such in _NUMERIC) or _is_text(kind)


def _loans(column: pa.ChunkedArray, source: Part) -> np.ndarray:
    """Something for each row that differs between loans; rows without a loan go with the one before."""
    values = _decoded(column)
    if pa.types.is_floating(values.type):
        if (pc.max(pc.abs(values)).as_py() or 0) > _EXACT:
            words = f"{source}: {LOAN} is decimal and beyond 2^53, where ids that differ may have become one"
            record(Choice(reason=f"{words}; write whole numbers or text"))
        values = pc.if_else(pc.is_nan(values), None, values)
    return (
        pc.fill_null_forward(values.combine_chunks())
        .fill_null("" if _is_text(values.type) else 0)
        .to_numpy(zero_copy_only=False)
    )


def read(text: Lines, path: Path, start: int, stop: int, engine: Engine) -> Frame:
    """Used columns of some rows of a Parquet file; rows that say nothing are rejected in ``text``.

    Parameters
    ----------
    text : Lines
        Whose lines are counted, and rejected, as rows.
    path : Path
    start, stop : int
        First row, and the one after the last.
    engine : Engine
        Where the frame is made.

    Returns
    -------
    DataFrame
        Columns of `TYPES`, and ``line``, the row's number from 0 for ``start``, int64.

    Raises
    ------
    ValueError
        A used column has a type that is no number.
    """
    arrow = _rows(path, start, stop)
    text.count = len(arrow)
    arrow = arrow.append_column("line", pa.array(np.arange(len(arrow))))
    for name, kind in TYPES.items():
        place = arrow.column_names.index(name)
        if pa.types.is_dictionary(kind):
            arrow = arrow.set_column(place, name, _words(arrow[name]))
            continue
        arrow = arrow.set_column(place, name, _plain(arrow[name], name))
        arrow = _numbers(text, arrow, name, kind)
    for name in (LOAN, PERIOD):
        arrow = parse.keep(text, arrow, arrow[name].is_valid(), f"{name} is missing")
    return from_arrow(arrow.select([*TYPES, "line"]).combine_chunks(), engine)


def _rows(path: Path, start: int, stop: int) -> pa.Table:
    file = pyarrow.parquet.ParquetFile(path)
    groups: list[int] = []
    first, skip = 0, 0
    for group in range(file.num_row_groups):
        rows = file.metadata.row_group(group).num_rows
        if first < stop and first + rows > start:
            skip = first if not groups else skip
            groups.append(group)
        first += rows
    arrow = file.read_row_groups(groups, columns=list(TYPES)).replace_schema_metadata()
    return arrow.slice(start - skip, stop - start)


def _decoded(values: pa.ChunkedArray) -> pa.ChunkedArray:
    return values.cast(values.type.value_type) if pa.types.is_dictionary(values.type) else values


def _words(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Texts as categories; what `MISSING` spells is missing, as in text."""
    coded = values.dictionary_encode().unify_dictionaries()
    words = coded.chunk(0).dictionary if coded.num_chunks else pa.array([], pa.string())
    if _is_text(words.type) and not pc.any(pc.is_in(words, pa.array(MISSING, words.type))).as_py():
        return coded
    texts = _decoded(coded).cast(pa.string())
    return pc.if_else(pc.is_in(texts, pa.array(MISSING)), None, texts).dictionary_encode()


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _plain(values: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    """Numbers, or texts that may spell them, with nulls for what is missing; dates as YYYYMM."""
    values = _decoded(values)
    if pa.types.is_date(values.type) or pa.types.is_timestamp(values.type):
        year, month = pc.year(values), pc.month(values)
        return pc.add(pc.multiply(year, 100), month)
    if _is_text(values.type):
        texts = values.cast(pa.string())
        texts = pc.if_else(pc.is_in(texts, pa.array(MISSING)), None, texts)
        return parse.spelled_months(texts) if name == PERIOD else texts
    return values.cast(pa.float64(), safe=False) if pa.types.is_decimal(values.type) else values


def _numbers(text: Lines, arrow: pa.Table, name: str, kind: pa.DataType) -> pa.Table:
    """The column as its type; rows whose number is none, or does not fit, are rejected."""
    place = arrow.column_names.index(name)
    if pa.types.is_string(arrow[name].type):
        arrow = parse.numbers_only(text, arrow, name, kind)
    elif pa.types.is_integer(kind):
        arrow = _whole(text, arrow, name, kind)
    values = arrow[name]
    if pa.types.is_floating(kind) and pa.types.is_integer(values.type):
        values = values.cast(pa.float64(), safe=False)
    return arrow.set_column(place, name, values.cast(kind, safe=pa.types.is_integer(kind)))


def _whole(text: Lines, arrow: pa.Table, name: str, kind: pa.DataType) -> pa.Table:
    values = arrow[name]
    if pa.types.is_floating(values.type):
        values = pc.if_else(pc.is_nan(values), None, values)
        arrow = arrow.set_column(arrow.column_names.index(name), name, values)
        arrow = parse.keep(text, arrow, pc.equal(values, pc.floor(values)), no_number(name))
    return parse.fitting(text, arrow, name, kind)
