"""Methods are tried and chosen by windows before those that judge them."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from models.statespace.baselines import BASELINES
from pipelines import load
from pipelines.forecast.choice import candidates, pick
from pipelines.forecast.pipeline import Config, main

CONFIG = Config(season=1, horizon=4, windows=1, calibrate=2, methods=("ets", "arima"))


class Said(list):
    def say(self, line: str) -> None:
        self.append(line)


def forecasts(truth: torch.Tensor, spread: list[float], seed: int) -> torch.Tensor:
    """Forecasts that err by so much at each origin."""
    error = torch.tensor(np.random.default_rng(seed).normal(size=truth.shape))
    return (truth + error * torch.tensor(spread)[:, None, None])[:, None]


def world() -> tuple[torch.Tensor, list[int], dict[str, torch.Tensor]]:
    y = torch.tensor(np.random.default_rng(0).normal(size=(30, 60)))
    origins = [48, 52, 56]
    truth = torch.stack([y[:, at : at + 4] for at in origins])
    found = {name: forecasts(truth, [1.0, 1.0, 1.0], 1 + at) for at, name in enumerate(BASELINES)}
    found["ets"] = forecasts(truth, [0.5, 0.5, 9.0], 8)  # good early, bad where it is judged
    return y, origins, found | {"arima": forecasts(truth, [2.0, 2.0, 0.1], 9)}


@pytest.mark.parametrize("methods", [("ets", "arima"), ("auto",)])
def test_the_judged_windows_do_not_choose(methods: tuple[str, ...]) -> None:
    y, origins, found = world()
    said = Said()
    picked = pick(replace(CONFIG, methods=methods), said, y, origins, found)
    assert picked.names[0] == ("average" if methods == ("auto",) else "ets")
    assert picked.windows == "2 origins before those judged"
    assert any(line.startswith("methods: ets has RMSE 0.5") for line in said)
    assert f"{picked.names[0]} is taken" in said[-1]
    if methods == ("auto",):
        assert set(picked.chosen.weights) > {"ets"}


def test_without_earlier_windows_the_judged_ones_choose_and_that_is_said() -> None:
    y, origins, found = world()
    said = Said()
    late = {name: value[2:] for name, value in found.items()}
    picked = pick(replace(CONFIG, calibrate=0), said, y, origins[2:], late)
    assert picked.names[0] == "arima"
    assert "--calibrate is 0" in said[0]
    y[:, 48:56] = torch.nan
    pick(CONFIG, said, y, origins, found)
    assert any("nothing is known of the earlier origins" in line for line in said)


def test_a_method_with_gaps_comes_last() -> None:
    y, origins, found = world()
    found["ets"][0, 0, 3, 2] = torch.nan
    assert pick(CONFIG, Said(), y, origins, found).names[-1] == "ets"


def test_auto_tries_what_takes_seconds_and_what_is_named() -> None:
    said = Said()
    named = candidates(replace(CONFIG, season=7, methods=("auto", "auto_arima")), said)
    assert named == ["ets", "arima", "anomalies", "dlinear", "nlinear", "nvar", "auto_arima"]
    assert candidates(replace(CONFIG, methods=("arima", "arima")), said) == ["arima"]


def test_a_run_of_auto_tells_both_errors_and_can_be_applied(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    y = rng.normal(size=(8, 130))
    for at in range(2, 130):
        y[:, at] += 1.8 * y[:, at - 1] - 0.9 * y[:, at - 2]
    days = pd.date_range("2024-01-01", periods=130, freq="D")
    rows = [pd.DataFrame({"unique_id": f"s{i}", "ds": days, "y": row}) for i, row in enumerate(y)]
    pd.concat(rows).to_csv(tmp_path / "s.csv", index=False)
    told = {"season": 1, "horizon": 5, "windows": 2, "calibrate": 4, "device": "cpu"}
    folder = main(Config(data=tmp_path / "s.csv", methods=("auto",), out=tmp_path, **told)).folder

    found = json.loads((folder / "metrics.json").read_text())
    chosen = found["chosen"]
    assert chosen["method"] == found["best"]
    assert found["best"] not in BASELINES
    assert chosen["windows"] == "4 origins before those judged"
    assert {row["method"] for row in chosen["tried"]} >= {"dlinear", "nvar", "average", "naive"}
    rows = {row["method"]: row["rmse"] for row in found["methods"]}
    assert rows[found["best"]] < min(rows[name] for name in BASELINES)
    ahead = pd.read_csv(folder / "forecasts.csv")
    again = load(folder).predict()
    np.testing.assert_allclose(again["mean"], ahead["mean"])


def test_a_method_that_cannot_learn_from_short_series_is_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    y = np.random.default_rng(0).normal(size=(1, 28))
    days = pd.date_range("2024-01-01", periods=28, freq="D")
    pd.DataFrame({"unique_id": "a", "ds": days, "y": y[0]}).to_csv(tmp_path / "s.csv", index=False)
    told = {"season": 1, "horizon": 9, "windows": 1, "calibrate": 1, "device": "cpu"}
    folder = main(Config(data=tmp_path / "s.csv", methods=("dlinear",), out=tmp_path, **told)).folder
    assert "dlinear is left out: 1 windows are too few" in capsys.readouterr().out
    assert json.loads((folder / "metrics.json").read_text())["best"] in BASELINES
