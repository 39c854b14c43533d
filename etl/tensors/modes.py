"""What the labels of a mode are: names, whole numbers, dates, parts of dates, or times of day."""

from typing import Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.tables import dates, values
from etl.tables.infer import FEW

Kind = Literal["id", "date", "clock"]
PARTS = ("year", "month", "day", "weekday", "yearday", "hour", "clock")
"""Of a date, that may be a mode of its own."""
_CLOCK = r"^([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?$"
DAY = 86_400_000_000
"""Microseconds."""


class Mode(NamedTuple):
    """A mode as it is asked for.

    Attributes
    ----------
    column : str
        Of the table.
    part : str
        Of its dates, one of `PARTS`; empty for what the column holds itself.
    """

    column: str
    part: str = ""

    @property
    def name(self) -> str:
        """As it is typed, and as its column of the results is called."""
        return f"{self.column}:{self.part}" if self.part else self.column


def parse(word: str) -> Mode:
    """A mode from ``COLUMN`` or ``COLUMN:PART``; a colon before no part belongs to the column's name.

    Parameters
    ----------
    word : str

    Examples
    --------
    >>> parse("date:year"), parse("a:b").name
    (Mode(column='date', part='year'), 'a:b')
    """
    column, _, part = word.rpartition(":")
    return Mode(column, part) if column and part in PARTS else Mode(word)


class Cells(NamedTuple):
    """Labels of rows.

    Attributes
    ----------
    keys : pyarrow array of int64 or string, shape (n,)
        Text as written or whole numbers; of dates and times of day microseconds, of dates since 1970.
    kind : {"id", "date", "clock"}
    wrong : bool array, shape (n,)
        Cells that are no date, or no time, where nearly all others are.
    why : str
        What is said of them.
    """

    keys: pa.Array
    kind: Kind
    wrong: np.ndarray
    why: str = ""


def cells(column: pa.Array, part: str, form: str | None, where: str, known: Kind | None = None) -> Cells:
    """What labels mean.

    Parameters
    ----------
    column : pyarrow array, shape (n,)
        As the file has it.
    part : str
        See `Mode`.
    form : str, optional
        Of dates that are text or numbers, as in strptime; by default ISO's.
    where : str
        For messages.
    known : {"id", "date", "clock"}, optional
        What they were before; by default they are looked at.

    Raises
    ------
    ValueError
        A part is asked of what holds no dates, or labels are not what they were; or they are lists or the
        like.

    Examples
    --------
    >>> cells(pa.array(["2024-02-01", "2024-01-31"]), "yearday", None, "day").keys.to_pylist()
    [32, 31]
    >>> [cells(pa.array(words), "", None, "t").kind for words in (["08:05", "9:10"], ["07", "8"])]
    ['clock', 'id']
    """
    found = _cells(values.flat(column), part, form, where, known)
    if known and found.kind != known:
        was = {"id": "names or numbers", "date": "dates", "clock": "times of day"}
        raise ValueError(f"{where} held {was[known]} in training, and holds {was[found.kind]} here; mend it")
    return found


def _cells(column: pa.Array, part: str, form: str | None, where: str, known: Kind | None) -> Cells:
    if known == "id" and not part:
        return Cells(values.ids(column, where), "id", _none(column))
    if pa.types.is_time(column.type):
        return Cells(column.cast(pa.time64("us")).cast(pa.int64()), "clock", _none(column))
    found = _dates(column, form, asked=bool(part))
    if found is not None:
        stamps, wrong, why = found
        if not part:
            return Cells(stamps.cast(pa.int64()), "date", wrong, why)
        kind: Kind = "date" if part == "day" else "clock" if part == "clock" else "id"
        return Cells(_part(stamps, part), kind, wrong, why)
    if part:
        raise ValueError(
            f"{where} holds {dates.no_date(column, form)}, so it has no {part}; leave out :{part}, or mend it"
        )
    if values.is_text(column.type) and _few(known := pc.match_substring_regex(column, _CLOCK)):
        wrong = np.asarray(pc.fill_null(pc.invert(known), False))
        return Cells(_clock(pc.if_else(known, column, None)), "clock", wrong, "no time like 08:30")
    return Cells(values.ids(column, where), "id", _none(column))


def _none(column: pa.Array) -> np.ndarray:
    return np.zeros(len(column), bool)


def _few(good: pa.Array) -> bool:
    """Whether nearly all that are known are good."""
    count = len(good) - good.null_count
    return count > 0 and count - (pc.sum(good).as_py() or 0) <= FEW * count


def _dates(column: pa.Array, form: str | None, asked: bool) -> tuple[pa.Array, np.ndarray, str] | None:
    """Dates in microseconds, in UTC where they have a zone; None where the column holds none.

    Whole numbers are dates only where a form, or a part, is asked for.
    """
    number = not (values.is_text(column.type) or pa.types.is_temporal(column.type))
    if number and not (asked or form):
        return None
    coded = column.dictionary_encode()
    found, wrong = dates.read(coded.dictionary, form)
    bad = np.append(wrong, False)[coded.indices.fill_null(len(wrong)).to_numpy(zero_copy_only=False)]
    if bad.sum() > FEW * (len(column) - column.null_count):
        return None
    stamps = found.cast(pa.timestamp("us", getattr(found.type, "tz", None)), safe=False)
    why = dates.no_date(column.filter(pa.array(bad)), form) if bad.any() else ""
    return stamps.cast(pa.timestamp("us"), safe=False).take(coded.indices), bad, why


def _part(stamps: pa.Array, part: str) -> pa.Array:
    micro = stamps.cast(pa.int64())
    if part == "day":
        return pc.multiply(pc.floor(pc.divide(micro.cast(pa.float64()), DAY)).cast(pa.int64()), DAY)
    if part == "clock":
        return pc.subtract(micro, _part(stamps, "day"))
    take = {"year": pc.year, "month": pc.month, "hour": pc.hour, "yearday": pc.day_of_year}
    return (pc.day_of_week(stamps, count_from_zero=False) if part == "weekday" else take[part](stamps)).cast(
        pa.int64()
    )


def _clock(text: pa.Array) -> pa.Array:
    """Microseconds of times of day as text."""
    coded = text.dictionary_encode()
    parts = [[int(one) for one in each.split(":")] for each in coded.dictionary.to_pylist()]
    seconds = [sum(n * unit for n, unit in zip(each, (3600, 60, 1), strict=False)) for each in parts]
    return pa.array([1_000_000 * each for each in seconds], pa.int64()).take(coded.indices)
