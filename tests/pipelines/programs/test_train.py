"""Networks are compared on other equations and deeper ones, judged anew, applied, and asked to complete."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from etl.equations.fingerprint import keys
from etl.equations.forest import Builder, Equations
from etl.equations.parse import parse
from etl.equations.splits import depths
from pipelines import apply, load
from pipelines.programs.complete import Complete, complete
from pipelines.programs.config import Config
from pipelines.programs.data import labelled, tells_value
from pipelines.programs.data import load as load_data
from pipelines.programs.evaluate import Evaluate, evaluate
from pipelines.programs.figures import all_figures
from pipelines.programs.measures import judged
from pipelines.programs.pipeline import main

pytestmark = pytest.mark.usefixtures("no_pictures")
TOLD = {"equations": 400, "epochs": 2, "methods": ("values", "tree_nn"), "hidden": 8, "device": "cpu"}


class Said:
    """As much of a run as loading asks for."""

    def __init__(self) -> None:
        self.said = list[str]()

    def say(self, text: str) -> None:
        self.said.append(text)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("programs")


@pytest.fixture(scope="module")
def run(folder: Path) -> Path:
    return main(Config(**TOLD, out=folder)).folder  # type: ignore[arg-type]


def written(*texts: str) -> Equations:
    build = Builder()
    return build.equations([parse(text, build) for text in texts])


def test_a_run_has_accuracy_by_depth_and_calibration(run: Path) -> None:
    found = json.loads((run / "metrics.json").read_text())
    assert found["equations"] == 400
    assert found["learnt_from"] + sum(found["judged_by_depth"].values()) == 400
    assert set(found["accuracy"]) == {"values", "tree_nn"}
    for method, by_depth in found["accuracy_by_depth"].items():
        counts = {depth: found["judged_by_depth"][depth] for depth in by_depth}
        shallow = [depth for depth in by_depth if int(depth) <= found["depth"]]
        mean = np.average([by_depth[d] for d in shallow], weights=[counts[d] for d in shallow])
        assert found["accuracy"][method] == pytest.approx(mean)
    assert 0 <= found["calibration_error"] <= 1
    assert {"load", "train values", "train tree_nn", "judge"} <= set(found["seconds"])
    assert {each["is_right"] for each in found["examples"]} == {True, False}
    assert found["evaluator"] == "tree_nn"
    assert found["functions"]["sin"]["true"][0] == pytest.approx(np.sin(-3.14))


def test_what_judges_is_no_mirror_image_of_what_was_learnt() -> None:
    data = load_data(Config(**TOLD), Said())  # type: ignore[arg-type]
    assert not set(keys(data.train).tolist()) & set(keys(data.test).tolist())
    assert depths(data.train).max() == data.depth
    assert depths(data.test).max() > data.depth
    other = load_data(Config(**TOLD, seed=1), Said())  # type: ignore[arg-type]
    assert data.key == load_data(Config(**TOLD), Said()).key != other.key  # type: ignore[arg-type]


def test_labels_that_the_certifier_contradicts_are_told_and_counted() -> None:
    held = replace(
        written("x = x + 0", "x = x + 1", "sin(x) = 2", "sqrt(x**2) = x", "1/x = 1/x + 0", "x = 0/0"),
        labels=np.array([1, 1, 0, 1, -1, -1], np.int8),
    )
    run = Said()
    found, counts = labelled(held, "file", 0, run)  # type: ignore[arg-type]
    assert found.labels.tolist() == [1, 1, 0, 1, 1]
    assert counts == {"contradicted": 1, "uncertain": 2}
    assert any("1 of 4 are contradicted by the certifier; the file's are learnt" in text for text in run.said)
    found, _ = labelled(held, "certified", 0, Said())  # type: ignore[arg-type]
    assert found.labels.tolist() == [1, 0, 0, 1]


def test_values_of_functions_are_told_from_identities() -> None:
    found = tells_value(written("sin(1.25) = 0.95", "0.95 = sin(1.25)", "sin(x) = 0.95", "1 + 1 = 2"))
    assert found.tolist() == [True, True, False, False]


def test_accuracy_is_counted_by_hand() -> None:
    label, depth = np.array([1, 0, 1, 0, 1]), np.array([1, 1, 2, 2, 5])
    P = {"lstm": np.array([0.9, 0.6, 0.2, 0.1, 0.5])}
    found = judged(label, depth, 2, P)
    assert found["accuracy"] == {"lstm": 0.5}
    assert found["accuracy_deeper"] == {"lstm": 1.0}
    assert found["accuracy_by_depth"] == {"lstm": {"1": 0.5, "2": 0.5, "5": 1.0}}
    assert found["confusion"]["lstm"] == {
        "true_positive": 2,
        "false_positive": 1,
        "true_negative": 1,
        "false_negative": 1,
    }
    found |= {"chosen": "lstm", "depth": 2, "calibration_error": 0.1, "functions": {}}
    assert all_figures(found).keys() == {"depths", "calibration", "functions"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "new.txt"
    path.write_text("x + 1 = 1 + x\nsin(x) = \nsin(x)**2 = 1 - cos(x)**2\nx = x + 1\n")
    return path


def test_a_run_is_applied_to_new_equations(run: Path, file: Path, tmp_path: Path, capsys) -> None:
    apply.main(apply.Config(run=run, data=file, out=tmp_path / "out.csv", device="cpu"))
    table = pd.read_csv(tmp_path / "out.csv")
    assert table["equation"].tolist() == ["x + 1 = 1 + x", "sin(x)**2 = 1 - cos(x)**2", "x = x + 1"]
    assert table["probability"].between(0, 1).all()
    assert "set aside: 1 row" in capsys.readouterr().out
    again = load(run, "cpu").predict(table)
    np.testing.assert_allclose(again["probability"], table["probability"], atol=1e-6)


def test_a_run_is_judged_on_new_equations(run: Path, file: Path, folder: Path, tmp_path: Path) -> None:
    found = evaluate(Evaluate(run=folder / "programs" / "latest", data=file, out=tmp_path, device="cpu"))
    assert found.metrics["equations"] == 3
    assert found.metrics["chosen"] == json.loads((run / "metrics.json").read_text())["chosen"]
    assert sum(next(iter(found.metrics["confusion"].values())).values()) == 3


def test_a_blank_is_filled_and_each_filling_is_certified(run: Path, tmp_path: Path, capsys) -> None:
    plain = complete(Complete(equation="sin(x)**2 + ? = 1", out=tmp_path, device="cpu"))
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert lines[0][:2] == ["cos(x)**2", "identity"]
    assert plain.metrics["candidates"] == len(lines)
    assert plain.metrics["certified"] == sum(verdict == "identity" for _, verdict, _ in lines)
    complete(Complete(equation="sin(x)**2 + ? = 1", run=run, top=3, out=tmp_path, device="cpu"))
    ordered = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    scores = [float(score) for _, verdict, score in ordered if verdict == "identity"]
    assert scores == sorted(scores, reverse=True)
    assert max(scores) <= 0


@pytest.mark.parametrize(
    ("equation", "told"),
    [
        ("x = x", "has no blank"),
        ("? + ? = 1", "more than one blank"),
        ("sin(? = 1", "line 1, column"),
        ("?", "needs an equation"),
    ],
)
def test_blanks_that_cannot_be_filled_are_told(equation: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=told):
        complete(Complete(equation=equation, out=tmp_path, device="cpu"))


def test_too_few_equations_and_odd_settings_are_refused(file: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="too few to learn from; give 20 at least"):
        main(Config(data=file, out=tmp_path, device="cpu"))
    for told, words in (
        ({"methods": ("values", "gru")}, "--methods has gru; take any of values"),
        ({"methods": ()}, "--methods is empty"),
        ({"lr": 0.0}, "--lr is 0.0; it is more than 0"),
    ):
        with pytest.raises(ValueError, match=words):
            Config(**told)  # type: ignore[arg-type]
