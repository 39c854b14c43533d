"""A saved method forecasts as it did in its run, and goes on from new history by its own parameters."""

import json
import shutil
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch

from etl.arrays import load_arrays, save_arrays
from etl.engine import Engine, choose, devices
from etl.handoff import from_arrow, to_host, to_list, to_pandas
from etl.records import Choice, collect, of_kind
from models.sequences.learners import KINDS, METHODS, NETWORKS
from models.sequences.packed import pack, unpack
from models.sequences.standing import Averaged, stand
from models.statespace.arima import ARIMA
from models.statespace.baselines import BASELINES, Plan
from models.statespace.ets import ETS
from models.statespace.further import further, moved
from models.statespace.kalman import kalman_filter
from models.statespace.panel import panel
from pipelines import apply, load, strict_json
from pipelines.forecast.pipeline import Config, main, warning
from tests.support.applied import elsewhere

SMALL = {"season": 7, "horizon": 4, "windows": 1, "calibrate": 1, "device": "cpu"}


def long(y: np.ndarray, start: str = "2024-01-01", freq: str = "D") -> pd.DataFrame:
    days = pd.date_range(start, periods=y.shape[1], freq=freq)
    return pd.concat([pd.DataFrame({"unique_id": f"s{i}", "ds": days, "y": row}) for i, row in enumerate(y)])


def weeks(count: int = 3, steps: int = 84, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return 50 + 9 * np.sin(np.arange(steps) * 2 * np.pi / 7) + rng.normal(size=(count, steps)).cumsum(1)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs")
    long(weeks()).to_csv(out / "s.csv", index=False)
    return main(Config(data=out / "s.csv", methods=("ets",), out=out, **SMALL)).folder


def told(entries: list) -> list[str]:
    return [entry.reason for entry in of_kind(entries, Choice)]


def test_without_new_history_another_process_elsewhere_gives_the_forecasts_of_the_run(
    run: Path, tmp_path: Path
) -> None:
    out = elsewhere(run, None, tmp_path / "ahead.csv")
    assert out.read_bytes() == (run / "forecasts.csv").read_bytes()


def averaged(y: torch.Tensor, plan: Plan) -> Averaged:
    weights = {"naive": 0.25, "dlinear": 0.75}
    return Averaged(plan, weights, {name: stand(name, y, plan) for name in weights})


@pytest.mark.parametrize("name", ["ets", "arima", "auto_arima", "anomalies", *METHODS, *BASELINES, "average"])
def test_what_is_loaded_stands_where_it_stood(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name in NETWORKS:
        monkeypatch.setitem(KINDS, name, partial(KINDS[name], steps=4, check=2, hidden=4))
    y, plan = torch.tensor(weeks(steps=60)), Plan(1 if name == "auto_arima" else 7, 5)
    standing = averaged(y, plan) if name == "average" else stand(name, y, plan)
    facts, arrays = pack(standing)
    save_arrays(tmp_path / "a.arrow", arrays)
    plain = json.loads(strict_json.dumps(facts, "facts"))
    if name == "auto_arima":
        plain["plan"]["models"] = ["auto"]  # its name in earlier runs
    again = unpack(plain, load_arrays(tmp_path / "a.arrow"), choose("cpu"))
    assert torch.equal(again.forecast(), standing.forecast())
    more, count = torch.tensor(weeks(steps=6, seed=1)), torch.tensor([6, 2, 0])
    assert torch.equal(again.after(more, count).forecast(), standing.after(more, count).forecast())


def test_an_arima_after_further_values_is_the_filter_over_all_of_them() -> None:
    y, more = torch.tensor(weeks(steps=70)), torch.tensor(weeks(steps=5, seed=3))
    more[1, 2] = torch.nan
    last = ARIMA((1, 0, 1), seasonal_order=(0, 1, 1, 7)).fit(y).pieces_[0][1]

    found = last.after(more, torch.tensor([5, 5, 5]))

    whole = kalman_filter(torch.cat([y, more], 1), last.system)
    torch.testing.assert_close(found.a, whole.mean[-1], rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(found.P, whole.variance[-1], rtol=1e-5, atol=1e-5)
    assert torch.equal(found.variance, last.variance)


def test_exponential_smoothing_after_further_values_is_a_loop_over_them() -> None:
    y, more = torch.tensor(weeks(steps=70)), torch.tensor(weeks(steps=9, seed=3))
    more[1, 2] = torch.nan
    last = ETS("AAdA", period=7).fit(y).pieces_[0][1]

    found = last.after(more, torch.tensor([9, 9, 9]))

    for row in range(3):
        alpha, beta, gamma, phi = last.weights[row].tolist()
        level, slope, *seasons = last.state[row].tolist()
        for value in more[row].tolist():
            season = seasons.pop(0)
            expected = level + phi * slope + season
            error = 0.0 if np.isnan(value) else value - expected
            level, slope = level + phi * slope + alpha * error, phi * slope + beta * error
            seasons.append(season + gamma * error)
        assert found.state[row].tolist() == pytest.approx([level, slope, *seasons])


@pytest.mark.parametrize("name", ["ets", "arima", "anomalies", *BASELINES])
def test_series_of_unequal_new_history_go_on_as_each_alone(name: str) -> None:
    y, more = torch.tensor(weeks(steps=70)), torch.tensor(weeks(steps=5, seed=3))
    standing, counts = stand(name, y, Plan(7, 6)), [5, 2, 0]
    padded = torch.full_like(more, torch.nan)
    for row, count in enumerate(counts):
        padded[row, 5 - count :] = more[row, :count]
    found = standing.after(padded, torch.tensor(counts)).forecast()
    for row, count in enumerate(counts):
        alike = standing.after(more[:, :count].contiguous(), torch.tensor([count] * 3)).forecast()
        torch.testing.assert_close(found[:, row], alike[:, row], rtol=1e-12, atol=1e-12)
    if name in BASELINES:  # these are what they would be of the whole
        whole = stand(name, torch.cat([y[:1], more[:1]], 1), Plan(7, 6)).forecast()
        torch.testing.assert_close(found[:, :1], whole)


def test_new_history_moves_the_series_that_have_it(run: Path, tmp_path: Path) -> None:
    model, more = load(run, "cpu"), weeks(steps=90)[:, 80:]  # four days known, six new
    rows = long(more, "2024-03-21")
    rows = pd.concat([rows[rows["unique_id"] != "s2"], rows.iloc[:3].assign(unique_id="new")])
    path = tmp_path / "more.csv"
    rows.assign(extra=1)[["extra", "y", "ds", "unique_id"]].sample(frac=1, random_state=0).to_csv(path)

    with collect() as entries:
        found = model.predict(path)

    assert found["unique_id"].drop_duplicates().tolist() == ["s0", "s1"]
    assert found["ds"].min() == pd.Timestamp("2024-03-31")
    standing = model.model.standing
    counts = torch.tensor([6, 6, 0])
    wanted = standing.after(torch.tensor(more[:, 4:]), counts).forecast()[0, :2]
    np.testing.assert_array_equal(found["mean"].to_numpy(), wanted.ravel())
    pd.testing.assert_frame_equal(model.predict(rows), found, check_dtype=False)
    assert "known: 8 rows are of the time of training, and move nothing" in told(entries)
    assert "series: 1 were not in training, and have no forecast: new" in told(entries)
    assert "series: 1 of training have no row, and no forecast" in told(entries)


def test_dates_to_come_move_nothing_and_gaps_and_repeated_rows_are_told(run: Path) -> None:
    model, rows = load(run, "cpu"), long(weeks(steps=96)[:, 90:], "2024-03-31")  # six days after training
    assert model.facts["model"]["step"] * 6 == 6 * 86_400 * 10**6
    rows.loc[rows["unique_id"] == "s1", "y"] = np.nan
    with collect() as entries:
        found = model.predict(pd.concat([rows, rows[rows["unique_id"] == "s0"]]))
    plain = model.predict()
    begins = found.groupby("unique_id")["ds"].min()
    assert begins.tolist() == [pd.Timestamp(f"2024-{day}") for day in ("04-06", "03-25", "04-06")]
    s1 = found["unique_id"] == "s1"
    pd.testing.assert_frame_equal(found[s1], plain[plain["unique_id"] == "s1"])
    assert set(told(entries)) >= {
        "values: 6 rows are of series without a new value, and move nothing",
        "gaps: 12 steps after training have no value before their series' last",
        "set aside: 6 repeated rows",
    }


def test_an_option_that_only_the_run_has_is_no_remedy(run: Path, tmp_path: Path) -> None:
    long(weeks()).rename(columns={"y": "v"}).to_csv(tmp_path / "new.csv", index=False)
    wanted = "has no column y; .*This command has no --columns: new data are read as those of the run were"
    with pytest.raises(ValueError, match=wanted) as caught:
        apply.main(apply.Config(run=run, data=tmp_path / "new.csv", out=tmp_path / "out.csv", device="cpu"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("freq", "spelt"),
    [("D", None), ("ME", None), ("MS", None), ("B", None), ("MS", "%Y%m"), ("B", "%Y%m%d"), ("D", "%Y%m%d")],
)
def test_dates_of_new_history_count_as_those_of_training(
    freq: str, spelt: str | None, engine: Engine
) -> None:
    dates = pd.Series(pd.date_range("2024-01-05", periods=91, freq=freq))
    check_dates(dates.dt.strftime(spelt).astype("int64") if spelt else dates, engine)


@pytest.mark.parametrize("freq", ["D", "h"])
def test_dates_of_a_zone_count_as_those_of_training(freq: str) -> None:
    check_dates(
        pd.Series(pd.date_range("2024-03-05", periods=91, freq=freq, tz="Europe/Paris")), choose("cpu")
    )


def check_dates(dates: pd.Series, engine: Engine) -> None:
    """Ten steps after eighty, the last of which comes again; and one step alone."""

    def rows(start: int, stop: int) -> pa.Table:
        y = np.arange(start, stop).astype(float)
        return pa.table({"unique_id": ["a"] * len(y), "ds": pa.array(dates[start:stop]), "y": y})

    series = panel(from_arrow(rows(0, 80), engine))
    for start, stop in ((79, 90), (80, 81)):
        found = further(series, from_arrow(rows(start, stop), engine))
        assert to_host(found.count).tolist() == [stop - 80]
        assert to_host(found.y).tolist() == [np.arange(80.0, stop).tolist()]
        after = to_pandas(moved(series, found).frame(1, {}))["ds"]
        assert to_list(after) == dates[stop : stop + 1].astype(after.dtype).tolist()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: rows.drop(columns="y"), "there is no column y"),
        (lambda rows: rows.assign(unique_id="x"), "none of the series .x. is one of the 3"),
        (lambda rows: rows.assign(ds=rows["ds"] + pd.Timedelta(hours=7)), "is between two steps|not one of"),
        (
            lambda rows: pd.concat([rows, rows.assign(y=0.0)]),
            "dates occur twice in a series, first of [a-z0-9]+; keep",
        ),
        (
            lambda rows: rows.assign(ds=rows["ds"] + pd.Timedelta(days=70_000)),
            "a date of series .* after training",
        ),
        (lambda rows: rows.assign(ds=np.arange(len(rows))), "dates are int64, and were datetime64"),
    ],
)
def test_new_history_that_cannot_be_used_is_refused_in_a_line(change, message: str, run: Path) -> None:
    with pytest.raises((ValueError, TypeError), match=message) as caught:
        load(run, "cpu").predict(change(long(weeks(steps=3), "2024-03-25")))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda path: path.unlink(), "standing.arrow is missing"),
        (lambda path: path.write_bytes(path.read_bytes()[:-900]), "is damaged"),
    ],
)
def test_a_damaged_model_says_so(spoil, message: str, run: Path, tmp_path: Path) -> None:
    shutil.copytree(run, tmp_path / "copy")
    spoil(tmp_path / "copy" / "model" / "standing.arrow")
    with pytest.raises(ValueError, match=message) as caught:
        load(tmp_path / "copy", "cpu")
    assert "\n" not in str(caught.value)


def test_a_method_with_more_error_than_a_baseline_carries_a_warning() -> None:
    rows = [{"method": name, "rmse": 1.0 + place} for place, name in enumerate([*BASELINES, "ets"])]
    assert warning(rows, "ets") == "ets has RMSE 4 on values held out, and naive, a baseline, 1"
    assert warning(rows, "naive") == ""


@pytest.mark.gpu
def test_a_gpu_goes_on_as_the_cpu(run: Path) -> None:
    if not devices()[0]:
        pytest.skip(devices()[1])
    rows = pa.Table.from_pandas(long(weeks(steps=6), "2024-03-25"), preserve_index=False)
    frames = []
    for device in ("cpu", "gpu"):
        model = load(run, device)
        frames.append(to_pandas(model.predict(from_arrow(rows, model.model.series.engine))))
    pd.testing.assert_frame_equal(*frames, rtol=1e-9)


def test_a_run_on_a_wide_table_takes_wide_history(tmp_path: Path) -> None:
    whole = long(weeks(2, 90))
    wide = whole.pivot(index="ds", columns="unique_id", values="y").reset_index()
    folders = []
    for name, table, options in (("long", whole, {}), ("wide", wide, {"wide": True})):
        table[table.ds < "2024-03-25"].to_csv(tmp_path / f"{name}.csv", index=False)
        table[table.ds >= "2024-03-25"].to_csv(tmp_path / f"{name}-new.csv", index=False)
        config = Config(data=tmp_path / f"{name}.csv", methods=(), out=tmp_path / name, **SMALL, **options)
        folders.append(main(config).folder)
    found = [
        to_pandas(load(folder).predict(tmp_path / f"{name}-new.csv"))
        for folder, name in zip(folders, ("long", "wide"), strict=True)
    ]
    assert (folders[0] / "forecasts.csv").read_text() == (folders[1] / "forecasts.csv").read_text()
    pd.testing.assert_frame_equal(*found)
    assert found[0]["ds"].min() == pd.Timestamp("2024-03-31")
