"""The whole pipeline, on generated and real files: the same result however it is run, and honest figures."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import xgboost

from etl.mortgage import generate
from etl.mortgage.schema import FEATURES
from pipelines.mortgage.pipeline import Config, main
from tests.support.waiting import LIMIT

ROOT = Path(__file__).parents[3]
KEYS = set("rows loans positives roc_auc pr_auc log_loss base_rate seconds engine quarantined".split())


@pytest.fixture(scope="module")
def loans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("loans")
    generate.generate(folder, rows=200_000, seed=4)
    return folder


@pytest.fixture(scope="module")
def base(loans: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Config, Path]:
    config = Config(data=loans, device="cpu", workers=2, out=tmp_path_factory.mktemp("runs"), trees=40)
    return config, main(config).folder


def read(folder: Path, name: str = "metrics"):
    return json.loads((folder / f"{name}.json").read_text())


def test_without_arguments_loans_are_made_for_a_demonstration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("pipelines.mortgage.data.MADE", 30_000)
    folder = main(Config(device="cpu", workers=1, out=tmp_path / "runs", trees=3)).folder
    assert read(folder)["rows"] >= 30_000
    assert "none was given, so 30,000 loan months are generated" in capsys.readouterr().out
    assert read(folder, "config")["config"]["data"] is None
    assert not list(tmp_path.rglob("*.txt")), "what was made is removed"


def test_the_model_beats_the_rule_and_the_base_rate(base) -> None:
    found = read(base[1])
    assert set(found) >= KEYS
    assert found["quarantined"] == 0
    assert found["roc_auc"] > max(0.7, found["rule"]["roc_auc"])
    assert found["log_loss"] < min(found["rule"]["log_loss"], found["base"]["log_loss"])
    assert found["observations"] + found["censored"] + found["excluded"] == found["rows"]


def test_features_reach_xgboost_without_a_copy_and_nothing_crosses(base) -> None:
    ledger = read(base[1], "ledger")
    features = [row for row in ledger if row["to"] == "xgboost"]
    assert {row["stage"] for row in features} == {"train", "judge"}
    assert {row["copies"] for row in features} == {"none"}
    assert not [row for row in ledger if row["copies"] == "host"]


def test_the_folder_holds_a_model_that_others_can_load(base) -> None:
    booster = xgboost.Booster(model_file=base[1] / "model" / "trees.ubj")
    assert set(booster.get_score()) <= {f"f{i}" for i in range(len(FEATURES))} | set(FEATURES)
    pictures = {path.name for path in (base[1] / "figures").iterdir()}
    assert pictures == {
        f"{n}.png" for n in ("roc_pr", "calibration", "importance", "vintage", "timeline", "ledger")
    }


@pytest.mark.parametrize(
    "change",
    [{"workers": 1}, {"memory": "300MiB"}, {"scheduler": "local"}],
    ids=["one thread", "larger than memory", "cluster"],
)
def test_the_result_does_not_depend_on_how_it_is_run(base, change: dict) -> None:
    config, folder = base
    expected, other = read(folder), main(replace(config, **change)).folder
    found = read(other)
    for key in (
        "rows",
        "loans",
        "observations",
        "censored",
        "judged",
        "positives",
        "base_rate",
        "quarantined",
    ):
        assert found[key] == expected[key], key
    assert found["rule"] == expected["rule"]
    assert found["roc_auc"] == pytest.approx(expected["roc_auc"], abs=0.02)
    assert found["log_loss"] == pytest.approx(expected["log_loss"], rel=0.05)
    if "memory" in change:
        assert any("spooled to disk" in choice for choice in read(other, "config")["choices"])


def test_the_same_command_gives_the_same_numbers(base) -> None:
    config, folder = base
    found, expected = (read(path) for path in (main(config).folder, folder))
    for key in ("roc_auc", "pr_auc", "log_loss", "rule", "calibration_error"):
        assert found[key] == expected[key], key


@pytest.mark.parametrize("layout", ["combined", "old"])
@pytest.mark.parametrize("label", ["default", "rapids"])
def test_real_files_of_both_layouts(real_mortgage: Path, tmp_path: Path, layout: str, label: str) -> None:
    data = tmp_path / "data"
    data.mkdir()
    for path in real_mortgage.glob("2017*" if layout == "combined" else "*2000Q1*"):
        (data / path.name).symlink_to(path)
    folder = main(
        Config(
            data=data, layout=layout, label=label, device="cpu", workers=1, out=tmp_path / "runs", trees=20
        )
    ).folder
    found = read(folder)
    assert found["rows"] == (20_000 if layout == "combined" else 10_000)
    assert found["loans"] == (438 if layout == "combined" else 276)
    assert found["quarantined"] == 0
    assert (found["roc_auc"] is None) == bool(found["reasons"])


def test_the_command_line_tells_its_options_and_errors_without_a_traceback(tmp_path: Path) -> None:
    def run(*words: str) -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", "pipelines.mortgage", *words]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT)

    told = run("--help")
    assert told.returncode == 0
    for word in (
        "--data",
        "--layout",
        "--label",
        "--device",
        "--workers",
        "--scheduler",
        "--out",
        "a GPU if there is one",
    ):
        assert word in " ".join(told.stdout.split())
    wrong = run("--data", str(tmp_path / "nowhere"), "--out", str(tmp_path / "runs"))
    assert wrong.returncode == 1
    assert "nowhere does not exist" in wrong.stderr
    assert "Traceback" not in wrong.stderr
