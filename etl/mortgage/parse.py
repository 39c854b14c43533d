"""Lines of loan files to columns, by pyarrow's CSV reader; on a GPU by `etl.mortgage.parse_device`.

The fast path trusts the piece. Only when something in it cannot be read is it read again as text, to find
which lines to set aside.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from etl.engine import Engine
from etl.engine.types import Frame
from etl.handoff import from_arrow
from etl.mortgage import parse_device
from etl.mortgage.files import widths_like
from etl.mortgage.lines import Lines
from etl.mortgage.schema import CATEGORIES, LOAN, MISSING, NUMBERS, PERIOD, REMOVAL, RENAMED
from etl.mortgage.spelling import BLANKS, limit, month_digits, no_number, out_of_range, pattern

BLOCK = 2 << 20
"""Bytes that the CSV reader converts at a time: they stay in a core's cache."""


def used(fields: tuple[str, ...]) -> dict[str, pa.DataType]:
    """The fields of a line that are read, in file order, and their Arrow types."""
    text = pa.dictionary(pa.int32(), pa.string())
    types: dict[str, pa.DataType] = dict.fromkeys(NUMBERS, pa.float32()) | dict.fromkeys(CATEGORIES, text)
    types |= {LOAN: pa.int64(), REMOVAL: pa.float32(), RENAMED_STATUS: pa.float32()}
    types[PERIOD] = pa.int32() if len(fields) >= 108 else text
    return {name: types[name] for name in fields if name in types}


RENAMED_STATUS = next(old for old, new in RENAMED.items() if new == "status")


def table(text: Lines, fields: tuple[str, ...], engine: Engine) -> Frame:
    """Used columns of all readable lines; the others are rejected in ``text``, whose lines are counted.

    Parameters
    ----------
    text : Lines
    fields : tuple of str
        Names of the fields of a line, in file order.
    engine : Engine
        Where the frame is made.

    Returns
    -------
    DataFrame
        Columns of the types of `used`, and ``line``, the line's number from 0, int64.
    """
    types = used(fields)
    if engine.name == "gpu":
        return parse_device.table(text, fields, types, engine)
    try:
        arrow = _arrow(text, fields, types)
    except pa.ArrowInvalid:
        arrow = _carefully(text, fields, types)
    for name in (LOAN, PERIOD):
        if name in types and arrow[name].null_count:
            arrow = keep(text, arrow, arrow[name].is_valid(), f"{name} is missing")
    return from_arrow(arrow, engine)


def _arrow(
    text: Lines, fields: tuple[str, ...], types: dict[str, pa.DataType], block: int = BLOCK
) -> pa.Table:
    odd: set[int] = set()

    def reject(row: pyarrow.csv.InvalidRow) -> str:
        odd.add(row.actual_columns)
        text.reject([row.number - 1], f"{row.actual_columns} fields instead of {row.expected_columns}")
        return "skip"

    arrow = pyarrow.csv.read_csv(
        pa.BufferReader(text.raw),
        read_options=pyarrow.csv.ReadOptions(column_names=fields, use_threads=False, block_size=block),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter="|", quote_char=False, ignore_empty_lines=False, invalid_row_handler=reject
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=types, include_columns=list(types), null_values=MISSING, strings_can_be_null=True
        ),
    )
    if odd.intersection(widths_like(len(fields))):
        text.even(len(fields))
        return _arrow(text, fields, types, block)
    text.count = len(arrow) + len(text.rejected_numbers)
    lines = np.delete(np.arange(text.count), text.rejected_numbers)
    return arrow.append_column("line", pa.array(lines)).combine_chunks()


def _carefully(text: Lines, fields: tuple[str, ...], types: dict[str, pa.DataType]) -> pa.Table:
    """Read everything as text, set lines aside whose numbers are none, then convert the rest."""
    arrow = _arrow(text, fields, dict.fromkeys(types, pa.string()), block=len(text.raw) + 1)
    for name, kind in types.items():
        if name == PERIOD and pa.types.is_integer(kind):
            arrow = arrow.set_column(arrow.column_names.index(name), name, spelled_months(arrow[name]))
        if not pa.types.is_dictionary(kind):
            arrow = numbers_only(text, arrow, name, kind)
    columns = [_convert(arrow[name], kind) for name, kind in types.items()]
    return pa.table([*columns, arrow["line"]], names=[*types, "line"]).combine_chunks()


def numbers_only(text: Lines, arrow: pa.Table, name: str, kind: pa.DataType) -> pa.Table:
    """Rows whose text in a column is a number that fits its type, or missing.

    Parameters
    ----------
    text : Lines
        Takes the others.
    arrow : pyarrow Table
        Columns of text, and ``line``.
    name : str
        Of the column.
    kind : pyarrow DataType
        That it is to become.
    """
    values = pc.utf8_trim(arrow[name], BLANKS)
    arrow = arrow.set_column(arrow.column_names.index(name), name, values)
    arrow = keep(text, arrow, pc.match_substring_regex(values, pattern(kind)), no_number(name))
    return fitting(text, arrow, name, kind) if pa.types.is_integer(kind) else arrow


def fitting(text: Lines, arrow: pa.Table, name: str, kind: pa.DataType) -> pa.Table:
    """Rows whose whole number in a column fits its type, or is missing.

    Parameters
    ----------
    text, arrow, name, kind
        See `numbers_only`.
    """
    size = pc.abs(arrow[name].cast(pa.float64(), safe=False))
    return keep(text, arrow, pc.less(size, limit(kind)), out_of_range(name))


def spelled_months(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Texts of months as their numbers' digits, see `spelling.month_digits`; works on the distinct ones."""
    coded = pc.utf8_trim(values, BLANKS).combine_chunks().dictionary_encode()
    words = [None if word is None else month_digits(word) for word in coded.dictionary.to_pylist()]
    return pa.chunked_array([pa.array(words, pa.string()).take(coded.indices)])


def keep(text: Lines, arrow: pa.Table, good: pa.ChunkedArray, reason: str) -> pa.Table:
    """Rows where ``good`` is not false; the others are rejected.

    Parameters
    ----------
    text : Lines
    arrow : pyarrow Table
        With a column ``line``.
    good : pyarrow array of bool, shape (n,)
    reason : str
        Why the others are rejected.
    """
    good = pc.fill_null(good, True)
    if pc.all(good).as_py():
        return arrow
    text.reject(arrow["line"].filter(pc.invert(good)), reason)
    return arrow.filter(good)


def _convert(values: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    return values.dictionary_encode() if pa.types.is_dictionary(kind) else values.cast(kind)
