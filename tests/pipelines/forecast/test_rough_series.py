"""Series as people have them: long seasons, methods with gaps, narrow intervals, empty ends, huge values."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from models.statespace.backtest import forecast
from models.statespace.baselines import Plan
from pipelines.forecast.measures import judge
from pipelines.forecast.pipeline import Config, main

SMALL = {"season": 7, "horizon": 4, "windows": 1, "calibrate": 1, "methods": ("arima",), "device": "cpu"}


def daily(days: int = 60, name: str = "a") -> pd.DataFrame:
    dates, number = pd.date_range("2024-01-01", periods=days), np.arange(days)
    y = 10 + 3 * np.sin(2 * np.pi * number / 7) + np.random.default_rng(0).normal(size=days)
    return pd.DataFrame({"unique_id": name, "ds": dates, "y": y})


def told(tmp_path: Path, table: pd.DataFrame, **options) -> tuple[dict, pd.DataFrame, str]:
    """Metrics, forecasts and choices of a run."""
    table.to_csv(tmp_path / "series.csv", index=False)
    folder = main(Config(data=tmp_path / "series.csv", out=tmp_path / "out", **SMALL | options)).folder
    choices = " | ".join(json.loads((folder / "config.json").read_text())["choices"])
    return json.loads((folder / "metrics.json").read_text()), pd.read_csv(folder / "forecasts.csv"), choices


@pytest.mark.parametrize("season", [49, 60])
@pytest.mark.parametrize("name", ["ets", "arima"])
def test_a_long_season_is_kept_by_models(season: int, name: str) -> None:
    rng = np.random.default_rng(0)
    pattern = rng.normal(0, 5, season)
    y = np.tile(pattern, 5) + 0.1 * rng.normal(size=5 * season)

    found = forecast(name, torch.tensor(y[None]), Plan(season, season))

    error = float(np.sqrt(np.mean((found[0, 0].numpy() - pattern) ** 2)))
    assert error < 0.3 * pattern.std()


@pytest.mark.parametrize("empty", [1, 5, 14])
def test_series_go_on_from_their_last_value(tmp_path: Path, empty: int) -> None:
    whole = pd.concat([daily(), daily(name="b")])
    holed = whole.copy().reset_index(drop=True)
    holed.loc[60 - empty : 59, "y"] = np.nan

    found, ahead, choices = told(tmp_path, holed)

    first = ahead[ahead.unique_id == "a"]["ds"].iloc[0]
    assert first == str((whole["ds"].iloc[59 - empty] + pd.Timedelta(days=1)).date())
    assert ahead[ahead.unique_id == "b"]["ds"].iloc[0] == "2024-03-01"
    assert f"{empty} rows without a value at the end of their series" in choices
    assert ahead["mean"].notna().all()
    assert found["series"] == 2


@pytest.mark.parametrize("value", [1e308, -1e308, 1e200])
def test_values_whose_squares_are_infinite_are_gaps(tmp_path: Path, value: float) -> None:
    table = daily()
    table.loc[20, "y"] = value

    found, ahead, choices = told(tmp_path, table)

    assert found["gaps"] == 1
    assert "1 values beyond 1e+100" in choices
    assert ahead["mean"].abs().max() < 100


def test_weekdays_have_no_blank_forecast(tmp_path: Path) -> None:
    table = daily(90)
    table["ds"] = pd.bdate_range("2024-01-01", periods=90)

    _, ahead, choices = told(tmp_path, table)

    assert pd.to_datetime(ahead["ds"]).tolist() == pd.bdate_range("2024-05-06", periods=4).tolist()
    assert ahead.notna().all().all()
    assert "--season 5 is a week" in choices


@pytest.mark.parametrize("form", ["%m/%d/%Y", "%d.%m.%Y", "%Y%m%d"])
def test_dates_of_any_form_are_read_by_it(tmp_path: Path, form: str) -> None:
    table = daily()
    table["ds"] = table["ds"].dt.strftime(form)

    _, ahead, _ = told(tmp_path, table, date_format=form)

    assert ahead["ds"].iloc[0] == "2024-03-01"
    if form == "%m/%d/%Y":
        with pytest.raises(
            ValueError, match="line 2: its ds is no date .*--date-format %m/%d/%Y .'01/01/2024'"
        ):
            told(tmp_path, table)


def test_intervals_that_covered_too_little_before_are_widened_and_judged_on_later_windows() -> None:
    rng = np.random.default_rng(0)
    y = torch.tensor(rng.normal(size=(40, 120)).cumsum(1))
    config = Config(season=7, horizon=4, windows=1, calibrate=1, methods=())
    origins = [112, 116]
    bounds = [torch.full((40, 4), side) for side in (0.0, -0.01, 0.01, -0.01, 0.01)]
    found = {
        name: torch.stack([torch.stack(bounds) + y[:, at - 1][:, None] for at in origins])
        for name in ("naive", "seasonal naive", "climatology")
    }

    rows, factors, late = judge(config, y, origins, found)

    assert all(factor > 10 for factor in factors["naive"])
    assert rows[0]["coverage"]["80"] == pytest.approx(0.8, abs=0.12)
    other = y.clone()
    other[:, 116:] += 100  # judged values, of which the widening must know nothing
    assert judge(config, other, origins, found)[1] == factors
    assert late["naive"].shape == (1, 5, 40, 4)
