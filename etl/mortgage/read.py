"""A piece of a loan file as a tidy frame on the device; lines that cannot be read are set aside.

A line is set aside when its number of fields is wrong, when a number is not one, when the loan or the
month is missing or impossible, or when it repeats a month of its loan. Each is kept in the records
with its line within the piece, the reason and the text.
"""

import functools
import operator
import threading
from codecs import BOM_UTF8

import numpy as np

from etl.engine import Engine, array_namespace, engine_of
from etl.engine.types import Array, Frame, Series
from etl.handoff import assign, column, from_host, to_host
from etl.mortgage import names, parquet, parse
from etl.mortgage.audit import Joined, Lines, Rows, Span
from etl.mortgage.categories import categorical, categories, codes
from etl.mortgage.cut import Piece
from etl.mortgage.quarters import Acquisition
from etl.mortgage.schema import ACQUISITION, LOAN, NUMBERS, PERIOD, REMOVAL, RENAMED, STATUS, TIDY
from etl.mortgage.spelling import IMPOSSIBLE, month_digits, out_of_range
from etl.records import Choice, record

FIRST_YEAR, LAST_YEAR = 1980, 2100
MOST_LATE = 1000
"""Months of delinquency that no loan has."""


def read(piece: Piece, engine: Engine) -> Frame:
    """Read one piece.

    Parameters
    ----------
    piece : Piece
    engine : Engine
        Where the frame is made.

    Returns
    -------
    DataFrame
        Columns `schema.TIDY`, sorted by loan and month, one row a month: ``loan_id`` int64, ``month`` int32
        (year * 12 + month - 1), numbers float32 with NaN, categories of strings.

    Raises
    ------
    OSError
        The file cannot be read.
    """
    text = parse.Lines(_bytes(piece) if piece.fields else b"")
    if piece.fields:
        frame = parse.table(text, piece.names, engine)
    else:
        frame = parquet.read(text, piece.path, piece.start, piece.stop, engine)
    if text.is_mixed:
        record(Choice(reason=f"{piece.source}: lines of several widths, each read by the fields that it has"))
    loans = _acquisition(piece.acquisition, engine) if piece.acquisition is not None else None
    if loans is not None:
        frame = frame.merge(loans, on=LOAN, how="left")
    frame = _sorted(_possible(_without_nulls(_tidy(frame, text)), text), text)
    _report(piece, text, frame, loans)
    return frame


_memory = threading.local()


def _bytes(piece: Piece) -> memoryview:
    """Bytes of a piece in a buffer that each thread keeps: fresh memory costs more than reading does."""
    size = piece.stop - piece.start
    if len(getattr(_memory, "buffer", b"")) < size:
        _memory.buffer = bytearray(size)
    view = memoryview(_memory.buffer)[:size]
    with piece.path.open("rb") as file:
        file.seek(piece.start)
        got = file.readinto(view)
    return view[:got]


@functools.lru_cache(maxsize=2)
def _acquisition(file: Acquisition, engine: Engine) -> Frame:
    text = parse.Lines(file.path.read_bytes().removeprefix(BOM_UTF8))
    frame = parse.table(text, ACQUISITION[: file.fields], engine)
    is_repeated = frame[LOAN].duplicated().values
    if bool(is_repeated.any()):
        text.reject(column(frame, "line")[is_repeated], "the loan repeats an earlier line")
        frame = frame[~is_repeated]
    record(Lines(file=str(file.source), start=0, lines=text.count, rejected=text.rejected()))
    return frame.drop(columns=["line"])


def _tidy(frame: Frame, text: parse.Lines) -> Frame:
    """Months as numbers, seller names normalised; rows with an impossible month are set aside."""
    month, good = months(frame[PERIOD], engine_of(frame))
    if not bool(good.all()):
        text.reject(column(frame, "line")[~good], IMPOSSIBLE)
        frame, month = frame[good], month[good]
    frame = frame.rename(columns=RENAMED)
    status, xp = column(frame, "status"), array_namespace(frame)
    status = xp.where(status >= 0, status, xp.float32("nan"))
    return assign(frame, month=month, status=status).assign(seller_name=_normal(frame["seller_name"]))


def _without_nulls(frame: Frame) -> Frame:
    """NaN where cuDF keeps a null beside the number, so that arrays and XGBoost read the columns in place."""
    if engine_of(frame).name == "cpu":
        return frame
    return assign(frame, **{name: column(frame, name) for name in (REMOVAL, *NUMBERS)})


def _possible(frame: Frame, text: parse.Lines) -> Frame:
    """Rows without negative ids, endless numbers, or more months of delinquency than a loan can have."""
    xp = array_namespace(frame)
    columns = {name: frame[name].values for name in (LOAN, REMOVAL, *NUMBERS)}
    bad = {name: xp.isinf(values) for name, values in columns.items()}
    bad |= {LOAN: columns[LOAN] < 0, "status": columns["status"] >= MOST_LATE}
    if not bool(xp.stack([rows.any() for rows in bad.values()]).any()):
        return frame
    for name, rows in bad.items():
        text.reject(column(frame, "line")[rows], out_of_range(STATUS if name == "status" else name))
    return frame[~functools.reduce(operator.or_, bad.values())]


def months(period: Series, engine: Engine) -> tuple[Array, Array]:
    """Months as numbers.

    Parameters
    ----------
    period : Series of int32, or of categories of str, shape (n,)
        ``MMYYYY``, ``YYYYMM`` or ``YYYYMMDD`` numbers, or texts that `spelling.month_digits` reads.
    engine : Engine
        Of the series.

    Returns
    -------
    month : array of int32, shape (n,)
        ``year * 12 + month - 1``.
    good : array of bool, shape (n,)
        Whether there is such a month, from `FIRST_YEAR` to `LAST_YEAR`.
    """
    xp = engine.xp
    if hasattr(period, "cat"):
        digits = [month_digits(str(word)) for word in categories(period)]
        numbers = [int(one) if one.isdecimal() and len(one) <= 8 else -1 for one in digits]
        period = from_host(np.asarray([*numbers, -1], dtype="int32"), engine)[codes(period)]
    else:
        period = xp.asarray(period.values)
    year, month = period % 10_000, period // 10_000
    good = _is_month(year, month)
    if not bool(good.all()):
        short = xp.where(period >= 10**7, period // 100, period)
        is_turned = ~good & _is_month(short // 100, short % 100) & ((period < 10**7) | _is_day(period % 100))
        year, month = xp.where(is_turned, short // 100, year), xp.where(is_turned, short % 100, month)
        good |= is_turned
    return (year * 12 + month - 1).astype("int32"), good


def _is_month(year: Array, month: Array) -> Array:
    return (month >= 1) & (month <= 12) & (year >= FIRST_YEAR) & (year <= LAST_YEAR)


def _is_day(day: Array) -> Array:
    return (day >= 1) & (day <= 31)


def _normal(seller: Series) -> Series:
    """The category column with normalised names; values that become one share a category."""
    old = categories(seller)
    new = names.normalise(old)
    if new == old:
        return seller
    kept = sorted(set(new))
    places = {word: place for place, word in enumerate(kept)}
    table = np.asarray([*(places[word] for word in new), -1], dtype="int32")
    return categorical(from_host(table, engine_of(seller))[codes(seller)], kept, seller)


def _sorted(frame: Frame, text: parse.Lines) -> Frame:
    """Rows by loan and month; repeated months are set aside, the first line of each is kept."""
    loan, month = column(frame, LOAN), column(frame, "month")
    xp = array_namespace(frame)
    same = loan[1:] == loan[:-1]
    if not bool(xp.all((loan[1:] > loan[:-1]) | (same & (month[1:] >= month[:-1])))):
        frame = frame.sort_values([LOAN, "month", "line"], ignore_index=True)
        loan, month = column(frame, LOAN), column(frame, "month")
        same = loan[1:] == loan[:-1]
    is_repeated = xp.zeros(len(loan), dtype=bool)
    is_repeated[1:] = same & (month[1:] == month[:-1])
    if bool(is_repeated.any()):
        text.reject(column(frame, "line")[is_repeated], "the month repeats an earlier line of the loan")
        frame = frame[~is_repeated]
    return frame[list(TIDY)]


def _report(piece: Piece, text: parse.Lines, frame: Frame, acquired: Frame | None) -> None:
    source = str(piece.source)
    record(Lines(file=source, start=piece.start, lines=text.count, rejected=text.rejected()))
    if not len(frame):
        record(Rows(rows=0, loans=0))
        return
    loan, month = column(frame, LOAN), column(frame, "month")
    xp = array_namespace(frame)
    loans = loan[xp.append(xp.ones(1, dtype=bool), loan[1:] != loan[:-1])]
    record(Rows(rows=len(frame), loans=len(loans), last_month=int(month.max())))
    record(Span(file=source, loans=to_host(loans).tobytes()))
    if piece.acquisition is None or acquired is None:
        return
    alone = loans[~xp.isin(loans, column(acquired, LOAN))]
    first, other = int(alone[0]) if len(alone) else 0, str(piece.acquisition.source)
    record(
        Joined(file=source, other=other, known=len(acquired), loans=len(loans), alone=len(alone), first=first)
    )
