"""Whatever fails is one line on the terminal; of a fault of ours the traceback is in a file that it names."""

import importlib
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines import run_story
from pipelines.endings import one_line
from pipelines.report import Story
from pipelines.run import Common, Run
from tests.support.waiting import LIMIT

ROOT = Path(__file__).parents[2]


def ended(error: BaseException, monkeypatch: pytest.MonkeyPatch, out: Path | None = None) -> SystemExit:
    """How the graph story ends that raises this error, in a run or before one."""

    def main(config: object) -> None:
        if out is None:
            raise error
        with Run("graph", Common(out=out, device="cpu")):
            raise error

    monkeypatch.setattr(importlib.import_module("pipelines.graph.pipeline"), "main", main)
    monkeypatch.setattr(sys, "argv", ["graph"])
    with pytest.raises(SystemExit) as caught:
        run_story("graph")
    return caught.value


class CancelledError(Exception):
    """As a library has one of its own."""


OURS = [KeyError("label"), TypeError("a\nb"), AttributeError(), CancelledError("gone")]


@pytest.mark.parametrize("error", OURS)
@pytest.mark.parametrize("runs", [True, False])
def test_a_fault_of_ours_is_one_line_that_names_the_file_of_its_traceback(
    error: Exception, runs: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    error = type(error)(*error.args)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    told = str(ended(error, monkeypatch, tmp_path if runs else None).code)
    assert told.startswith(f"error: this is a fault of Trinity and not of yours ({type(error).__name__}")
    assert "\n" not in told
    place = Path(re.search(r"the traceback is in (\S+)\. ", told)[1])
    assert (place.name == "error.txt") == runs
    kept = place.read_text()
    assert kept.startswith("Traceback (most recent call last):")
    assert "in main" in kept
    if runs:
        assert [path.name for path in (tmp_path / "graph").iterdir()] == [place.parent.name]
        assert place.parent.name.startswith("failed-")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ValueError("a is wrong\n\n  give b"), "error: a is wrong give b"),
        (OSError(2, "No such file", "a.csv"), "error: [Errno 2] No such file: 'a.csv'; check that path"),
        (PermissionError(13, "Not yours", "a"), "error: [Errno 13] Not yours: 'a'; ask for the right to it"),
        (MemoryError(), "error: memory ran out; give fewer rows"),
        (MemoryError("Unable to allocate 7 GiB"), "error: memory ran out (Unable to allocate 7 GiB); give"),
        (
            RuntimeError(
                "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory"
            ),
            "error: memory ran out ([enforce fail at",
        ),
        (RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"), "error: memory ran out (CUDA out of"),
        (OSError(12, "Cannot allocate memory"), "error: memory ran out ([Errno 12]"),
        (RuntimeError(), "error: RuntimeError, which says no more"),
        (RecursionError("too deep"), "error: too deep"),
    ],
)
def test_what_a_user_can_mend_is_told_on_one_line(
    error: Exception, told: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = str(ended(error, monkeypatch, tmp_path).code)
    assert found.startswith(told)
    assert "\n" not in found
    assert one_line(error) in found
    assert list((tmp_path / "graph").iterdir()) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("two classes are needed", "two classes are needed; given were --data {}"),
        ("{} is empty; fill it", "{} is empty; fill it"),
        (MemoryError(), f"{one_line(MemoryError())}; given were --data {{}}"),
        ("the data ends; give more", "the data ends; give more; given were --data {}"),
        ("edges.csv, line 3, is wrong; mend it", "edges.csv, line 3, is wrong; mend it"),
        ("the disk is full; choose --out", "the disk is full; choose --out"),
    ],
)
def test_what_names_no_file_is_told_with_those_that_were_given(
    text: str | MemoryError, told: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "edges.csv"

    def main(config: object) -> None:
        raise text if isinstance(text, MemoryError) else ValueError(text.format(path))

    monkeypatch.setattr(importlib.import_module("pipelines.graph.pipeline"), "main", main)
    monkeypatch.setattr(sys, "argv", ["graph", "--data", str(path)])
    with pytest.raises(SystemExit) as caught:
        run_story("graph")
    assert caught.value.code == f"error: {told.format(path)}"


@pytest.mark.usefixtures("hears_ctrl_c")
def test_ctrl_c_is_one_line_and_its_own_exit_code(tmp_path: Path) -> None:
    """Sent to the process group, as a terminal does; spawned workers say nothing."""
    pytest.importorskip("torch")
    words = ["--device", "cpu", "--workers", "2", "--out", str(tmp_path)]
    process = subprocess.Popen(
        [sys.executable, "-m", "pipelines.signsgd", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    while "train ..." not in process.stdout.readline():
        assert process.poll() is None
    os.killpg(process.pid, signal.SIGINT)
    _, complaints = process.communicate(timeout=LIMIT)
    assert process.returncode == 130
    assert complaints == "stopped by Ctrl-C\n"
    assert list((tmp_path / "signsgd").iterdir()) == []


class Careless:
    """Python drops what is raised while such an object is given up."""

    def __del__(self) -> None:
        os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("when", ["in a step", "between steps", "at the end"])
def test_a_signal_that_python_drops_ends_the_run_at_the_next_step(when: str, tmp_path: Path) -> None:
    reached = []

    def work() -> None:
        with Run("story", Common(out=tmp_path, device="cpu")) as run:
            with run.step("load"):
                if when == "in a step":
                    Careless()
                reached.append("load")
            if when == "between steps":
                Careless()
            with run.step("fit"):
                reached.append("fit")
            Careless()
            run.finish({}, story=Story("", [], {}), figures={})

    with pytest.raises(SystemExit) as caught:
        work()
    assert caught.value.code == 128 + signal.SIGTERM
    assert reached == (["load", "fit"] if when == "at the end" else ["load"])
    assert list((tmp_path / "story").iterdir()) == []


class Interrupted:
    """Python drops what is raised while such an object is given up."""

    def __del__(self) -> None:
        os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.usefixtures("hears_ctrl_c")
def test_ctrl_c_that_python_drops_ends_the_run_at_the_next_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached: list[str] = []

    def main(config: object) -> None:
        with Run("graph", Common(out=tmp_path, device="cpu")) as run:
            Interrupted()
            with run.step("load"):
                reached.append("load")

    monkeypatch.setattr(importlib.import_module("pipelines.graph.pipeline"), "main", main)
    monkeypatch.setattr(sys, "argv", ["graph"])
    with pytest.raises(SystemExit) as caught:
        run_story("graph")
    assert (caught.value.code, reached, list((tmp_path / "graph").iterdir())) == (130, [], [])


@pytest.mark.usefixtures("hears_ctrl_c")
def test_an_import_that_ctrl_c_ended_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def main(config: object) -> None:
        try:
            os.kill(os.getpid(), signal.SIGINT)
        except KeyboardInterrupt as error:
            raise ImportError("a library failed to import") from error

    monkeypatch.setattr(importlib.import_module("pipelines.graph.pipeline"), "main", main)
    monkeypatch.setattr(sys, "argv", ["graph"])
    with pytest.raises(SystemExit) as caught:
        run_story("graph")
    assert caught.value.code == 130
