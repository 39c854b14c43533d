import gzip
import json
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from etl.engine import devices as usable
from etl.machine import GIB, parse_bytes
from pipelines import stories
from pipelines.doctor.device import look_at_device
from pipelines.doctor.pipeline import Config, diagnose

ROOT = Path(__file__).parents[3]


def doctor(*words: str, **more) -> subprocess.CompletedProcess:
    command = [sys.executable, *more.pop("flags", []), "-m", "pipelines.doctor", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, **more)


def diagnosis(*words: str) -> dict:
    done = doctor(*words, "--json")
    found = json.loads(done.stdout)
    assert done.returncode == found["code"], done.stderr
    return found


@pytest.fixture
def loans(tmp_path) -> Path:
    """A file of the combined layout with 80,000 rows."""
    path = tmp_path / "2017Q1.csv"
    rest = "|".join(["7"] * 105)
    path.write_text("".join(f"|{100 + row // 40}|012017|{rest}\n" for row in range(80_000)))
    return path


def test_text_has_every_section_and_the_verdict():
    done = doctor()
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert [line for line in lines if not line.startswith(" ")] == [
        "machine",
        "device",
        "device runs",
        "libraries",
        "traps",
        "The CPU path works.",
    ]
    assert any(f"pandas {metadata.version('pandas')}" in line for line in lines)


def test_every_story_is_told_to_have_run_on_a_gpu_or_not():
    said = [one["what"] for one in diagnosis()["findings"] if one["section"] == "device runs"]
    told = {what.split()[0] for what in said}
    assert told == {"engine", *stories()} - {"doctor"}
    assert all("has not run" in what or "passed on" in what or "failed on" in what for what in said)


def test_json_tells_versions_states_and_remedies():
    found = diagnosis()
    assert found["plan"] is None
    assert {one["state"] for one in found["findings"]} <= {"ok", "absent", "warning", "error"}
    for one in found["findings"]:
        assert one["what"]
        assert one["remedy"] or one["state"] == "ok" or "no NVIDIA driver" in one["what"]
    said = {one["what"] for one in found["findings"] if one["section"] == "libraries"}
    assert {f"{name} {metadata.version(name)}" for name in ("numpy", "pyarrow", "dask")} <= said


def test_data_is_planned_for_within_the_asked_memory(loans):
    found = diagnosis("--data", str(loans), "--memory", "600MiB", "--workers", "2")
    size, made = loans.stat().st_size, found["plan"]
    assert found["code"] == 0
    assert made["pieces"] * made["piece_bytes"] >= size
    assert made["pieces"] >= 4
    assert made["feature_bytes"] == pytest.approx(80_000 * 125, rel=0.01)
    assert made["peak_bytes"] < parse_bytes("600MiB")
    assert any("600MiB was asked for" in reason for reason in made["reasons"])
    said = [one["what"] for one in found["findings"] if one["section"] == "data"]
    assert set(made["reasons"]) <= set(said)
    assert any("expected peak" in text for text in said)


def test_too_little_memory_is_an_error_whose_remedy_works(loans):
    found = diagnosis("--data", str(loans), "--memory", "300MiB", "--workers", "16")
    last = found["findings"][-1]
    assert (found["code"], found["plan"], last["state"]) == (1, None, "error")
    assert "300MiB was asked for" in last["what"]
    workers = last["remedy"].split("--workers ")[1]
    assert diagnosis("--data", str(loans), "--memory", "300MiB", "--workers", workers)["code"] == 0


@pytest.mark.parametrize(
    ("content", "cause", "remedy"),
    [
        (None, "does not exist", "give a file or folder of loans"),
        (b"", "is empty", "fetch it again"),
        (b"a|b\n", "2 fields", "31"),
    ],
)
def test_data_that_cannot_be_read_is_named(tmp_path, content, cause, remedy):
    path = tmp_path / "2017Q1.csv"
    if content is not None:
        path.write_bytes(content)
    done = doctor("--data", str(path))
    assert (done.returncode, done.stderr) == (1, "")
    assert f"{path} " in done.stdout
    assert cause in done.stdout
    assert remedy in done.stdout
    assert "It will not run" in done.stdout.splitlines()[-1]


def test_an_amount_that_is_none_is_an_error():
    found = diagnosis("--memory", "4G")
    assert found["code"] == 1
    assert any("'4G'" in one["what"] and "4GiB" in one["remedy"] for one in found["findings"])


def test_packed_and_spooled_data_need_disk(tmp_path, loans):
    packed = tmp_path / "packed" / "2017Q1.csv.gz"
    packed.parent.mkdir()
    packed.write_bytes(gzip.compress(loans.read_bytes()))
    said = [one.what for one in diagnose(Config(packed, "8GiB", 2)).findings if one.what.startswith("disk: ")]
    assert said[-1].startswith("disk: 17.")
    said = [one.what for one in diagnose(Config(loans, "8GiB", 2)).findings if one.what.startswith("disk: ")]
    assert said[-1].startswith("disk: 0 B of")


def test_it_runs_where_the_checked_libraries_are_missing(tmp_path):
    """Only what the doctor itself imports is there: tyro and psutil, with what they need."""
    wanted, names = ["tyro", "psutil"], set()
    while wanted:
        found = metadata.distribution(wanted.pop())
        for place in {Path(file).parts[0] for file in found.files or () if ".." not in Path(file).parts}:
            if not (tmp_path / place).exists():
                (tmp_path / place).symlink_to(found.locate_file(place))
        names.add(found.name)
        for line in found.requires or ():
            need = Requirement(line)
            if (need.marker is None or need.marker.evaluate({"extra": ""})) and need.name not in names:
                wanted.append(need.name)
    done = doctor("--json", flags=["-S"], env={**os.environ, "PYTHONPATH": str(tmp_path)})
    found = json.loads(done.stdout)
    errors = {one["what"]: one["remedy"] for one in found["findings"] if one["state"] == "error"}
    assert (done.returncode, done.stderr) == (1, "")
    assert "'pandas>=3.0,<3.1'" in errors["pandas is not installed"]
    assert "xgboost-cpu is not installed" in errors
    assert not any(name in what for what in errors for name in ("torch", "cudf", "cupy"))


def test_gpu_libraries_that_do_not_load_leave_the_cpu_path(tmp_path):
    for name in ("cupy", "cudf"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise ImportError('libcuda.so.1: cannot open')\n")
    done = doctor("--json", env={**os.environ, "PYTHONPATH": str(tmp_path)})
    found = json.loads(done.stdout)
    broken = [one for one in found["findings"] if "libcuda.so.1" in one["what"]]
    assert [(one["state"], one["gpu"]) for one in broken] == [("error", True)]
    assert done.returncode == 0


@pytest.mark.gpu
def test_the_device_is_described():
    if not usable()[0]:
        pytest.skip(usable()[1])
    _, devices, found = look_at_device("580.1")
    assert devices[0].capability >= (7, 0)
    assert devices[0].memory > GIB
    assert any(devices[0].name in one.what for one in found)
