"""What dates count: ticks of a clock, months by their day or their end, business days, or plain numbers."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from etl.engine import Engine
from etl.engine.types import Array, ArrayModule, Series
from etl.handoff import to_list

DAY = 86_400
"""Seconds."""
CYCLE, MARCH_0 = 146_097, 719_468
"""Days of 400 years, and from the first of March of the year 0 to 1970."""
PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
THURSDAY = 3
"""Weekday of the first of January 1970, from Monday as 0."""
SHORTEST = 28
"""Days that every month has."""

Kind: TypeAlias = Literal["number", "date", "day", "month", "month end", "business day"]


@dataclass(frozen=True)
class Calendar:
    """How numbers stand for dates.

    Attributes
    ----------
    kind : {"number", "date", "day", "month", "month end", "business day"}
        Dates are ticks of their dtype; days are of numbers that spell them.
    dtype : dtype of the dates
    day : int
        Of the month.
    clock : int
        Seconds of the day.
    spelt : {"", "YYYYMM", "YYYYMMDD"}
        How numbers spell dates, if they do.
    zone : time zone, optional
    wall : bool
        Numbers count what the clocks of the zone show, and not UTC.
    """

    kind: Kind
    dtype: object
    day: int = 1
    clock: int = 0
    spelt: str = ""
    zone: object = None
    wall: bool = True

    def dates(self, numbers: Array, engine: Engine) -> Series:
        """Dates of numbers, in the dtype that was read; months as datetime64[s].

        Parameters
        ----------
        numbers : int64 array, shape (n,)
        engine : Engine
        """
        if self.kind in ("number", "date"):
            return self._placed(numbers, engine, self.dtype)
        if self.spelt == "YYYYMM":
            return engine.df.Series(numbers // 12 * 100 + numbers % 12 + 1).astype(self.dtype)
        days = self._days(numbers)
        if self.spelt:
            month, day = months(days)
            return engine.df.Series((month // 12 * 100 + month % 12 + 1) * 100 + day).astype(self.dtype)
        return self._placed(days * DAY + self.clock, engine, "datetime64[s]")

    def numbers(self, ds: Series, engine: Engine) -> Array:
        """Numbers of dates, of which `dates` gives these dates.

        Parameters
        ----------
        ds : Series, shape (n,)
        engine : Engine

        Raises
        ------
        ValueError
            Dates are of another kind, or lie beside this calendar, as a Sunday does beside business days.
        """
        counts = self.kind == "number" or bool(self.spelt)
        zone = getattr(ds.dtype, "tz", None)
        if ds.dtype.kind not in ("iu" if counts else "M") or (zone is None) != (self.zone is None):
            raise ValueError(f"dates are {ds.dtype}, and were {self.dtype} in training; give them alike")
        local = ds if zone is None else ds.dt.tz_convert(self.zone)
        found = self._spelt(ds) if counts else self._counted(local)
        away = self.dates(found, engine).astype(local.dtype) != local
        if bool(away.any()):
            first = to_list(local[away].head(1).astype("str"))[0]
            raise ValueError(f"{first} is not one of a {self.kind}'s dates, as those of training are")
        return found

    def _spelt(self, ds: Series) -> Array:
        found = ds.astype("int64").values
        if not self.spelt:
            return found
        if self.spelt == "YYYYMM":
            return found // 100 * 12 + found % 100 - 1
        return self._units(first_days(found // 10_000 * 12 + found // 100 % 100 - 1) + found % 100 - 1)

    def _counted(self, local: Series) -> Array:
        plain = local if self.zone is None else local.dt.tz_localize(None)
        if self.kind == "date":
            unit = f"datetime64[{getattr(self.dtype, 'unit', None) or str(self.dtype)[11:-1]}]"
            if self.zone is not None and not self.wall:
                plain = local.dt.tz_convert("UTC").dt.tz_localize(None)
            return plain.astype(unit).astype("int64").values
        return self._units(plain.astype("datetime64[s]").astype("int64").values // DAY)

    def _units(self, days: Array) -> Array:
        """The inverse of `_days`."""
        if self.kind == "business day":
            return (days + THURSDAY) // 7 * 5 + (days + THURSDAY) % 7
        return days if self.kind == "day" else months(days)[0]

    def _days(self, numbers: Array) -> Array:
        if self.kind == "day":
            return numbers
        if self.kind == "business day":
            return numbers // 5 * 7 + numbers % 5 - THURSDAY
        return first_days(numbers) + self.day - 1 if self.kind == "month" else first_days(numbers + 1) - 1

    def _placed(self, ticks: Array, engine: Engine, dtype: object) -> Series:
        found = engine.df.Series(ticks)
        if self.zone is None:
            return found.astype(dtype)
        plain = found.astype(f"datetime64[{getattr(dtype, 'unit', 's')}]")
        if self.wall:
            return plain.dt.tz_localize(self.zone)
        return plain.dt.tz_localize("UTC").dt.tz_convert(self.zone)


def read(ds: Series, row: Array, engine: Engine) -> tuple[Array, Calendar]:
    """Dates as whole numbers, and what they count.

    Parameters
    ----------
    ds : Series, shape (n,)
        By series, and rising within each.
    row : int64 array, shape (n,)
        Number of the series.
    engine : Engine

    Returns
    -------
    numbers : int64 array, shape (n,)
    calendar : Calendar

    Raises
    ------
    ValueError
        These are neither dates nor whole numbers.
    """
    within = engine.xp.diff(row) == 0
    if ds.dtype.kind in "iu":
        return _numbers(ds, within, engine.xp)
    if ds.dtype.kind != "M":
        raise ValueError(
            f"ds holds {ds.dtype}; give dates as 2024-01-31 or whole numbers, or name the form of dates that "
            "are text, as --date-format %m/%d/%Y does"
        )
    zone = getattr(ds.dtype, "tz", None)
    plain = ds if zone is None else ds.dt.tz_localize(None)
    seconds = plain.astype("datetime64[s]").astype("int64").values
    numbers, kind, day, clock = _steps(seconds // DAY, seconds % DAY, within, engine.xp)
    if kind != "date":
        return numbers, Calendar(kind, ds.dtype, day, clock, zone=zone)
    wall = bool((seconds % DAY == seconds[0] % DAY).all())
    ticks = (plain if wall else ds).astype("int64").values
    return ticks, Calendar("date", ds.dtype, zone=zone, wall=wall)


def _numbers(ds: Series, within: Array, xp: ArrayModule) -> tuple[Array, Calendar]:
    """Numbers as they are, or as the months or days that they spell: 202401, 20240131."""
    found = ds.astype("int64").values
    if _spell(found // 100, found % 100):
        return found // 100 * 12 + found % 100 - 1, Calendar("month", ds.dtype, spelt="YYYYMM")
    year, month, day = found // 10_000, found // 100 % 100, found % 100
    days = first_days(year * 12 + month - 1) + day - 1
    if not (_spell(year, month) and bool((months(days)[1] == day).all())):
        return found, Calendar("number", ds.dtype)
    numbers, kind, day_of_month, _ = _steps(days, 0 * days, within, xp)
    if kind != "date":
        return numbers, Calendar(kind, ds.dtype, day_of_month, spelt="YYYYMMDD")
    return days, Calendar("day", ds.dtype, spelt="YYYYMMDD")


def _spell(year: Array, month: Array) -> bool:
    years = (year >= 1900) & (year <= 2100)
    return bool((years & (month >= 1) & (month <= 12)).all())


def _steps(days: Array, clock: Array, within: Array, xp: ArrayModule) -> tuple[Array, Kind, int, int]:
    """Numbers of months or business days, if dates go by these; their day of the month, and their clock."""
    month, day = months(days)
    once = bool(within.any()) and bool((xp.diff(month)[within] > 0).all())
    if once and bool(((day == 1) & (clock < 60)).all()):
        return month, "month", 1, 0
    if not bool((clock == clock[0]).all()):
        return days, "date", 1, 0
    at, first = int(clock[0]), int(day[0])
    if once and first <= SHORTEST and bool((day == first).all()):
        return month, "month", first, at
    if once and bool((months(days + 1)[1] == 1).all()):
        return month, "month end", 1, at
    weekday, week = (days + THURSDAY) % 7, (days + THURSDAY) // 7
    if bool((weekday < 5).all()) and _skips_weekends(days, week, within, xp):
        return week * 5 + weekday, "business day", 1, at
    return days, "date", 1, 0


def _skips_weekends(days: Array, week: Array, within: Array, xp: ArrayModule) -> bool:
    """Whether most steps are of one day, and two weekends at least are passed over."""
    steps = xp.diff(days)[within]
    weekends = int((xp.diff(week)[within] == 1).sum())
    return weekends > 1 and int((steps == 1).sum()) > len(steps) // 2


def months(days: Array) -> tuple[Array, Array]:
    """Months since January of the year 0, and the day of the month, of days since 1970.

    By whole numbers alone, as CuPy's arrays hold no dates. Years begin in March, so that a leap day is their
    last, and 400 of them have 146,097 days (Hinnant 2014).

    Parameters
    ----------
    days : int64 array, shape (n,)

    Returns
    -------
    month, day : int64 array, shape (n,)

    Examples
    --------
    >>> import numpy
    >>> month, day = months(numpy.array([0, 19_782]))
    >>> (month // 12).tolist(), (month % 12 + 1).tolist(), day.tolist()
    ([1970, 2024], [1, 2], [1, 29])
    """
    era, rest = (days + MARCH_0) // CYCLE, (days + MARCH_0) % CYCLE
    year = (rest - rest // 1_460 + rest // 36_524 - rest // 146_096) // 365
    rest -= 365 * year + year // 4 - year // 100
    month = (5 * rest + 2) // 153
    return (400 * era + year) * 12 + month + 2, rest - (153 * month + 2) // 5 + 1


def first_days(month: Array) -> Array:
    """Days since 1970 of the first days of months, as `months` counts them.

    Examples
    --------
    >>> import numpy
    >>> first_days(numpy.array([12 * 1970, 12 * 2024 + 2])).tolist()
    [0, 19783]
    """
    year, rest = (month - 2) // 12, (month - 2) % 12
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * rest + 2) // 5 - MARCH_0
