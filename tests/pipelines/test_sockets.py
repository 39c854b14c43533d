"""Every mode listens on this machine alone: the sockets of its processes are looked at while it works."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.support.labelling import text
from tests.support.waiting import LIMIT

ROOT = Path(__file__).parents[2]
LOOPBACK = {"127.0.0.1", "::1"}


def listening(process: psutil.Process) -> set[str]:
    """Addresses on which a process and its descendants listen."""
    found = set()
    with contextlib.suppress(psutil.NoSuchProcess):
        for each in (process, *process.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                links = each.net_connections("inet")
                found |= {link.laddr.ip for link in links if link.status == psutil.CONN_LISTEN}
    return found


@contextmanager
def started(*words: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", *words], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        yield process
    finally:
        for each in psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []:
            each.kill()
        process.kill()
        process.communicate()


def seen(until: set[str], *words: str) -> set[str]:
    """Addresses on which a story listens, until it does on as many or has ended."""
    found: set[str] = set()
    with started(*words) as process:
        end = time.monotonic() + LIMIT
        while process.poll() is None and time.monotonic() < end and not (until and found >= until):
            found |= listening(psutil.Process(process.pid))
            time.sleep(0.02)
        if until:
            time.sleep(0.5)
            found |= listening(psutil.Process(process.pid))
    return found


def test_a_cluster_of_this_machine(tmp_path: Path) -> None:
    from etl.engine import choose
    from etl.executors import active

    with active(choose("cpu"), 2, "local"):
        found = listening(psutil.Process())
    assert found
    assert found <= LOOPBACK


def test_workers_that_vote(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    words = ["--device", "cpu", "--workers", "2", "--out", str(tmp_path)]
    found = seen({"127.0.0.1"}, "pipelines.signsgd", *words)
    assert found
    assert found <= LOOPBACK


def test_the_labelling_page(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    data = text(tmp_path / "text.txt")
    words = ["label", "--data", str(data), "--out", str(tmp_path / "out"), "--device", "cpu", "--no-open"]
    assert seen({"127.0.0.1"}, "pipelines.ner", *words) == {"127.0.0.1"}


@pytest.mark.parametrize(
    "story", ["graph", "compress", "crowd", "factors", "programs", "rendering", "trinity", "video"]
)
def test_a_story_on_threads_listens_nowhere(story: str, tmp_path: Path) -> None:
    few = {
        "graph": ["--drawn", "9"],
        "compress": ["--epochs", "1", "--others"],
        "crowd": ["--workers", "1", "--draws", "1"],
        "factors": ["--ranks", "2"],
        "programs": ["--equations", "200", "--epochs", "1", "--methods", "tree_nn"],
        "rendering": ["--steps", "1", "--methods", "nrm"],
        "video": ["--steps", "1", "--hidden", "2", "2", "--no-compare"],
        "trinity": ["--workers", "1", "--learners", "logistic", "--topics", "0"],
    }[story]
    found = seen(set(), f"pipelines.{story}", "--device", "cpu", "--out", str(tmp_path), *few)
    assert found == set()
