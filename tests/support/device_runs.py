"""A story on a GPU beside the same on the CPU: its numbers, and what crossed between host and device."""

import json
import sys
from collections import Counter
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import pytest

from etl.engine import devices

BY_DEVICE = ("engine", "host_crossings", "seconds", "fit_seconds")
"""Metrics that tell of the device, or of the clock."""
CLOCKS = ("choosing", "training")
"""Seconds of a round, within metrics."""


def both(run: Callable[[str], Path], within: float = 0.0, drawn: Collection[str] = ()) -> None:
    """Run on the CPU and on the GPU, and compare; skip where no device answers.

    Parameters
    ----------
    run : function of "cpu" or "gpu"
        Returns the run's folder.
    within : float
        Relative difference of a float that is let pass, and a hundredth of it in itself: sums of another
        order.
    drawn : names of metrics
        That depend on numbers which a GPU's libraries draw themselves; the stand-in's are the CPU's.
    """
    if not devices()[0]:
        pytest.skip(devices()[1])
    cpu = run("cpu")
    before = _crossed()
    gpu = run("gpu")
    apart = BY_DEVICE if _stands_in() else (*BY_DEVICE, *drawn)
    found, wanted = (_numbers(folder, apart) for folder in (gpu, cpu))
    assert len(wanted) > 10
    assert found.keys() == wanted.keys()
    close = {key: _near(value, within) for key, value in wanted.items()}
    assert {key: (found[key], close[key]) for key in found if found[key] != close[key]} == {}
    assert [_read(folder, "metrics")["engine"] for folder in (cpu, gpu)] == ["cpu", "gpu"]
    if _stands_in():
        _check_ledger(gpu, _crossed() - before)


def waits() -> int:
    """Numbers of the device that were waited for so far; only the stand-in counts them."""
    counted = sys.modules["stand_in"].crossings._TIMES.items() if _stands_in() else ()
    return sum(times for (way, *_), times in counted if way == "sync")


def _near(value: Any, within: float) -> Any:
    return pytest.approx(value, rel=within, abs=within / 100) if isinstance(value, float) else value


def _check_ledger(gpu: Path, crossed: "Counter[str]") -> None:
    """Nothing crossed but what the run's ledger tells, times and bytes."""
    told = [row for row in _read(gpu, "ledger") if row["copies"] == "host"]
    assert told
    assert crossed["untold"] == 0
    assert sum(row["times"] for row in told) == crossed["times"]
    assert sum(row["bytes"] for row in told) == pytest.approx(crossed["bytes"], rel=0.01)


def _stands_in() -> bool:
    return "stand_in" in sys.modules


def _crossed() -> "Counter[str]":
    """What the stand-in has counted in this process so far."""
    found: Counter[str] = Counter()
    if _stands_in():
        counts = sys.modules["stand_in"].crossings
        for key, times in counts._TIMES.items():
            way, _, caller = key
            if way in ("in", "out"):
                is_told = caller.startswith("etl/handoff")
                found["times" if is_told else "untold"] += times
                found["bytes"] += counts._BYTES[key]
    return found


def _read(folder: Path, name: str) -> Any:
    return json.loads((folder / f"{name}.json").read_text())


def _numbers(folder: Path, apart: Collection[str]) -> dict[str, Any]:
    found = _read(folder, "metrics")
    return dict(_flat({key: value for key, value in found.items() if key not in apart}, ""))


def _flat(value: Any, name: str) -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        parts = {key: part for key, part in value.items() if key not in CLOCKS}
        return [pair for key, part in parts.items() for pair in _flat(part, f"{name}.{key}")]
    if isinstance(value, list):
        return [pair for place, part in enumerate(value) for pair in _flat(part, f"{name}[{place}]")]
    return [(name, value)]
