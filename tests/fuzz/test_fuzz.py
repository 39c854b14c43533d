"""Mutated files end in the right numbers or in one line; ``TRINITY_FUZZ_CASES`` asks for more of them."""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz import child, kills
from tests.fuzz.case import differences, judged
from tests.fuzz.child import End
from tests.fuzz.mutants import changed
from tests.fuzz.seeds import Seed

ROOT = Path(__file__).parents[2]
CASES = int(os.environ.get("TRINITY_FUZZ_CASES", "2"))
STORIES = (
    *(
        "clusters",
        "compress",
        "crowd",
        "factors",
        "forecast",
        "graph",
        "mortgage",
        "ner",
        "partial",
        "topics",
    ),
    "trinity",
    "video",
    "rendering",
    "programs",
)
SEED = Seed("graph", "--data @e.csv", "e.csv", {"e.csv": b"source,target\na,b\nb,c\nc,a\n"}, ",", True)


@pytest.mark.parametrize("story", STORIES)
def test_mutated_files_end_in_the_right_numbers_or_in_one_line(story: str) -> None:
    """In an interpreter of its own, as threads of other tests do not live through a fork."""
    if story in ("compress", "forecast", "ner", "partial", "video", "rendering", "programs"):
        pytest.importorskip("torch")
    command = [
        sys.executable,
        "-m",
        "tests.fuzz",
        "--stories",
        story,
        "--cases",
        str(CASES),
        "--workers",
        "1",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace")
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


@pytest.mark.parametrize(
    ("end", "oracle", "verdict"),
    [
        (End("right", "", {"n": 1.0}), "any", "right"),
        (End("told", "error: /tmp/fuzz-1/e.csv is empty; give edges"), "any", "told"),
        (End("told", "error: it is empty; give edges"), "any", "no place"),
        (End("told", "error: e.csv is odd"), "any", "no remedy"),
        (End("told", "error: e.csv\nis empty; give edges"), "any", "lines"),
        (End("told", "error: e.csv is empty; give edges"), "same", "refused"),
        (End("traceback", "KeyError"), "any", "traceback"),
        (End("hang", ""), "same", "hang"),
    ],
)
def test_an_end_is_judged_by_what_the_mutation_allows(end: End, oracle: str, verdict: str) -> None:
    assert judged(SEED, changed(SEED, b"", oracle=oracle), end, "edges")[0] == verdict


def test_metrics_that_differ_are_named() -> None:
    one = {"a": [1.0, {"b": 2.0}], "seconds": 1, "c": "x"}
    assert list(differences(one, {"a": [1.0 + 1e-12, {"b": 2.0}], "seconds": 9, "c": "x"})) == []
    found = list(differences(one, {"a": [1.0, {"b": 2.1}], "c": "y"}))
    assert found == [".a[1].b: 2.0 became 2.1", '.c: "x" became "y"']


def test_a_run_that_fails_or_never_ends_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(story: str) -> None:
        home = tmp_path / "half" / story / ".20240101-000000.partial-1"
        {"half": lambda: home.mkdir(parents=True), "odd": lambda: 1 / 0}[story]()

    monkeypatch.setattr(child, "run_story", fail)
    assert child.run("odd", [], tmp_path / "odd", 20).how == "traceback"
    assert child.run("half", [], tmp_path / "half", 20).how == "half"
    reading, writing = os.pipe()
    monkeypatch.setattr(child, "run_story", lambda story: os.read(reading, 1))
    assert child.run("slow", [], tmp_path / "slow", 1).how == "hang"
    monkeypatch.setattr(child, "run_story", lambda story: os.kill(os.getpid(), 9))
    assert child.run("dead", [], tmp_path / "dead", 20).how == "crash"
    os.close(writing)


def test_a_run_that_is_killed_leaves_nothing_and_the_next_is_whole() -> None:
    """Ctrl-C may come while Python itself starts."""
    strikes = [(sent, random.Random(sent).uniform(0.3, 0.9)) for sent in ("TERM", "KILL")]
    found = kills.killed("graph", *strikes)
    assert found.verdict == "right", found


def test_what_a_killed_run_leaves_is_seen(tmp_path: Path) -> None:
    home = tmp_path / "runs" / "graph"
    (home / "20260101-000000").mkdir(parents=True)
    with pytest.raises(AssertionError, match="error"):
        kills.whole(SEED, tmp_path)
    assert kills.left(home) == ["20260101-000000"]
