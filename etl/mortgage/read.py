"""A piece of a loan file as a tidy frame on the device; lines that cannot be read are set aside.

A line is set aside when its number of fields is wrong, when a number is not one, when the loan or the
month is missing or impossible, or when it repeats a month of its loan. Each is kept in the records
with its line within the piece, the reason and the text.
"""

import functools
import threading
from pathlib import Path

import numpy as np

from etl.engine import Engine, array_namespace, engine_of
from etl.engine.types import Array, Frame, Series
from etl.handoff import assign, column, from_host
from etl.mortgage import names, parse
from etl.mortgage.audit import Lines, Rows, Span
from etl.mortgage.categories import categorical, categories, codes
from etl.mortgage.cut import Piece, fields_of
from etl.mortgage.schema import ACQUISITION, LOAN, NUMBERS, PERIOD, REMOVAL, RENAMED, TIDY
from etl.mortgage.spelling import IMPOSSIBLE
from etl.records import record

FIRST_YEAR, LAST_YEAR = 1980, 2100


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
        frame = parse.parquet(piece.path, piece.start, piece.stop, engine)
        text.count = len(frame)
    if piece.acquisition is not None:
        frame = frame.merge(_acquisition(piece.acquisition, engine), on=LOAN, how="left")
    frame = _sorted(_without_nulls(_tidy(frame, text)), text)
    _report(piece, text, frame)
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
def _acquisition(path: Path, engine: Engine) -> Frame:
    fields = fields_of(path, path)
    text = parse.Lines(path.read_bytes())
    frame = parse.table(text, ACQUISITION[:fields], engine)
    is_repeated = frame[LOAN].duplicated().values
    if bool(is_repeated.any()):
        text.reject(column(frame, "line")[is_repeated], "the loan repeats an earlier line")
        frame = frame[~is_repeated]
    record(Lines(file=str(path), start=0, lines=text.count, rejected=text.rejected()))
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


def months(period: Series, engine: Engine) -> tuple[Array, Array]:
    """Months as numbers.

    Parameters
    ----------
    period : Series of int32, or of categories of str, shape (n,)
        ``MMYYYY`` numbers or ``MM/DD/YYYY`` texts.
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
        words = [str(word) for word in categories(period)]
        numbers = [int(w[:2] + w[6:]) if _is_date(w) else -1 for w in words]
        period = from_host(np.asarray([*numbers, -1], dtype="int32"), engine)[codes(period)]
    else:
        period = xp.asarray(period.values)
    year, month = period % 10_000, period // 10_000
    good = (month >= 1) & (month <= 12) & (year >= FIRST_YEAR) & (year <= LAST_YEAR)
    return (year * 12 + month - 1).astype("int32"), good


def _is_date(word: str) -> bool:
    return len(word) == 10 and word[2] == word[5] == "/" and (word[:2] + word[3:5] + word[6:]).isdigit()


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


def _report(piece: Piece, text: parse.Lines, frame: Frame) -> None:
    record(Lines(file=str(piece.source), start=piece.start, lines=text.count, rejected=text.rejected()))
    if not len(frame):
        record(Rows(rows=0, loans=0))
        return
    loan, month = column(frame, LOAN), column(frame, "month")
    loans = int((loan[1:] != loan[:-1]).sum()) + 1
    record(Rows(rows=len(frame), loans=loans, last_month=int(month.max())))
    record(Span(file=str(piece.source), first=int(loan[0]), last=int(loan[-1])))
