"""From long tables and arrays to factors, filled gaps and odd cells, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipelines.factors.pipeline import Config, main

pytestmark = pytest.mark.usefixtures("no_pictures")

NAMES = {"factors", "ranks", "errors", "gaps", "anomalies", "timeline", "ledger"}


def metrics(folder: Path) -> dict:
    return json.loads((folder / "metrics.json").read_text())


def choices(folder: Path) -> str:
    return "\n".join(json.loads((folder / "config.json").read_text())["choices"])


def flows(noise: float = 0.05) -> tuple[pd.DataFrame, np.ndarray]:
    """Two patterns of sensors, days and minutes, a fifth of the cells missing, one of them wrong."""
    rng = np.random.default_rng(0)
    at = np.linspace(0, 6, 20)
    minutes = np.column_stack([1 + np.sin(at), 1.5 + np.cos(2 * at)])
    whole = np.einsum("ar,br,cr->abc", rng.random((7, 2)) + 0.2, rng.random((9, 2)) + 0.2, minutes)
    values = whole + noise * rng.normal(size=whole.shape)
    values[3, 4, 5] += 1.5
    days = pd.date_range("2024-01-01", periods=9).strftime("%Y-%m-%d")
    index = pd.MultiIndex.from_product([[f"s{n}" for n in range(7)], days, range(0, 100, 5)])
    table = pd.Series(values.ravel(), index.rename(["sensor", "day", "minute"])).rename("speed").reset_index()
    gone = rng.random(len(table)) < 0.2
    gone[np.ravel_multi_index((3, 4, 5), whole.shape)] = False
    return table[~gone], whole


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("flows")
    table, _ = flows()
    table.loc[table.index[::40], "speed"] = np.nan
    table.to_csv(out / "t.csv", index=False)
    config = Config(
        data=out / "t.csv",
        modes=("sensor", "day", "minute"),
        value="speed",
        ranks=(1, 2, 3),
        out=out,
        device="cpu",
    )
    return main(config).folder


def test_patterns_are_found_and_beat_what_needs_none(run: Path) -> None:
    found = metrics(run)
    assert (found["rank"], found["shape"]) == (2, {"sensor": 7, "day": 9, "minute": 20})
    assert found["ranks"].keys() == {"1", "2", "3"}
    assert found["held_out_rmse"] < 0.1 < min(found["baselines"].values())
    assert found["residual"] < 0.1
    assert {path.stem for path in (run / "figures").iterdir()} == NAMES
    assert "seasonal means over day" in choices(run)


def test_gaps_are_filled_and_marked_and_what_is_known_stays(run: Path) -> None:
    table, whole = flows()
    table = table.drop(table.index[::40])
    rows = pd.read_parquet(run / "filled.parquet")
    assert len(rows) == whole.size
    assert int(rows["filled"].sum()) == whole.size - len(table) == metrics(run)["filled"]
    off = rows["value"].to_numpy() - whole.ravel()
    assert np.sqrt((off[rows["filled"]] ** 2).mean()) < 0.15
    rows["day"] = rows["day"].dt.strftime("%Y-%m-%d")
    known = rows[~rows["filled"]].merge(table, on=["sensor", "day", "minute"], how="outer")
    np.testing.assert_array_equal(known["value"], known["speed"])


def test_the_wrong_cell_is_the_oddest(run: Path) -> None:
    odd = pd.read_csv(run / "anomalies.csv")
    assert odd.iloc[0, :3].tolist() == ["s3", "2024-01-05", 25]
    assert odd["z"].abs().is_monotonic_decreasing
    assert len(odd) == metrics(run)["anomalies"] < 10


def test_what_neighbours_say_goes_into_gaps(tmp_path: Path) -> None:
    """Walks have no patterns, and lines between neighbours nearly all there is to say."""
    rng = np.random.default_rng(1)
    X = rng.normal(size=(6, 5, 60)).cumsum(axis=2)
    X[rng.random(X.shape) < 0.2] = np.nan
    np.save(tmp_path / "x.npy", X)
    found = metrics(main(Config(data=tmp_path / "x.npy", ranks=(1,), out=tmp_path, device="cpu")).folder)
    assert found["carried"]
    assert found["held_out_rmse"] < 1.1 * found["baselines"]["linear interpolation"]
    assert found["held_out_rmse"] < 0.5 * found["held_out_rmse_of_fit"]


def test_units_of_their_own_are_made_alike(tmp_path: Path) -> None:
    table, _ = flows()
    cold = table.assign(what="cold", speed=table["speed"] - 1e4)
    pd.concat([table.assign(what="warm", speed=table["speed"] * 1e6), cold]).to_parquet(
        tmp_path / "t.parquet"
    )
    config = Config(
        data=tmp_path / "t.parquet",
        modes=("sensor", "day", "minute", "what"),
        value="speed",
        units="what",
        ordered=("day", "minute"),
        method="tucker",
        ranks=(2, 3),
        runs=True,
        out=tmp_path,
        device="cpu",
    )
    folder = main(config).folder
    found, rows = metrics(folder), pd.read_parquet(folder / "filled.parquet")
    assert found["in_deviations"]
    assert found["held_out_by"] == "runs"
    assert found["held_out_rmse"] < 0.5
    assert rows.groupby("what")["fit"].mean().to_dict() == pytest.approx(
        {"warm": 1.1e6, "cold": -1e4}, rel=0.2
    )


def test_the_demonstration_finds_what_was_planted(tmp_path: Path) -> None:
    found = metrics(main(Config(out=tmp_path, ranks=(3,), device="cpu")).folder)
    truth = found["truth"]
    assert truth["congruence"] > 0.99
    assert truth["wrong_counts_found"] == truth["wrong_counts"] > 30
    assert truth["found_that_were_right"] <= 1
    assert truth["rmse_of_filled"] < 1 < found["baselines"]["linear interpolation"]


def test_modes_are_told_by_place_and_those_of_units_are_in_no_order(tmp_path: Path) -> None:
    table, _ = flows()
    table.to_csv(tmp_path / "t.csv", index=False)
    given = {"modes": ("sensor", "day", "minute"), "value": "speed", "ranks": (1, 200), "device": "cpu"}

    def ordered(**options: object) -> str:
        found = main(Config(data=tmp_path / "t.csv", out=tmp_path, **given, **options)).folder
        return next(line for line in choices(found).splitlines() if line.startswith("modes:"))

    assert ordered(ordered=("1", "minute")) == ordered(ordered=("day", "2"))
    assert "in order are day, minute" in ordered()
    assert "in order are day," in ordered(units="2")
    assert "in order are minute," in ordered(units="2", ordered=("2",))


def test_ranks_that_say_nothing_are_left_out_and_told(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.random.default_rng(0).random((3, 4, 9)))
    found = main(Config(data=tmp_path / "x.npy", ranks=(1, 2, 12, 13), out=tmp_path, device="cpu"))
    assert set(found.metrics["ranks"]) <= {"1", "2", "12"}
    assert "rank: those above 12 are left out" in choices(found.folder)


def test_dates_in_another_spelling_are_pointed_out(tmp_path: Path) -> None:
    table, _ = flows()
    table["day"] = pd.to_datetime(table["day"]).dt.strftime("%m/%d/%Y")
    table.to_csv(tmp_path / "t.csv", index=False)
    given = {"modes": ("sensor", "day", "minute"), "value": "speed", "ranks": (1,), "device": "cpu"}
    for form, told in ((None, 1), ("%m/%d/%Y", 0)):
        folder = main(Config(data=tmp_path / "t.csv", out=tmp_path, date_format=form, **given)).folder
        assert (
            choices(folder).count("names, in no order; if they are dates, say how they are written") == told
        )
        assert ("in order are day, minute" in choices(folder)) == (form is not None)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"modes": ("sensor",)}, "--modes is short; name two columns or more"),
        ({"modes": ("day", "day")}, "--modes names one twice: day day"),
        ({"modes": ("sensor", "fit")}, "--modes fit is called as a column of the results is; rename it"),
        ({"ranks": (0,)}, r"--ranks are \(0,\); give whole numbers from 1"),
        ({"held_out": 0.7}, "--held-out is 0.7; it is between 0 and 0.5"),
        ({"modes": ("sensor", "hour")}, r"t.csv has no column hour; it has sensor, day, minute, speed"),
        ({"ordered": ("hour",)}, "hour is no mode; there are sensor, day, minute: name one of these"),
        ({"ordered": ("3",)}, "3 is no mode; there are sensor"),
        ({"ordered": ("day", "1")}, "--ordered names a mode twice: day 1; leave one"),
        ({"ranks": (141, 500)}, "--ranks 141 500: 27 give any table of .* exactly; give less"),
        ({"far": float("nan")}, "--far is nan; give a number"),
        ({"missing": float("inf")}, "--missing is inf; give a number"),
        (
            {"date_format": "%Q"},
            "--date-format %Q reads no column of .*t.csv that --modes names; leave it out",
        ),
        ({"duplicates": "error"}, "1 rows repeat the cell of another, such as sensor s0, day 2024-01-01"),
        (
            {"modes": ("sensor", "day:hour"), "value": "minute"},
            "day:hour has one label, and two modes must have",
        ),
        ({"value": "sensor"}, "rows cannot be used, the first is line 2: its sensor is no number"),
    ],
)
def test_what_cannot_be_decomposed_is_refused(options: dict, message: str, tmp_path: Path) -> None:
    table, _ = flows()
    pd.concat([table.head(300), table.head(1)]).to_csv(tmp_path / "t.csv", index=False)
    given = {"modes": ("sensor", "day", "minute"), "value": "speed"} | options
    with pytest.raises(ValueError, match=message):
        main(Config(data=tmp_path / "t.csv", out=tmp_path, device="cpu", **given))
