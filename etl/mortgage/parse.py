"""Lines of loan files to columns: pyarrow's CSV reader on the CPU, cuDF's on the device.

The fast path trusts the piece. Only when something in it cannot be read is it read again as text, to find
which lines to set aside.
"""

import io
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from etl.engine import Engine, engine_of
from etl.engine.types import Array, Frame, Series
from etl.handoff import from_arrow
from etl.mortgage.schema import CATEGORIES, LOAN, MISSING, NUMBERS, PERIOD, REMOVAL, RENAMED

BLOCK = 2 << 20
"""Bytes that the CSV reader converts at a time: they stay in a core's cache."""
_WHOLE, _NUMBER = r"^-?\d{1,18}$", r"^-?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$"


class Lines:
    """The lines of a piece, their ``count`` once they are parsed, and those of them that are rejected.

    Parameters
    ----------
    raw : bytes or memoryview
        The text; bytes that are no UTF-8 are replaced.
    """

    def __init__(self, raw: bytes | memoryview) -> None:
        plain = not len(raw) or int(np.frombuffer(raw, "uint8").max()) < 128
        self.raw = raw if plain else bytes(raw).decode("utf-8", "replace").encode()
        self.count = 0
        self._reasons: dict[int, str] = {}

    @cached_property
    def lines(self) -> list[bytes]:
        """The text of each line, without its end."""
        return bytes(self.raw).splitlines()

    @property
    def rejected_numbers(self) -> np.ndarray:
        """Numbers, from 0, of the rejected lines, sorted: int64, shape (rejected,)."""
        return np.array(sorted(self._reasons), dtype="int64")

    def reject(self, numbers: Series | Sequence[int], reason: str) -> None:
        """Set lines aside; the first reason given for a line stays.

        Parameters
        ----------
        numbers : Series, pyarrow or NumPy array or sequence of int, shape (rejected,)
            From 0.
        reason : str
            What is wrong with them.
        """
        host = numbers.to_numpy() if hasattr(numbers, "to_numpy") else np.asarray(numbers)
        for number in host.tolist():
            self._reasons.setdefault(int(number), reason)

    def rejected(self) -> list[tuple[int, str, str]]:
        """Number from 0, reason, and the first 1,000 characters of each rejected line."""
        return [(n, self._reasons[n], self._text(n)) for n in sorted(self._reasons)]

    def _text(self, number: int) -> str:
        return self.lines[number][:1000].decode("utf-8", "replace") if number < len(self.lines) else ""


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
        return _on_device(text, fields, types, engine)
    try:
        arrow = _arrow(text, fields, types)
    except pa.ArrowInvalid:
        arrow = _carefully(text, fields, types)
    for name in {LOAN, PERIOD} & set(types):
        if arrow[name].null_count:
            empty = arrow[name].is_null()
            text.reject(arrow["line"].filter(empty), f"{name} is missing")
            arrow = arrow.filter(pc.invert(empty))
    return from_arrow(arrow, engine)


def _arrow(
    text: Lines, fields: tuple[str, ...], types: dict[str, pa.DataType], block: int = BLOCK
) -> pa.Table:
    def reject(row: pyarrow.csv.InvalidRow) -> str:
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
    text.count = len(arrow) + len(text.rejected_numbers)
    lines = np.delete(np.arange(text.count), text.rejected_numbers)
    return arrow.append_column("line", pa.array(lines)).combine_chunks()


def _carefully(text: Lines, fields: tuple[str, ...], types: dict[str, pa.DataType]) -> pa.Table:
    """Read everything as text, set lines aside whose numbers are none, then convert the rest."""
    arrow = _arrow(text, fields, dict.fromkeys(types, pa.string()), block=len(text.raw) + 1)
    for name, kind in types.items():
        if pa.types.is_dictionary(kind):
            continue
        pattern = _WHOLE if pa.types.is_integer(kind) else _NUMBER
        good = pc.fill_null(pc.match_substring_regex(arrow[name], pattern), True)
        text.reject(arrow["line"].filter(pc.invert(good)), f"{name} is not a number")
        arrow = arrow.filter(good)
    columns = [_convert(arrow[name], kind) for name, kind in types.items()]
    return pa.table([*columns, arrow["line"]], names=[*types, "line"]).combine_chunks()


def _convert(values: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    return values.dictionary_encode() if pa.types.is_dictionary(kind) else values.cast(kind)


def parquet(path: Path, start: int, stop: int, engine: Engine) -> Frame:
    """Used columns of some rows of a Parquet file.

    Parameters
    ----------
    path : Path
    start, stop : int
        First row, and the one after the last.
    engine : Engine
        Where the frame is made.

    Returns
    -------
    DataFrame
        Columns of the types of `used`, and ``line``, the row's number from 0 for ``start``, int64.

    Raises
    ------
    ValueError
        A used column is missing or has another type.
    """
    file = pyarrow.parquet.ParquetFile(path)
    types = used(tuple(file.schema_arrow.names) + ("",) * 108)
    groups: list[int] = []
    first, skip = 0, 0
    for group in range(file.num_row_groups):
        rows = file.metadata.row_group(group).num_rows
        if first < stop and first + rows > start:
            skip = first if not groups else skip
            groups.append(group)
        first += rows
    arrow = file.read_row_groups(groups, columns=list(types)).slice(start - skip, stop - start)
    try:
        columns = [_convert(arrow[name], kind) for name, kind in types.items()]
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise ValueError(f"{path}: a column has an unexpected type ({error})") from error
    lines = pa.array(np.arange(len(arrow)))
    return from_arrow(pa.table([*columns, lines], names=[*types, "line"]).combine_chunks(), engine)


def _on_device(text: Lines, fields: tuple[str, ...], types: dict[str, pa.DataType], engine: Engine) -> Frame:
    """Count fields on the device, set wrong lines aside, then parse there."""
    xp = engine.xp
    data = xp.asarray(np.frombuffer(text.raw, dtype="uint8"))
    ends = xp.flatnonzero(data == ord("\n"))
    if bytes(text.raw[-1:]) != b"\n":
        ends = xp.append(ends, len(data))
    text.count = len(ends)
    bars = xp.diff(xp.searchsorted(xp.flatnonzero(data == ord("|")), ends), prepend=0)
    wrong = xp.flatnonzero(bars != len(fields) - 1).get()
    text.reject(wrong, f"not {len(fields)} fields")
    raw = bytes(text.raw)
    if len(wrong):
        rejected = set(wrong.tolist())
        raw = b"\n".join(line for number, line in enumerate(text.lines) if number not in rejected)
    frame = _read_device(raw, fields, types, engine)
    frame["line"] = xp.asarray(np.delete(np.arange(text.count), text.rejected_numbers))
    good = ~(frame[LOAN].isna() | (frame[PERIOD].isna() if PERIOD in types else False)).values
    for name, kind in types.items():
        if not pa.types.is_dictionary(kind) and bool(frame[name].isna().any()):
            strings = _read_device(raw, fields, {name: pa.string()}, engine)[name]
            good &= ~(frame[name].isna() & ~strings.isna()).values
    text.reject(frame["line"][~good], "a number is not one, or the loan or the month is missing")
    frame = frame[good]
    for name, kind in types.items():
        if pa.types.is_floating(kind):
            frame[name] = frame[name].to_cupy(na_value=float("nan"))
    return frame.astype({LOAN: "int64"})


def _read_device(raw: bytes, fields: tuple[str, ...], types: dict[str, pa.DataType], engine: Engine) -> Frame:
    names = {pa.int64(): "int64", pa.int32(): "int32", pa.float32(): "float32", pa.string(): "str"}
    frame = engine.df.read_csv(
        io.BytesIO(raw),
        sep="|",
        header=None,
        names=list(fields),
        usecols=list(types),
        dtype={name: names.get(kind, "str") for name, kind in types.items()},
        na_values=list(MISSING),
        quoting=3,
    )
    return frame.astype({name: "category" for name, kind in types.items() if pa.types.is_dictionary(kind)})


def categories(column: Series) -> list[str]:
    """Values of a category column, in the order of their codes."""
    values = column.cat.categories
    return list(values.to_arrow().to_pylist() if hasattr(values, "to_arrow") else values)


def categorical(codes: Array, values: list[str], like: Series) -> Series:
    """A category column from codes.

    Parameters
    ----------
    codes : array of int, shape (n,)
        Places in ``values``; -1 is missing.
    values : list of str
        None twice.
    like : Series, shape (n,)
        Gives the index and the engine.

    Returns
    -------
    Series of categories of str, shape (n,)
    """
    engine = engine_of(like)
    kind = engine.df.CategoricalDtype(values)
    if engine.name == "cpu":
        return engine.df.Series(engine.df.Categorical.from_codes(codes, dtype=kind), index=like.index)
    words = engine.df.Series(values)
    column = words.take(codes.clip(0)).where(codes >= 0, None).astype(kind)
    column.index = like.index
    return column
