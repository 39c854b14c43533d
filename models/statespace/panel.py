"""Many series side by side: from a long frame or an array to one table, and dates for their forecasts."""

from dataclasses import dataclass

from etl.engine import Engine, engine_of
from etl.engine.types import Array, ArrayModule, Frame, Index, Tensor
from etl.handoff import to_pandas, to_torch
from etl.ids import tally
from etl.machine import memory_limit, show
from models.statespace.calendar import Calendar, read

COLUMNS = ("unique_id", "ds", "y")
FAR = 1_000
"""Times as many steps as rows that the longest series may have, beyond `SOME`."""
SOME = 50_000
"""Steps that any series may have, as far as memory allows."""


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
    calendar : Calendar, or None for an array
        How numbers stand for dates.
    tensor : bool
        Whether a tensor was given.
    """

    y: Tensor
    engine: Engine
    ids: Index = None
    last: Array = None
    step: int = 1
    calendar: Calendar | None = None
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
        assert self.calendar is not None
        ahead = xp.arange(1, horizon + 1) * self.step
        numbers = (xp.asarray(self.last)[:, None] + ahead[None, :]).ravel()
        ids = self.ids.repeat(horizon).reset_index(drop=True)
        out = df.DataFrame({"unique_id": ids, "ds": self.calendar.dates(numbers, self.engine)})
        for name, values in columns.items():
            out[name] = values.ravel()
        return out


def panel(data: Frame | Array | Tensor) -> Panel:
    """Read series from a long frame ``unique_id, ds, y`` or from an array (series, time).

    Parameters
    ----------
    data : frame, array or tensor
        Rows of a frame may come in any order; a date that is left out is a gap. Dates are of equal steps, or
        days of months, or business days. Values of an array are float64 or become so; NaN is a gap.

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
    # cuDF compares with what is missing, as before the first row, without an answer.
    new = frame["unique_id"].ne(frame["unique_id"].shift(1)).fillna(True)
    row = xp.cumsum(new.astype("bool").values) - 1
    numbers, calendar = read(frame["ds"], row, engine)
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
    _check_length(frame, before, starts, ends)
    y = xp.full((len(starts), int(before.max()) + 1), xp.nan)
    y[row, y.shape[1] - 1 - before] = frame["y"].astype("float64").values
    ids = frame["unique_id"].take(starts).reset_index(drop=True)
    return Panel(to_torch(y), engine, ids, numbers[ends], step, calendar)


def _check_length(frame: Frame, before: Array, starts: Array, ends: Array) -> None:
    """Refuse a date so far from the others that the table would be nothing but gaps, before it is made."""
    steps, rows = int(before.max()) + 1, int((ends - starts).max()) + 1
    size = 8 * steps * len(starts)
    if steps <= max(SOME, FAR * rows) and size <= memory_limit().bytes // 4:
        return
    if steps <= 2 * rows:
        raise MemoryError(f"{len(starts):,} series of {steps:,} steps take {show(size)}, and fits need more")
    first = int(before.argmax())
    at = first + int((before[first:-1] - before[first + 1 :]).argmax()) if first + 1 < len(before) else first
    raise ValueError(
        f"series of {rows:,} rows at most would have {steps:,} steps: {_spelt(frame.iloc[at : at + 1])} is "
        f"far from {_spelt(frame.iloc[at + 1 : at + 2])}; mend the date that is wrong, or drop its row"
    )


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


def _step(numbers: Array, row: Array, xp: ArrayModule) -> int:
    """Steps between neighbours that occur most; 1 where no series has two dates."""
    gaps = xp.diff(numbers)[xp.diff(row) == 0]
    if not len(gaps):
        return 1
    values, counts = xp.unique(gaps, return_counts=True)
    return int(values[counts.argmax()])
