"""Lines of loan files to columns on a GPU: fields as text in one read, checked by the CPU's rule, then cast.

libcudf's columns of numbers take ``12.7`` for 12 and wrap what does not fit, so their text is read. It goes
up once. Lines with a wrong number of fields are found on the host: libcudf fills or cuts them without a word,
and to count bars on the device would take the text there twice.
"""

import pyarrow as pa

from etl.engine import Engine
from etl.engine.types import Array, Frame, Series
from etl.handoff import assign, column, from_arrow, from_host, read_csv
from etl.mortgage.categories import categories, codes
from etl.mortgage.lines import Lines
from etl.mortgage.schema import LOAN, MISSING, PERIOD
from etl.mortgage.spelling import BLANKS, limit, month_digits, no_number, out_of_range, pattern


def table(text: Lines, fields: tuple[str, ...], types: dict[str, pa.DataType], engine: Engine) -> Frame:
    """Used columns of all readable lines; the others are rejected in ``text``, whose lines are counted.

    Parameters
    ----------
    text : Lines
    fields : tuple of str
        Names of the fields of a line, in file order.
    types : dict of str to DataType
        Of the columns that are used, see `etl.mortgage.parse.used`.
    engine : Engine
        Of the GPU.

    Returns
    -------
    DataFrame
        Columns of ``types``, and ``line``, the line's number from 0, int64.
    """
    raw = text.of_fields(len(fields))
    if not raw:
        return from_arrow(pa.schema([*types.items(), ("line", pa.int64())]).empty_table(), engine)
    frame = assign(_texts(raw, fields, types, engine), line=_numbers(text, engine))
    for name, kind in types.items():
        if name == PERIOD and pa.types.is_integer(kind):
            frame[name] = _months(frame[name], kind, engine)
        if not pa.types.is_dictionary(kind):
            frame = _numbers_only(text, frame, name, kind)
    for name in (LOAN, PERIOD):
        if name in types:
            frame = _keep(text, frame, frame[name].notna(), f"{name} is missing")
    columns = {name: _cast(frame[name], kind) for name, kind in types.items()}
    return engine.df.DataFrame(columns | {"line": frame["line"]})


def _texts(raw: bytes, fields: tuple[str, ...], types: dict[str, pa.DataType], engine: Engine) -> Frame:
    """Used fields as they are spelled; missing are `MISSING` and nothing else."""
    return read_csv(
        raw,
        engine,
        sep="|",
        header=None,
        names=list(fields),
        usecols=list(types),
        dtype=dict.fromkeys(types, "str"),
        na_values=list(MISSING),
        keep_default_na=False,
        quoting=3,
    )


def _numbers(text: Lines, engine: Engine) -> Array:
    """Numbers, from 0, of the lines that are not rejected, int64."""
    kept = engine.xp.ones(text.count, dtype=bool)
    if len(text.rejected_numbers):
        kept[from_host(text.rejected_numbers, engine)] = False
    return engine.xp.flatnonzero(kept)


def _months(texts: Series, kind: pa.DataType, engine: Engine) -> Series:
    """Texts of months as their digits; the distinct ones pass by the host if they are spelled otherwise."""
    texts = texts.str.strip(BLANKS)
    if bool((texts.str.match(pattern(kind)).fillna(True) | texts.isna()).all()):
        return texts
    words = texts.astype("category")
    digits = pa.array([*map(month_digits, categories(words)), None], pa.string())
    places = codes(words)
    spelled = from_arrow(pa.table({PERIOD: digits}), engine)[PERIOD]
    found = spelled.take(engine.xp.where(places < 0, len(digits) - 1, places))
    found.index = texts.index
    return found


def _numbers_only(text: Lines, frame: Frame, name: str, kind: pa.DataType) -> Frame:
    """Rows whose text in a column is a number that fits its type, or missing."""
    frame[name] = frame[name].str.strip(BLANKS)
    good = frame[name].str.match(pattern(kind)).fillna(True) | frame[name].isna()
    frame = _keep(text, frame, good, no_number(name))
    if pa.types.is_integer(kind):
        size = frame[name].astype("float64").fillna(0.0).abs()
        frame = _keep(text, frame, size < limit(kind), out_of_range(name))
    return frame


def _keep(text: Lines, frame: Frame, good: Series, reason: str) -> Frame:
    kept = good.values
    if bool(kept.all()):
        return frame
    text.reject(column(frame, "line")[~kept], reason)
    return frame[kept]


def _cast(values: Series, kind: pa.DataType) -> Series:
    """Texts as their type; by float64, from which libcudf's float32 is the nearest to what is written."""
    if pa.types.is_dictionary(kind):
        return values.astype("category")
    if pa.types.is_floating(kind):
        return values.astype("float64").astype("float32")
    return values.astype(str(kind))
