"""From series to a run's folder; rivals and measures by hand; what is refused."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from benchmarks.forecast.table import table
from models.statespace.accuracy import measures, skill
from models.statespace.backtest import backtest, forecast
from models.statespace.baselines import Plan, climatology_mean
from models.statespace.conformal import widened, widening
from pipelines.forecast.pipeline import Config, main
from tests.support.device_runs import both

FIGURES = {"horizon", "coverage", "examples", "timeline", "ledger"}
NORMAL = 1.2815515655446004
"""Quantile of a normal distribution at 90 percent."""


def metrics(folder: Path) -> dict:
    return json.loads((folder / "metrics.json").read_text())


def long(y: np.ndarray, start: str = "2024-01-01") -> pd.DataFrame:
    days = pd.date_range(start, periods=y.shape[1], freq="D")
    return pd.concat([pd.DataFrame({"unique_id": f"s{i}", "ds": days, "y": row}) for i, row in enumerate(y)])


def test_the_demonstration_beats_its_rivals(tmp_path: Path) -> None:
    folder = main(Config(out=tmp_path, methods=("arima", "anomalies"))).folder

    found = metrics(folder)
    assert (found["series"], found["short_series"], found["best"]) == (12, 0, "arima")
    rows = {row["method"]: row for row in found["methods"]}
    assert list(rows) == ["naive", "seasonal naive", "climatology", "arima", "anomalies"]
    assert rows["arima"]["rmse"] < min(rows[n]["rmse"] for n in ("naive", "seasonal naive", "climatology"))
    assert all(abs(rows["arima"]["coverage"][k] - int(k) / 100) < 0.1 for k in ("80", "95"))
    ahead = pd.read_csv(folder / "forecasts.csv", parse_dates=["ds"])
    assert list(ahead) == ["unique_id", "ds", "mean", "lo-80", "hi-80", "lo-95", "hi-95"]
    assert len(ahead) == 12 * 24
    assert ahead["ds"].min() == pd.Timestamp("2024-01-29")
    assert (ahead["lo-95"] < ahead["lo-80"]).all()
    assert (ahead["hi-80"] < ahead["hi-95"]).all()
    assert {path.stem for path in (folder / "figures").iterdir()} == FIGURES
    assert "saved" in (folder / "report.md").read_text()


@pytest.mark.gpu
def test_a_gpu_gives_the_numbers_of_the_cpu(tmp_path: Path) -> None:
    y = 10 + np.random.default_rng(0).normal(size=(3, 60)).cumsum(1)
    y[0, 7] = np.nan
    long(y).sample(frac=1, random_state=1).to_csv(tmp_path / "s.csv", index=False)
    small = {"season": 7, "horizon": 3, "windows": 1, "calibrate": 1, "methods": ("arima",)}
    folders = []

    def run(device: str) -> Path:
        folders.append(
            main(Config(data=tmp_path / "s.csv", device=device, out=tmp_path / device, **small)).folder
        )
        return folders[-1]

    both(run)

    ahead = [pd.read_csv(folder / "forecasts.csv") for folder in folders]
    pd.testing.assert_frame_equal(*ahead, rtol=1e-6)


def test_bad_rows_and_series_are_set_aside_and_counted(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    y = 10 + rng.normal(size=(5, 60))
    y[0, 7], y[1] = np.inf, np.nan
    y[2, 2:], y[3] = np.nan, 4.0
    rows = long(y).rename(columns={"unique_id": "shop", "ds": "day", "y": "sales"})
    lost = pd.DataFrame({"shop": [None, "s4"], "day": [pd.Timestamp("2024-01-01"), None], "sales": 1.0})
    path = tmp_path / "sales.parquet"
    pd.concat([rows, rows.iloc[-3:], lost]).to_parquet(path)

    config = Config(data=path, columns=("shop", "day", "sales"), season=7, horizon=5, windows=2, calibrate=0,
                    methods=("ets",), out=tmp_path)  # fmt: skip
    folder = main(config).folder

    found = metrics(folder)
    names = (
        "rows_without_name_or_date",
        "infinite_values",
        "repeated_rows",
        "short_series",
        "gaps",
        "series",
    )
    assert [found[name] for name in names] == [2, 1, 3, 2, 1, 3]
    ahead = pd.read_csv(folder / "forecasts.csv")
    assert ahead["unique_id"].unique().tolist() == ["s0", "s3", "s4"]
    assert ahead.loc[ahead["unique_id"] == "s3", "mean"].to_numpy() == pytest.approx(4.0)


def test_rivals_are_those_of_the_books() -> None:
    y = torch.tensor([[1.0, 4.0, 2.0, 6.0, 3.0, torch.nan]], dtype=torch.float64)
    plan = Plan(2, 3, levels=(80,))

    naive, seasonal = (forecast(name, y, plan) for name in ("naive", "seasonal naive"))

    assert naive[0].tolist() == [[3, 3, 3]]
    squares = (9 + 4 + 16 + 9) / 4
    assert (naive[2] - naive[0])[0].numpy() == pytest.approx(NORMAL * np.sqrt(squares * np.array([1, 2, 3])))
    assert seasonal[0].tolist() == [[3, 6, 3]]
    assert (seasonal[2] - seasonal[0])[0].numpy() == pytest.approx(NORMAL * np.sqrt([2, 2, 4]))


def test_climatology_equals_a_loop_over_a_cycle_that_is_no_whole_number() -> None:
    rng = np.random.default_rng(1)
    y = rng.normal(size=(2, 75))
    y[0, 3:9] = np.nan
    plan = Plan(1, 4, cycle=10.25, around=1)

    found = forecast("climatology", torch.tensor(y), plan).numpy()

    place = np.floor(np.arange(79) % 10.25)
    for series in range(2):
        for ahead in range(4):
            gap = np.abs(place[:75] - place[75 + ahead])
            own = y[series, np.minimum(gap, 11 - gap) <= 1]
            own = own[~np.isnan(own)]
            wanted = [own.mean(), *np.quantile(own, [0.1, 0.9, 0.025, 0.975])]
            assert found[:, series, ahead] == pytest.approx(wanted)
    assert found[0] == pytest.approx(climatology_mean(torch.tensor(y), plan)[:, -4:].numpy())


def test_an_origin_sees_nothing_after_it() -> None:
    y = torch.tensor(np.random.default_rng(2).normal(size=(3, 80)))
    plan = Plan(6, 4, ("ets", "arima", "anomalies"))
    other = y.clone()
    other[:, 60:] = 1e6
    first, second = backtest(y, plan, [50, 60]), backtest(other, plan, [50, 60])
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_measures_equal_a_loop_over_common_values() -> None:
    rng = np.random.default_rng(3)
    truth, scale = rng.normal(size=(3, 2, 4)), np.array([[1.0, 2.0], [0.0, 1.0], [3.0, 4.0]])
    mean = rng.normal(size=(3, 2, 4))
    truth[0, 0, 0] = mean[1, 1, 1] = np.nan
    one = np.stack([mean, mean - 1, mean + 1], axis=1)
    found = {"naive": torch.zeros(3, 3, 2, 4, dtype=torch.float64), "ets": torch.tensor(one)}

    rows = measures(torch.tensor(truth), found, torch.tensor(scale), Plan(1, 4, levels=(80,)))

    error = truth - mean
    smape = np.nanmean(200 * np.abs(error) / (np.abs(truth) + np.abs(mean)))
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = np.where(scale[..., None] > 0, np.abs(error) / scale[..., None], np.nan)
    expected = {"mase": np.nanmean(scaled), "smape": smape, "rmse": np.sqrt(np.nanmean(error**2))}
    assert {k: rows[1][k] for k in expected} == pytest.approx(expected, abs=1e-4)
    assert rows[1]["horizon"] == pytest.approx(np.sqrt(np.nanmean(error**2, axis=(0, 1))), abs=1e-4)
    known = error[~np.isnan(error)]
    assert rows[1]["coverage"]["80"] == pytest.approx((np.abs(known) <= 1).mean(), abs=1e-4)
    assert rows[1]["width"]["80"] == pytest.approx(2)
    kept = np.where(np.isnan(error), np.nan, truth)
    saved = 1 - np.sqrt(np.nanmean(error**2, axis=(0, 1)) / np.nanmean(kept**2, axis=(0, 1)))
    assert skill(rows, "naive")["ets"] == pytest.approx(saved, abs=1e-3)


def test_widened_intervals_hold_what_they_promise_on_new_errors() -> None:
    rng = np.random.default_rng(4)
    error = torch.tensor(rng.normal(size=(40, 10, 10)) * np.where(rng.random((40, 10, 10)) < 0.5, 3, 1))
    value = torch.zeros(40, 5, 10, 10, dtype=torch.float64)
    value[:, 1], value[:, 2], value[:, 3], value[:, 4] = -1, 1, -2, 4
    plan = Plan(1, 10)

    wide = widened(value[20:], widening(error[:20], value[:20], plan), plan.levels)

    for level, (low, high) in {80: (1, 2), 95: (3, 4)}.items():
        held = (wide[:, low] <= error[20:]) & (error[20:] <= wide[:, high])
        assert held.double().mean().item() == pytest.approx(level / 100, abs=0.03)


def test_what_cannot_be_run_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    whole = long(np.random.default_rng(0).normal(size=(1, 40)))
    small = {"season": 2, "horizon": 3, "methods": ("ets",)}
    half = whole.copy()
    half.loc[5, "ds"] += pd.Timedelta(hours=7)
    for rows, options, message in (
        (whole, {"horizon": 0}, "--horizon is 0; it must be at least 1"),
        (whole, {"methods": ("prophet",)}, "--methods prophet is unknown; there are ets"),
        (whole, {"levels": (100,)}, "--levels are percentages"),
        (whole, {"columns": ("id", "ds", "y")}, "has no column id; it has unique_id, ds, y"),
        (whole, {"windows": 90}, "no series has the 288 values .* the longest has 40"),
        (whole.assign(y="a"), {}, "40 of 40 rows cannot be used, the first is line 2: its y is no number"),
        (pd.concat([whole, whole.assign(y=0.0)]), {}, "40 dates occur twice"),
        (half, {}, "dates are not of equal steps"),
    ):
        rows.to_csv(path, index=False, date_format="%Y-%m-%d %H:%M:%S")
        with pytest.raises(ValueError, match=message):
            main(Config(data=path, out=tmp_path, **(small | options)))
    with pytest.raises(FileNotFoundError, match="does not exist; give a file or folder of series"):
        main(Config(data=tmp_path / "none.csv", out=tmp_path))


def test_the_table_marks_what_does_not_cover() -> None:
    machine = {"processor": "x", "cores": 1, "memory_gib": 1}
    row = {"set": "a", "method": "ets", "mase": 1.0, "smape": 2.0, "rmse": 3.0}
    row |= {"coverage": {"80": 0.7, "95": 0.94}, "widened": {"80": 0.81, "95": 0.94}}
    ratio = {"set": "a", "method": "ets", "rival": "naive", "skill": {"1": -0.25, "2": 0.5}}
    facts = {"results": [row], "ratios": [ratio], "machine": machine, "versions": {}, "date": "2026-01-01"}

    text = table(facts | {"command": "python"})

    assert "| a | ets | 1.000 | 2.00 | 3.000 | 70.0 ! | 94.0 | 81.0 | 94.0 |" in text
    assert "| a | ets | naive | 1: -25 %, 2: +50 % |" in text
