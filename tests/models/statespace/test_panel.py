"""Frames become tables of equal steps and get dates back."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch

from etl.engine import Engine
from etl.handoff import from_arrow, to_arrow
from etl.machine import Limit
from models.statespace.calendar import first_days, months
from models.statespace.ets import ETS
from models.statespace.panel import panel


def long(ids: list, ds: list, y: list) -> pd.DataFrame:
    return pd.DataFrame({"unique_id": ids, "ds": ds, "y": y})


@pytest.mark.parametrize(
    ("dates", "coming"),
    [
        (list(range(10, 20)), [20, 21]),
        (list(range(0, 50, 5)), [50, 55]),
        (pd.date_range("2024-02-27", periods=10, freq="D"), ["2024-03-08", "2024-03-09"]),
        (
            pd.date_range("2024-02-29 22:30", periods=10, freq="30min"),
            ["2024-03-01 03:30", "2024-03-01 04:00"],
        ),
        (pd.date_range("2023-11-01", periods=10, freq="MS"), ["2024-09-01", "2024-10-01"]),
        (pd.date_range("2015-01-01", periods=10, freq="YS"), ["2025-01-01", "2026-01-01"]),
    ],
)
def test_dates_go_on(dates, coming) -> None:
    ahead = ETS("ANN").fit(long(["a"] * 10, list(dates), list(range(10)))).predict(2)
    found = ahead["ds"].tolist()

    assert found == [type(found[0])(value) for value in coming]


def test_rows_of_any_order_and_gaps() -> None:
    frame = long([2, 1, 1, 2, 1], [7, 3, 1, 6, 4], [1.0, 2.0, 3.0, 4.0, 5.0])
    found = panel(frame)

    np.testing.assert_array_equal(found.y, [[3.0, np.nan, 2.0, 5.0], [np.nan, np.nan, 4.0, 1.0]])
    assert found.ids.tolist() == [1, 2]
    assert found.last.tolist() == [4, 7]


@pytest.mark.parametrize("step", ["7h", "D", "MS"])
def test_each_engine_reads_names_gaps_and_dates_and_gives_dates_back(engine: Engine, step: str) -> None:
    dates = pd.date_range("2023-11-01", periods=12, freq=step)
    rows = long([*["north"] * 9, *["south"] * 11], [*dates[:9], *dates[1:]], [*range(9), *range(11)])
    rows.loc[[3, 15], "y"] = np.nan
    order = np.random.default_rng(0).permutation(20)
    frame = from_arrow(pa.Table.from_pandas(rows.iloc[order], preserve_index=False), engine)

    found = panel(frame)

    wanted = np.full((2, 11), np.nan)
    wanted[0, 2:], wanted[1] = range(9), range(11)
    wanted[0, 5] = wanted[1, 6] = np.nan
    assert found.engine.name == engine.name
    np.testing.assert_array_equal(found.y.cpu(), wanted)
    ahead = to_arrow(found.frame(2, {"mean": engine.xp.arange(4.0).reshape(2, 2)})).to_pandas()
    assert ahead["unique_id"].tolist() == ["north"] * 2 + ["south"] * 2
    coming = [last + n * dates.freq for last in (dates[8], dates[-1]) for n in (1, 2)]
    assert ahead["ds"].tolist() == coming
    assert ahead["mean"].tolist() == [0, 1, 2, 3]


def test_each_engine_names_the_place_of_an_error(engine: Engine) -> None:
    rows = long(
        ["b"] * 4, pd.to_datetime(["2024-01-01", "2024-01-01", "2024-01-02", "2024-01-02"]), [1.0] * 4
    )
    odd = long(["b"] * 4, [1, 3, 5, 6], [1.0] * 4)
    for frame, message in (
        (rows, "2 dates occur twice, the first is 2024-01-01.* of series b"),
        (odd, "not of equal steps: 1 of series b is between two"),
    ):
        with pytest.raises(ValueError, match=message):
            panel(from_arrow(pa.Table.from_pandas(frame), engine))


def test_months_are_those_of_the_calendar() -> None:
    days = pd.date_range("1599-12-01", "2401-03-01", unit="s")
    month, day = months(days.to_numpy().astype("datetime64[D]").astype("int64"))

    np.testing.assert_array_equal(month // 12, days.year)
    np.testing.assert_array_equal(month % 12 + 1, days.month)
    np.testing.assert_array_equal(day, days.day)
    firsts = days[days.day == 1]
    numbers = firsts.year.to_numpy() * 12 + firsts.month.to_numpy() - 1
    np.testing.assert_array_equal(
        first_days(numbers), firsts.to_numpy().astype("datetime64[D]").astype("int64")
    )


def test_dates_of_a_time_zone_go_on() -> None:
    days = pd.date_range("2024-03-29", periods=10, freq="D", tz="UTC")
    ahead = ETS("ANN").fit(long(["a"] * 10, list(days), list(range(10)))).predict(1)
    assert ahead["ds"].tolist() == [pd.Timestamp("2024-04-08", tz="UTC")]


def test_a_tensor_comes_back_as_one() -> None:
    y = torch.arange(20, dtype=torch.float32).reshape(2, 10).square()
    assert torch.is_tensor(ETS("ANN").fit(y).predict(3))


def test_errors_name_the_place() -> None:
    with pytest.raises(ValueError, match="rows"):
        panel(long([], [], []))
    with pytest.raises(ValueError, match="ds holds"):
        panel(long(["a", "a"], ["x", "y"], [1.0, 2.0]))
    with pytest.raises(ValueError, match="2 dates occur twice, the first is 1 of series b"):
        panel(long(["b"] * 4, [1, 1, 2, 2], [1.0] * 4))
    with pytest.raises(TypeError, match="belongs to no engine"):
        panel("text")


def test_memory_that_is_short_is_not_put_down_to_a_date(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.statespace.panel.memory_limit", lambda: Limit(1000, "asked"))
    days = list(range(20))
    with pytest.raises(MemoryError, match=r"3 series of 20 steps take 480 B"):
        panel(long([*["a"] * 20, *["b"] * 20, *["c"] * 20], days * 3, [1.0] * 60))
    with pytest.raises(ValueError, match="far from 900"):
        panel(long(["a"] * 3, [1, 2, 900], [1.0] * 3))
