"""Systems that disagree about the result are not timed: no figure of theirs is printed or written."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from benchmarks import harness
from benchmarks.crowd import run as crowd
from benchmarks.graph import run as graph
from benchmarks.learners import run as learners
from benchmarks.mortgage import run as mortgage
from benchmarks.partial import run as partial
from benchmarks.tensors import run as tensors
from benchmarks.text import run as text
from benchmarks.video import run as video

Measure = Callable[..., harness.Sample]
TIME = 987.654


@pytest.mark.parametrize("asked", [{}, {"layers": True, "heads": True}])
def test_no_part_and_two_are_refused_by_the_options_as_they_are_typed(asked: dict[str, bool]) -> None:
    with pytest.raises(ValueError, match=f"one part, not for {len(asked)}: --layouts, .*--completion"):
        tensors.main(tensors.Config(**asked))
    with pytest.raises(ValueError, match="--device-curves"):
        video.main(video.Config())


def measured(digests: dict[str, Any], asked: list[str]) -> Measure:
    """A `harness.measure` that does no work: each system finds what is given, and each run has a number."""

    def measure(system: str, request: dict[str, Any], python: Path | None = None) -> harness.Sample:
        asked.append(system)
        costs = {"cpu_s": TIME, "wall_s": TIME, "loaded_mb": 1.0, "peak_mb": 2.0}
        return costs | {"digest": digests[system], "number": len(asked)}

    return measure


def test_systems_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(
        harness, "measure", measured({"x.a": {"sum": 1.0}, "x.b": {"sum": 1.0 + 1e-7}}, asked)
    )

    samples = harness.alternate(("x.a", "x.b"), {}, 3)

    assert asked == ["x.a", "x.b"] * 3
    assert [sample["number"] for sample in samples["x.a"]] == [1, 3, 5]
    assert [sample["number"] for sample in samples["x.b"]] == [2, 4, 6]


@pytest.mark.parametrize("repeat", [1, 3])
@pytest.mark.parametrize("other", [{"sum": 1.0 + 1e-3}, {"sum": "1.0"}, {"rows": 1.0}, {}])
def test_systems_that_disagree_are_stopped_after_one_turn(
    other: dict[str, Any], repeat: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(harness, "measure", measured({"x.a": {"sum": 1.0}, "x.b": other}, asked))

    with pytest.raises(ValueError, match="x.a and x.b disagree about (sum|rows): "):
        harness.alternate(("x.a", "x.b"), {}, repeat)

    assert asked == ["x.a", "x.b"]
    assert capsys.readouterr().out == ""


def _crowd(folder: Path) -> Any:
    return crowd.Config(sizes=(100,), workers=20, classes=3, repeat=1, data=folder, out=folder / "out.json")


def _mortgage(folder: Path) -> Any:
    return mortgage.Config(sizes=(200,), threads=(1,), repeat=1, data=folder, out=folder / "out.json")


def _text(folder: Path) -> Any:
    (folder / "text" / "arxiv").mkdir(parents=True)
    (folder / "text" / "arxiv" / "abstracts_30k.tsv.gz").touch()
    return text.Config(data=folder, repeat=1, out=folder / "out.json")


def _graph(folder: Path) -> Any:
    return graph.Config(sizes=(100,), operations=("bfs",), repeat=1, out=folder / "out.json")


def _partial(folder: Path) -> Any:
    return partial.Config(
        (40,), ("flat",), ("edc",), 30, 2, 1, hierarchy=folder, data=folder, out=folder / "out.json"
    )


@pytest.mark.parametrize(
    ("comparison", "config"),
    [(crowd, _crowd), (mortgage, _mortgage), (text, _text), (graph, _graph), (partial, _partial)],
    ids=["crowd", "mortgage", "text", "graph", "partial"],
)
@pytest.mark.parametrize("wrong", [False, True])
def test_no_comparison_tells_a_time_before_results_are_compared(
    wrong: bool,
    comparison: ModuleType,
    config: Callable[[Path], Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = {"rows": 1, "label": 1, "tokens": 1, "asked": 1}
    asked: list[str] = []

    class Found(dict[str, dict[str, int]]):
        def __missing__(self, system: str) -> dict[str, int]:
            return found | {"sum": len(set(asked)) if wrong else 0}

    monkeypatch.setattr(harness, "measure", measured(Found(), asked))
    given = config(tmp_path)
    if wrong:
        with pytest.raises(ValueError, match="disagree about sum: 1 and 2"):
            comparison.main(given)
    else:
        comparison.main(given)

    assert bool(re.search(r"987\.65|cpu 1\.0", capsys.readouterr().out)) != wrong  # a time, or a ratio
    assert given.out.exists() != wrong
    assert wrong or json.loads(given.out.read_text())["results"][0]["cpu_s"] == TIME


def test_learners_on_two_devices_that_disagree_are_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    scores = iter([0.9, 0.2])
    sample = {"cpu_s": TIME, "wall_s": TIME, "peak_mb": 2.0}
    monkeypatch.setattr(harness, "measure", lambda *_: sample | {"digest": {"score": next(scores)}})
    with pytest.raises(ValueError, match="cpu and gpu disagree about score"):
        learners.measured(learners.Config(repeat=2), "linear_model.Ridge", 10)
