"""Many series side by side: from a long frame or an array to one table, and dates for their forecasts."""

from dataclasses import dataclass
from typing import Any

from etl.engine import Engine, engine_of
from etl.engine.types import Array, ArrayModule, Frame, Index, Series, Tensor
from etl.handoff import to_pandas, to_torch
from etl.ids import tally

COLUMNS = ("unique_id", "ds", "y")
DAY = 86_400
"""Seconds."""
CYCLE, MARCH_0 = 146_097, 719_468
"""Days of 400 years, and from the first of March of the year 0 to 1970."""


@dataclass(frozen=True)
class Panel:
    """Series of equal steps, each ending in the last column, padded with NaN in front.

    Attributes
    ----------
    y : tensor of float64, shape (series, time)
    engine : Engine
        Of the data given.
    ids : index of length series, or None for an array
    last, step : column of length series and int, or None
        Number of the last date, and of dates a step: months, or what ``ds`` counts.
    kind : {"number", "date", "month"}
    dtype : dtype of ``ds``
    tensor : bool
        Whether a tensor was given.
    """

    y: Tensor
    engine: Engine
    ids: Index = None
    last: Array = None
    step: int = 1
    kind: str = "number"
    dtype: Any = None
    tensor: bool = False

    def frame(self, horizon: int, columns: dict[str, Array]) -> Frame:
        """A long frame of values after each series' last date.

        Parameters
        ----------
        horizon : int
            Steps.
        columns : dict of array, shape (series, horizon)
            By their names.

        Returns
        -------
        frame
            ``series * horizon`` rows of ``unique_id``, ``ds`` and the columns.
        """
        xp, df = self.engine.xp, self.engine.df
        ahead = xp.arange(1, horizon + 1) * self.step
        numbers = (xp.asarray(self.last)[:, None] + ahead[None, :]).ravel()
        ids = self.ids.repeat(horizon).reset_index(drop=True)
        out = df.DataFrame({"unique_id": ids, "ds": self._dates(numbers)})
        for name, values in columns.items():
            out[name] = values.ravel()
        return out

    def _dates(self, numbers: Array) -> Series:
        month = self.kind == "month"
        ticks = first_days(numbers) * DAY if month else numbers
        return self.engine.df.Series(ticks).astype("datetime64[s]" if month else self.dtype)


def panel(data: Frame | Array | Tensor) -> Panel:
    """Read series from a long frame ``unique_id, ds, y`` or from an array (series, time).

    Parameters
    ----------
    data : frame, array or tensor
        Rows of a frame may come in any order; a date that is left out is a gap. Dates are of equal steps, or
        first days of months. Values of an array are float64 or become so; NaN is a gap.

    Raises
    ------
    TypeError
        ``data`` is neither.
    ValueError
        A column is missing, a date occurs twice, a date is between the steps, or there is no row.

    Examples
    --------
    >>> import pandas
    >>> panel(pandas.DataFrame({"unique_id": ["a", "a", "b"], "ds": [1, 2, 5], "y": [1.0, 2.0, 9.0]})).y
    tensor([[1., 2.],
            [nan, 9.]], dtype=torch.float64)
    """
    engine = engine_of(data)
    if hasattr(data, "columns"):
        return _from_frame(data, engine)
    tensor = type(data).__module__.partition(".")[0] == "torch"
    y = data if tensor else to_torch(engine.xp.asarray(data, "float64"))
    if y.ndim != 2 or not y.numel():
        raise ValueError(
            f"an array of series has shape (series, time), not {tuple(y.shape)}; add an axis, or values"
        )
    return Panel(y.double(), engine, tensor=tensor)


def _from_frame(data: Frame, engine: Engine) -> Panel:
    frame, xp = _sorted(data), engine.xp
    numbers, kind = _numbers(frame["ds"], engine)
    # cuDF compares with what is missing, as before the first row, without an answer.
    new = frame["unique_id"].ne(frame["unique_id"].shift(1)).fillna(True)
    row = xp.cumsum(new.astype("bool").values) - 1
    starts = xp.flatnonzero(xp.diff(row, prepend=-1))
    ends = starts + tally(row, len(starts)) - 1
    step = _step(numbers, row, xp)
    before = numbers[ends][row] - numbers
    if bool((before % step).any()):
        first = frame.iloc[int((before % step != 0).argmax()) :].iloc[:1]
        raise ValueError(
            f"dates are not of equal steps: {_spelt(first)} is between two; resample the series, or fit "
            "those of one frequency apart"
        )
    before = before // step
    y = xp.full((len(starts), int(before.max()) + 1), xp.nan)
    y[row, y.shape[1] - 1 - before] = frame["y"].astype("float64").values
    ids = frame["unique_id"].take(starts).reset_index(drop=True)
    return Panel(to_torch(y), engine, ids, numbers[ends], step, kind, frame["ds"].dtype)


def _sorted(data: Frame) -> Frame:
    """Rows by series and date, after a check that columns are there and no date occurs twice."""
    missing = [name for name in COLUMNS if name not in data.columns]
    if missing or not len(data):
        raise ValueError(
            f"a frame of series has rows and the columns {', '.join(COLUMNS)}; missing: {missing or 'rows'}"
        )
    frame = data[list(COLUMNS)].sort_values(["unique_id", "ds"])
    twice = frame[frame.duplicated(["unique_id", "ds"])]
    if len(twice):
        raise ValueError(
            f"{len(twice):,} dates occur twice, the first is {_spelt(twice.iloc[:1])}; keep one row a date, "
            "or sum them"
        )
    return frame


def _spelt(row: Frame) -> str:
    """Date and series of a frame's one row."""
    host = to_pandas(row)
    return "{} of series {}".format(*(host[name].astype("str").iloc[0] for name in ("ds", "unique_id")))


def _numbers(ds: Series, engine: Engine) -> tuple[Array, str]:
    """Dates as whole numbers, and what they count."""
    if ds.dtype.kind != "M":
        if ds.dtype.kind not in "iu":
            raise ValueError(f"ds holds {ds.dtype}; give whole numbers, or dates as by pandas.to_datetime")
        return ds.astype("int64").values, "number"
    plain = ds.dt.tz_localize(None) if getattr(ds.dtype, "tz", None) else ds
    seconds = plain.astype("datetime64[s]").astype("int64").values
    month, day = months(seconds // DAY)
    if bool(((day == 1) & (seconds % DAY < 60)).all()) and bool((seconds != seconds[0]).any()):
        return month, "month"
    return ds.astype("int64").values, "date"


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


def _step(numbers: Array, row: Array, xp: ArrayModule) -> int:
    """Steps between neighbours that occur most; 1 where no series has two dates."""
    gaps = xp.diff(numbers)[xp.diff(row) == 0]
    if not len(gaps):
        return 1
    values, counts = xp.unique(gaps, return_counts=True)
    return int(values[counts.argmax()])
