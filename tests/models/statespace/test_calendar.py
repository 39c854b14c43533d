"""Dates go on as pandas' own ranges do: month and quarter ends, business days, zones, numbers, seconds."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from etl.engine import Engine
from etl.handoff import from_arrow, to_pandas
from models.statespace.panel import panel


def coming(engine: Engine, dates: pd.Series, horizon: int = 8) -> tuple[pd.Series, object]:
    """Dates of the next steps of two series, of which one began later, and the calendar."""
    rows = pd.concat([dates, dates[5:]], ignore_index=True)
    names = ["a"] * len(dates) + ["b"] * (len(dates) - 5)
    table = pa.table({"unique_id": names, "ds": pa.array(rows), "y": np.arange(len(rows), dtype="float64")})
    found = panel(from_arrow(table, engine))
    frame = to_pandas(found.frame(horizon, {"mean": engine.xp.zeros((2, horizon))}))
    return frame["ds"], found


@pytest.mark.parametrize(
    ("freq", "start", "kind"),
    [
        ("ME", "2010-01-31", "month end"),
        ("QE", "2011-03-31", "month end"),
        ("YE", "2000-12-31", "month end"),
        ("2ME", "2010-02-28", "month end"),
        ("QE-NOV", "2011-02-28", "month end"),
        ("MS", "2010-01-01", "month"),
        ("QS", "2011-01-01", "month"),
        ("YS", "2000-01-01", "month"),
        ("B", "2024-01-03", "business day"),
        ("W-FRI", "2024-01-05", "date"),
        ("D", "2024-01-01", "date"),
        ("2D", "2024-01-01", "date"),
        ("s", "2024-01-01", "date"),
        ("s", "2024-02-29 23:59:30", "date"),
        ("250ms", "2024-01-01", "date"),
        ("7h", "2024-01-01", "date"),
    ],
)
def test_dates_go_on_as_in_pandas(engine: Engine, freq: str, start: str, kind: str) -> None:
    dates = pd.Series(pd.date_range(start, periods=48, freq=freq))

    found, series = coming(engine, dates[:40])

    assert found.astype("datetime64[ns]").tolist() == dates[40:].astype("datetime64[ns]").tolist() * 2
    assert series.calendar.kind == kind
    assert not bool(series.y[0].isnan().any())


@pytest.mark.parametrize(
    ("dates", "spelt"),
    [
        (pd.date_range("2015-08-01", periods=48, freq="MS"), "%Y%m"),
        (pd.date_range("2015-08-30", periods=48, freq="D"), "%Y%m%d"),
        (pd.date_range("2015-08-31", periods=48, freq="ME"), "%Y%m%d"),
        (pd.date_range("2015-08-03", periods=48, freq="B"), "%Y%m%d"),
        (pd.date_range("2015-08-01", periods=48, freq="QS"), "%Y%m"),
    ],
)
def test_numbers_that_spell_dates_go_on_as_dates(engine: Engine, dates: pd.DatetimeIndex, spelt: str) -> None:
    numbers = pd.Series(dates.strftime(spelt).astype("int64"))

    found, series = coming(engine, numbers[:40])

    assert found.tolist() == numbers[40:].tolist() * 2
    assert not bool(series.y[0].isnan().any())


@pytest.mark.parametrize("start", [1, 190_013, 999, 20_240_099, 210_101])
def test_other_numbers_are_steps(engine: Engine, start: int) -> None:
    found, _ = coming(engine, pd.Series(np.arange(start, start + 40)), 3)

    assert found.tolist() == [start + 40, start + 41, start + 42] * 2


@pytest.mark.parametrize(
    ("zone", "freq"),
    [("UTC", "D"), ("UTC", "h"), ("Europe/Berlin", "D"), ("Europe/Berlin", "h"), ("America/New_York", "ME")],
)
def test_zones_are_kept(zone: str, freq: str) -> None:
    dates = pd.Series(pd.date_range("2024-02-25", periods=72, freq=freq, tz=zone))
    frame = pd.DataFrame({"unique_id": "a", "ds": dates[:60], "y": np.arange(60.0)})

    found = panel(frame).frame(12, {"mean": np.zeros((1, 12))})["ds"]

    assert found.tolist() == dates[60:].tolist()
    assert str(found.dt.tz) == zone


def test_holidays_are_gaps_of_business_days() -> None:
    dates = pd.bdate_range("2024-01-01", periods=60)
    kept = dates.delete([20, 21, 37])

    series = panel(pd.DataFrame({"unique_id": "a", "ds": kept, "y": 1.0}))

    assert series.y[0].isnan().nonzero()[:, 0].tolist() == [20, 21, 37]


@pytest.mark.parametrize(
    ("far", "freq"), [("9999-01-01", "D"), ("1700-01-01", "min"), ("2262-01-01", "min"), ("2100-06-01", "s")]
)
def test_a_date_far_away_is_named_before_anything_is_allocated(far: str, freq: str) -> None:
    dates = pd.Series(pd.date_range("2024-01-01", periods=50, freq=freq, unit="s"))
    dates[50] = pd.Timestamp(far).as_unit("s")
    frame = pd.DataFrame({"unique_id": "north", "ds": dates, "y": 1.0})

    with pytest.raises(ValueError, match=rf"steps: .*{far}.* of series north.*mend the date"):
        panel(frame)
