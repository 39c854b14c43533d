"""``auto`` takes a GPU for what has passed on one, and for nothing else."""

import json
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from etl import engine
from etl.engine import choose, device_runs
from etl.engine.device_runs import RESULTS, DeviceRun

H100 = {"gpu": "NVIDIA H100", "driver": "580.65"}


def written(folder: Path, name: str, *rows: tuple[str, list[str], bool | None]) -> None:
    results = [{"name": check, "stories": stories, "ok": ok} for check, stories, ok in rows]
    facts = {"machine": H100, "date": "2026-11-28", "versions": {"cudf": "26.10.2"}, "results": results}
    (folder / f"device-{name}.json").write_text(json.dumps(facts))


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A device that answers, without its libraries; what is done to them is noted, in order."""
    done: list[str] = []
    pool = SimpleNamespace(
        CudaAsyncMemoryResource=lambda: "pool", set_current_device_resource=lambda found: done.append(found)
    )
    fake = ModuleType("rmm")
    fake.mr = pool  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "rmm", fake)
    monkeypatch.setitem(sys.modules, "cudf", ModuleType("cudf"))
    monkeypatch.setattr(engine, "devices", lambda: (1, "1 CUDA device found"))
    engine._use_pool.cache_clear()
    yield done
    engine._use_pool.cache_clear()


@pytest.mark.usefixtures("device")
def test_auto_takes_the_gpu_only_for_what_has_passed_on_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A story fails with any of its checks, on any card; one that was skipped everywhere has not run."""
    written(tmp_path, "h100", ("frames", ["engine", "crowd"], True), ("crowd", ["crowd"], True),
            ("topics", ["topics"], False), ("graph", ["graph"], None), ("ner", ["ner"], True))  # fmt: skip
    written(tmp_path, "h200", ("ner", ["ner"], False), ("crowd", ["crowd"], True))
    found = device_runs.device_runs(tmp_path)
    monkeypatch.setattr(device_runs, "device_runs", lambda: found)

    taken = {
        story: choose("auto", story) for story in ("engine", "crowd", "topics", "graph", "ner", "mortgage")
    }
    assert {story for story, each in taken.items() if each.name == "gpu"} == {"engine", "crowd"}
    assert "crowd passed on NVIDIA H100 with RAPIDS 26.10.2 (2026-11-28)" in taken["crowd"].reason
    assert "topics failed on NVIDIA H100" in taken["topics"].reason
    assert "ner failed on NVIDIA H100" in taken["ner"].reason
    assert "graph has not run on a GPU yet; --device gpu tries it" in taken["graph"].reason
    assert all("1 CUDA device found" in each.reason for each in taken.values())
    assert choose("gpu", "topics").name == "gpu", "a GPU that is asked for is taken"


def test_a_check_that_was_not_reached_is_no_pass(tmp_path: Path) -> None:
    written(tmp_path, "h100", ("frames", ["crowd"], True), ("crowd", ["crowd"], None))
    assert [run.passed for run in device_runs.device_runs(tmp_path)] == [False]


def test_no_record_is_no_run(tmp_path: Path) -> None:
    assert device_runs.device_runs(tmp_path / "absent") == []
    assert isinstance(device_runs.device_runs(), list)
    assert all(isinstance(run, DeviceRun) for run in device_runs.device_runs())
    assert Path(__file__).parents[3] / "benchmarks" / "results" == RESULTS


def test_memory_comes_from_a_pool_once_a_process(device: list[str]) -> None:
    choose("cpu")
    assert device == []
    choose("gpu")
    choose("gpu", "crowd")
    assert device == ["pool"]
