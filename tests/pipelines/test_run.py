"""A run's folder is whole or not there, however the run ends."""

import csv
import errno
import fcntl
import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Annotated
from unittest.mock import Mock

import numpy as np
import pytest
import xgboost
from matplotlib.figure import Figure

from etl.records import Bridge, Choice, Rejected, record
from pipelines.report import Story
from pipelines.run import AtLeast, Common, Run, Share, settings
from tests.support.waiting import LIMIT

ROOT = Path(__file__).parents[2]


@settings
class Config(Common):
    data: Path = Path("some")
    seed: int = 3


def config(out: Path) -> Config:
    return Config(out=out, device="cpu")


METRICS = {"rows": 0, "roc_auc": None, "reasons": ["<none>"]}
STORY = Story("What <was> found.", [("Judged", ["", "auc"], [["model", "0.5"]])], {})


def finish(run: Run, **metrics: object) -> Path:
    return run.finish(METRICS | metrics, story=STORY, figures={"drawing": Figure()}).folder


def folders(out: Path) -> list[str]:
    return sorted(path.name for path in (out / "story").iterdir())


def test_a_finished_run_holds_everything_and_prints_its_path_last(tmp_path: Path, capsys) -> None:
    with Run("story", config(tmp_path)) as run:
        with run.step("load"):
            time.sleep(0.01)
        run.say("cut: <in two>")
        (run.scratch / "big").write_text("x")
        folder = finish(run)
    assert capsys.readouterr().out.splitlines()[-1] == str(folder)
    files = {f"{name}.json" for name in ("config", "metrics", "ledger", "story")}
    names = files | {"figures", "report.md", "report.html"}
    assert {path.name for path in folder.iterdir()} == names
    told, metrics = (json.loads((folder / f"{name}.json").read_text()) for name in ("config", "metrics"))
    assert told["config"] == {"data": "some", "device": "cpu", "out": str(tmp_path), "seed": 3}
    assert [*told["config"]] == ["data", "device", "out", "seed"], "the story's own options come first"
    assert told["engine"]["reason"] == "the CPU was asked for"
    assert told["choices"][1] == "cut: <in two>"
    assert metrics["seconds"]["load"] >= 0.01
    assert folders(tmp_path) == [folder.name]


def test_two_runs_of_one_second_have_two_folders(tmp_path: Path) -> None:
    found = set()
    for _ in range(3):
        with Run("story", config(tmp_path)) as run:
            found.add(finish(run))
    assert len(found) == 3


def test_nan_is_refused_by_place(tmp_path: Path) -> None:
    with (
        pytest.raises(ValueError, match=r"metrics.curve\[1\] is nan"),
        Run("story", config(tmp_path)) as run,
    ):
        finish(run, curve=[1.0, float("nan")])
    assert folders(tmp_path) == []


def test_numbers_of_numpy_are_numbers_in_json(tmp_path: Path) -> None:
    given = {"share": np.float32(0.5), "count": np.int64(3), "flag": np.bool_(True), "where": Path("a")}
    with Run("story", config(tmp_path)) as run:
        folder = finish(run, mixed=given)
    found = json.loads((folder / "metrics.json").read_text())["mixed"]
    assert found == {"share": 0.5, "count": 3, "flag": True, "where": "a"}


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        (np.float32("nan"), ValueError, "metrics.mixed is nan"),
        (np.zeros(3), TypeError, "metrics.mixed is of type ndarray; write numbers"),
    ],
)
def test_what_json_cannot_hold_is_refused(
    value: object, error: type[Exception], message: str, tmp_path: Path
) -> None:
    with (
        pytest.raises(error, match=message),
        Run("story", config(tmp_path)) as run,
    ):
        finish(run, mixed=value)


def test_a_failure_leaves_only_what_was_set_aside(tmp_path: Path) -> None:
    def fail(aside: bool) -> None:
        with Run("story", config(tmp_path)):
            if aside:
                record(Rejected(file="loans.txt", reason="a field is missing", line=7, text="1|2"))
            raise ValueError("lost")

    for aside in (False, True):
        with pytest.raises(ValueError, match="lost"):
            fail(aside)
        assert bool(folders(tmp_path)) == aside
    (failed,) = (tmp_path / "story").iterdir()
    assert failed.name.startswith("failed-")
    assert {path.name for path in failed.iterdir()} == {"quarantine.csv", "error.txt"}
    with (failed / "quarantine.csv").open(newline="") as file:
        assert list(csv.reader(file)) == [
            ["file", "line", "rows", "reason", "text"],
            ["loans.txt", "7", "1", "a field is missing", "1|2"],
        ]
    assert "ValueError: lost" in (failed / "error.txt").read_text()


def start(out: Path) -> subprocess.Popen:
    """A run in another process, which waits in the middle for the end of its input."""
    code = (
        "import sys\nfrom pathlib import Path\nfrom pipelines.run import Common, Run\n"
        f"with Run('story', Common(out=Path({str(out)!r}), device='cpu')) as run:\n"
        "    (run.scratch / 'half').write_text('x')\n    print('ready', flush=True)\n    sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", code]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    while "ready" not in process.stdout.readline():
        assert process.poll() is None
    return process


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_killed_run_leaves_nothing_that_looks_whole(number: signal.Signals, tmp_path: Path, capfd) -> None:
    process = start(tmp_path)
    process.send_signal(number)
    process.wait(LIMIT)
    process.communicate()
    left = folders(tmp_path)
    assert all(name.startswith(".") for name in left)
    assert bool(left) == (number == signal.SIGKILL)
    with Run("story", config(tmp_path)) as run:
        folder = finish(run)
    assert folders(tmp_path) == [folder.name]
    assert ("left by a run that was killed" in capfd.readouterr().out) == bool(left)


def test_a_run_that_works_is_not_cleared_by_another(tmp_path: Path) -> None:
    process = start(tmp_path)
    with Run("story", config(tmp_path)) as run:
        finish(run)
    assert any(name.startswith(".") for name in folders(tmp_path))
    process.kill()
    process.communicate()


def dead_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_run_in_another_container_is_not_cleared(tmp_path: Path) -> None:
    """Its process is not to be seen from here, but it holds its folder."""
    folder = tmp_path / "story" / f".20200101-000000.partial-{dead_process()}"
    folder.mkdir(parents=True)
    held = os.open(folder, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    with Run("story", config(tmp_path)):
        assert folder.exists()
    os.close(held)
    with Run("story", config(tmp_path)):
        assert not folder.exists()


def test_what_a_killed_process_of_our_number_left_is_cleared(tmp_path: Path) -> None:
    """In a container each run has the same process number."""
    left = tmp_path / "story" / f".20200101-000000.partial-{os.getpid()}"
    number = dead_process()
    others = [f".kept.partial-{number}", ".kept.partial-copy", f".20200102-000000.partial-{number}"]
    left.mkdir(parents=True)
    for name in others:
        (tmp_path / "story" / name).mkdir()
        (tmp_path / "story" / name / "mine").touch()
    with Run("story", config(tmp_path)) as run:
        assert not left.exists()
        assert run.folder.exists()
    assert folders(tmp_path) == sorted(others), "what users hide there is theirs"


def test_a_full_disk_tells_what_stays(small_disk: Path) -> None:
    with (
        pytest.raises(OSError, match=r"removed from it; .*rounds-[0-9a-f]{8} stays"),
        Run("story", config(small_disk)) as run,
        run.resumable("rounds"),
        run.step("write"),
    ):
        (run.scratch / "big").write_bytes(os.urandom(8 << 20))


def test_what_is_resumable_outlives_a_run_that_fails_until_one_is_done(tmp_path: Path) -> None:
    def work(*told: int) -> list[str]:
        with Run("story", config(tmp_path)) as run, run.resumable("rounds", *told) as folder:
            found = [path.name for path in folder.iterdir()]
            (folder / "first").touch()
            if not found:
                with run.resumable("rounds", *told):
                    pytest.fail("two hold it")
        return found

    with pytest.raises(RuntimeError, match="another run works in"):
        work(1)
    assert len(list((tmp_path / "story").glob(".rounds-*"))) == 1
    with pytest.raises(RuntimeError, match="another run works in"):
        work(2)
    assert work(1) == ["first"], "it goes on"
    assert len(list((tmp_path / "story").glob(".rounds-*"))) == 1, "and the other one stays"


def test_a_full_disk_is_named_with_its_remedy(small_disk: Path) -> None:
    with (
        pytest.raises(OSError, match=r"is full .*bytes free.*--out") as caught,
        Run("story", config(small_disk)) as run,
        run.step("write"),
    ):
        (run.scratch / "big").write_bytes(os.urandom(8 << 20))
    assert caught.value.errno == errno.ENOSPC
    assert str(caught.value).count("is full") == 1
    assert "(0 bytes free" in str(caught.value)
    assert folders(small_disk) == []


def test_a_limit_of_the_size_of_files_is_named_with_its_remedy(tmp_path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with (
            pytest.raises(OSError, match=r"larger than the system's limit \(File too large\); .*ulimit -f"),
            Run("story", config(tmp_path)) as run,
        ):
            (run.scratch / "big").write_bytes(bytes(200_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert folders(tmp_path) == []


def test_a_disk_that_is_full_from_the_start_is_named(small_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,nr_inodes=2", str(small_disk)], check=True)
    run = Run("story", config(small_disk / "runs"))
    with pytest.raises(OSError, match=r"runs/story is full .*--out"), run:
        pass


def save(booster: xgboost.Booster, folder: Path) -> dict[str, str]:
    booster.save_model(folder / "trees.ubj")
    return {}


def test_a_model_that_does_not_fit_on_the_disk_is_told_as_a_full_disk(small_disk: Path) -> None:
    rng = np.random.default_rng(0)
    data = xgboost.DMatrix(rng.random((4000, 10)), label=rng.random(4000))
    model = Mock(save=partial(save, xgboost.train({"max_depth": 8}, data, 60)))
    (small_disk / "most").write_bytes(b"x" * (3_900 << 10))
    with (
        pytest.raises(OSError, match=r"is full .*--out") as caught,
        Run("story", config(small_disk)) as run,
    ):
        run.finish(METRICS, story=STORY, figures={}, model=model)
    assert caught.value.errno == errno.ENOSPC
    assert folders(small_disk) == []


def test_what_is_recorded_reaches_the_report_without_the_pipeline(tmp_path: Path, capsys) -> None:
    with Run("story", config(tmp_path)) as run:
        with run.step("load"):
            for _ in range(2):
                record(Choice(reason="graph: SciPy's, as the edges are few"))
            record(Rejected(file="a.csv", reason="no label", rows=3))
            record(Rejected(file="b.csv", reason="no <task>", line=2, text="x,\ny"))
            record(Bridge(source="cupy", target="numpy", bytes=8, copies="host"))
        folder = finish(run)
    found, told, ledger = (
        json.loads((folder / f"{name}.json").read_text()) for name in ("metrics", "config", "ledger")
    )
    assert (found["quarantined"], found["host_crossings"]) == (4, 1)
    assert [row["stage"] for row in ledger] == ["load"]
    assert told["choices"].count("graph: SciPy's, as the edges are few") == 1
    assert capsys.readouterr().out.count("graph: SciPy's") == 1
    assert "SciPy's" in (folder / "report.md").read_text()
    with (folder / "quarantine.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["file"], row["line"], row["rows"], row["text"]) for row in rows] == [
        ("a.csv", "", "3", ""),
        ("b.csv", "2", "1", "x,\\ny"),
    ]
    assert {path.stem for path in (folder / "figures").iterdir()} == {"drawing", "timeline", "ledger"}


def test_a_step_says_when_it_begins_and_that_it_lives(tmp_path: Path, capsys, monkeypatch) -> None:
    monkeypatch.setattr("etl.records.waiting.LOG", 0.01)
    seen = ""
    with Run("story", config(tmp_path)) as run, run.step("fit"):
        end = time.monotonic() + LIMIT
        while "s so far" not in seen and time.monotonic() < end:
            time.sleep(0.01)
            seen += capsys.readouterr().out
    assert re.search(r"fit \.\.\.\n  fit: \d+ s so far", seen)
    assert "fit   " in capsys.readouterr().out


@settings
class Ranged(Common):
    draws: Annotated[int, AtLeast(1)] = 5
    start_share: Annotated[float, Share("the words")] = 0.5


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seed": -1}, "--seed is -1; it must be at least 0"),
        ({"draws": 0}, "--draws is 0; it must be at least 1"),
        ({"start_share": 0.0}, "--start-share is 0.0; it is a share of the words, above 0 and at most 1"),
        ({"start_share": 1.5}, "--start-share is 1.5; it is a share"),
    ],
)
def test_a_value_out_of_its_range_is_refused_when_the_settings_are_made(options, message) -> None:
    with pytest.raises(ValueError, match=message):
        Ranged(**options)
    assert Ranged(draws=1, start_share=1.0).draws == 1
