"""``--config`` runs again what a run was told."""

import importlib
import json
import sys
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import pytest

import pipelines
from models.tagger.network import Network
from pipelines import strict_json
from pipelines.ner.config import Plan
from pipelines.runs import stored
from pipelines.signsgd.config import Faults, Training
from pipelines.topics.config import Columns
from pipelines.video.config import Reading, Sizes

A = Path("a.csv")
TOLD: dict[str, dict[str, Any]] = {
    "clusters": {
        "data": "t.csv",
        "leave": ("id", "name"),
        "reduce": "svd",
        "clusters": 3,
        "bad_share": 0.125,
    },
    "compress": {
        "network": "nets:Net",
        "keywords": ("side=8",),
        "weights": A,
        "data": A,
        "others": (0.5, 0.25),
        "slower": 2.0,
    },
    "crowd": {
        "votes": A,
        "columns": ("t", "w", "0"),
        "wide": True,
        "redundancies": (1, 4),
        "repeated": "last",
    },
    "factors": {
        "data": A,
        "modes": ("a", "b:year"),
        "missing": 0.5,
        "ordered": ("b:year",),
        "ranks": (2, 4),
        "runs": True,
    },
    "forecast": {"data": A, "cycle": (365.25, 7), "methods": ("ets",), "levels": (50,), "date_format": "%d"},
    "graph": {"data": A, "ends": ("from", "to"), "weight": "w", "weights": "distance", "directed": True},
    "mortgage": {"data": A, "layout": "old", "memory": "4GiB", "trees": 7, "scheduler": "local"},
    "ner": {
        "words": 300,
        "columns": (0, 3),
        "plan": Plan(acquisitions=("mnlp",), start=0.25, seeds=2),
        "network": Network(encoder="transformer", keep_weights=False),
    },
    "partial": {"variants": ("uniform",), "simulate": 9, "hierarchy": A, "budget": 0.3, "seed": 8},
    "programs": {
        "data": A,
        "labels": "certified",
        "methods": ("lstm", "values"),
        "depth": 3,
        "equations": 400,
        "lr": 0.25,
    },
    "rendering": {
        "data": A,
        "methods": ("nrm", "fixmatch"),
        "labels": 40,
        "test": Path("b.csv"),
        "flip": True,
        "fewer": (10, 20),
        "lr": 0.25,
    },
    "signsgd": {
        "optimisers": ("vote", "sgd"),
        "training": Training(epochs=2, lr=(0.5, 0.25)),
        "faults": Faults(flip=0.25, liars=(0, 3)),
    },
    "topics": {
        "data": "uci:kos",
        "topics": "auto",
        "min_df": 0.001,
        "max_df": 7,
        "columns": Columns(text=("title", "body"), label="kind"),
    },
    "video": {
        "data": A,
        "frames": (4, 2),
        "reading": Reading(size=(8, 9), crop=True, every=2, colour="grey", axes="tnhw", stride=3),
        "sizes": Sizes(hidden=(2, 3), rank=2, lr=0.25),
        "bfloat16": True,
        "compare": False,
    },
    "trinity": {
        "data": A,
        "text": ("title", "body"),
        "votes": A,
        "columns": ("t", "w", "l"),
        "aggregate": "one_coin",
        "learners": ("words", "network"),
        "budget": 7,
    },
}
"""Settings of every story that are not its defaults, of each kind of value."""


def kind(story: str) -> Any:
    return importlib.import_module(f"pipelines.{story}").Config


def store(story: str, config: dict[str, Any], folder: Path) -> Path:
    told = {"pipeline": story, "config": config, "commit": "abc"}
    path = folder / "config.json"
    path.write_text(strict_json.dumps(told, "config"))
    return path


@pytest.mark.parametrize("story", sorted(pipelines.stories().keys() - {"doctor"}))
def test_every_storys_settings_are_read_as_they_were_told(story: str, tmp_path: Path) -> None:
    config = kind(story)(out=Path("elsewhere"), **TOLD[story])
    path = store(story, asdict(config), tmp_path)
    for words in (["--config", str(path)], [f"--config={tmp_path}"]):
        assert pipelines.settings(story, kind(story), words) == config


def test_options_win_over_the_file_and_that_is_told(tmp_path: Path, capsys) -> None:
    config = kind("ner")(**TOLD["ner"])
    path = store("ner", asdict(config), tmp_path)
    words = ["--seed", "5", "--config", str(path), "--start", "0.5", "--words", "300"]
    found = pipelines.settings("ner", kind("ner"), words)
    assert (found.seed, found.plan.start, found.plan.seeds, found.words) == (5, 0.5, 2, 300)
    said = capsys.readouterr().out
    assert f"--seed 5 wins over 0 of {path}" in said
    assert f"--start 0.5 wins over 0.25 of {path}" in said
    assert said.count("wins over") == 2, "what is given and equal wins over nothing"


def test_without_a_file_nothing_is_told(capsys) -> None:
    assert pipelines.settings("graph", kind("graph"), ["--drawn", "9"]) == kind("graph")(drawn=9)
    assert capsys.readouterr().out == ""


CHANGED = {
    "unknown": (lambda c: c | {"colour": 1}, "has colour, which this version does not know; remove that key"),
    "inner": (
        lambda c: c | {"plan": c["plan"] | {"x": 1}},
        r"has plan\.x, which this version does not know; remove that key",
    ),
    "missing": (
        lambda c: {k: c[k] for k in c if k != "words"},
        'has no words, which this version needs; add "words": null',
    ),
    "text": (lambda c: c | {"seed": "five"}, 'has seed "five", which is no int; mend that value'),
    "flag": (lambda c: c | {"seed": True}, "has seed true, which is no int; mend that value"),
    "places": (lambda c: c | {"columns": [0]}, r"has columns \[0\], which is no tuple"),
    "word": (lambda c: c | {"device": "tpu"}, 'has device "tpu", which is no'),
    "range": (lambda c: c | {"workers": -1}, "--workers is -1; it must be at least 0"),
}


@pytest.mark.parametrize("name", CHANGED)
def test_settings_of_another_version_are_refused_by_their_key(name: str, tmp_path: Path) -> None:
    change, message = CHANGED[name]
    told = json.loads(strict_json.dumps(asdict(kind("ner")()), "config"))
    path = store("ner", change(told), tmp_path)
    with pytest.raises(ValueError, match=message):
        pipelines.settings("ner", kind("ner"), ["--config", str(path)])


def test_what_is_no_file_of_this_story_is_refused(tmp_path: Path) -> None:
    path = store("graph", asdict(kind("graph")()), tmp_path)
    for story, place, error, message in (
        ("crowd", path, ValueError, "is of graph, not of crowd; give one of crowd"),
        ("graph", tmp_path / "no.json", FileNotFoundError, "does not exist; name a run's folder or its"),
    ):
        with pytest.raises(error, match=message):
            pipelines.settings(story, kind(story), ["--config", str(place)])
    for text, message in (
        ("{", "is damaged or not"),
        ("[" * 100_000, "is damaged or not"),
        ("[]", "holds no settings of a run"),
    ):
        path.write_text(text)
        with pytest.raises(ValueError, match=message):
            pipelines.settings("graph", kind("graph"), ["--config", str(path)])


def votes(folder: Path) -> list[str]:
    rows = [f"t{task},w{worker},{(task * worker) % 3 == 0}" for task in range(30) for worker in range(1, 5)]
    (folder / "votes.csv").write_text("\n".join(["task,worker,label", *rows]))
    return ["--votes", str(folder / "votes.csv"), "--draws", "1", "--workers", "1"]


RUNS = {
    "graph": lambda folder: ["--drawn", "7", "--directed"],
    "clusters": lambda folder: ["--rows", "150", "--clusters", "4", "--seed", "3"],
    "crowd": votes,
}


def timeless(folder: Path) -> dict[str, Any]:
    found = json.loads((folder / "metrics.json").read_text())
    return {name: value for name, value in found.items() if name != "seconds"}


@pytest.mark.parametrize("story", RUNS)
def test_a_run_again_has_the_same_numbers(story: str, tmp_path: Path, monkeypatch, capsys) -> None:
    def typed(*words: str) -> Path:
        monkeypatch.setattr(sys, "argv", [f"trinity {story}", *words])
        pipelines.run_story(story)
        return Path(capsys.readouterr().out.splitlines()[-1])

    first = typed(*RUNS[story](tmp_path), "--device", "cpu", "--out", str(tmp_path / "runs"))
    second = typed("--config", str(tmp_path / "runs" / "latest"))
    assert first != second
    assert timeless(first) == timeless(second)
    told = [json.loads((run / "config.json").read_text())["config"] for run in (first, second)]
    assert told[0] == told[1]


def test_the_kinds_of_stories_have_no_field_of_that_name() -> None:
    for story in TOLD:
        assert "config" not in {field.name for field in fields(kind(story))}


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (
            "trinity ner train --data a.conll",
            "of ner train, which takes no --config; type .* again: trinity",
        ),
        ("python -m pipelines.ner train --data a", "is of ner train, which takes no --config"),
        ("trinity ner --out ner train", "which this version needs"),
    ],
)
def test_a_command_beside_the_story_is_named(tmp_path: Path, command: str, told: str) -> None:
    kind: Any = importlib.import_module("pipelines.ner.config").Config
    found = {"pipeline": "ner", "command": command, "config": {}}
    (tmp_path / "config.json").write_text(json.dumps(found))
    with pytest.raises(ValueError, match=told):
        stored.read(tmp_path, "ner", kind)
