"""Engines to test on, and real data where it is there."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "Agg")

import pytest
from hypothesis import HealthCheck, settings

from etl.engine import Engine, choose, devices
from etl.machine import cores
from tests.support.real import unpacked

settings.register_profile("trinity", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("trinity")
MOST_WORKERS = 8
"""Processes that run tests side by side, at most: each holds a gigabyte and more."""
ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared" / "data"
SMALL = ROOT / "tests" / "data"
"""Files of it that may ship, under the same names; see the README there."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """What ``-n auto`` is: the cores that may be used here, which a container may bound."""
    return min(cores(), MOST_WORKERS)


@pytest.fixture(params=["cpu", pytest.param("gpu", marks=pytest.mark.gpu)])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each test body runs on the CPU and, where a device answers, on the GPU."""
    if request.param == "gpu" and not devices()[0]:
        pytest.skip(devices()[1])
    return choose(request.param)


@pytest.fixture
def hears_ctrl_c() -> Iterator[None]:
    """Ctrl-C reaches this process and those it starts, also in the background, where a shell ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def _real(name: str, what: str) -> Path:
    folder = SHARED / name
    if not folder.exists():
        pytest.skip(f"{what} at {folder}")
    return folder


@pytest.fixture(scope="session")
def real_mortgage() -> Path:
    """Directory of real loan files of both layouts; they may not be shipped."""
    return _real("mortgage", "the real loan files are not")


@pytest.fixture(scope="session")
def real_crowd() -> Path:
    """Directory of real votes with gold labels; they may not be shipped."""
    return _real("crowd", "the real votes are not")


@pytest.fixture(scope="session")
def real_text() -> Path:
    """Directory of real texts and counts of words; they may not be shipped."""
    return _real("text", "the real texts are not")


@pytest.fixture(scope="session")
def real_ner(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Directory of real sentences with tagged names; without ``../shared``, of those files that may ship."""
    whole = SHARED / "ner"
    return whole if whole.exists() else unpacked(SMALL / "ner", tmp_path_factory.mktemp("ner"))


@pytest.fixture(scope="session")
def real_hierarchy() -> Path:
    """Directory of WordNet's nouns, or those above the 200 classes, and the questions of these."""
    whole = SHARED / "hierarchy"
    return whole if whole.exists() else SMALL / "hierarchy"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MiB, where this process may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)], capture_output=True, text=True
    )
    if done.returncode:
        pytest.skip(f"no small file system can be mounted here: {done.stderr.strip()}")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)
