"""The pipeline on a GPU: the CPU's figures, and a ledger of what passed between host and device."""

import json
from pathlib import Path
from typing import Any

import pytest

from etl.engine import devices
from etl.mortgage import generate
from pipelines.mortgage.pipeline import Config, main

SCORES = ("roc_auc", "pr_auc", "log_loss", "calibration_error")


def read(folder: Path, name: str) -> Any:
    return json.loads((folder / f"{name}.json").read_text())


@pytest.mark.gpu
@pytest.mark.parametrize("memory", ["", "300MiB"], ids=["in memory", "spooled"])
def test_a_gpu_comes_to_what_the_cpu_comes_to(memory: str, tmp_path: Path) -> None:
    if not devices()[0]:
        pytest.skip(devices()[1])
    files = generate.generate(tmp_path / "loans", rows=60_000, seed=4)
    runs = [
        main(
            Config(
                data=tmp_path / "loans",
                device=device,
                workers=1,
                memory=memory,
                trees=5,
                out=tmp_path / device,
            )
        ).folder
        for device in ("cpu", "gpu")
    ]
    here, there = (read(run, "metrics") for run in runs)
    assert (here["engine"], there["engine"]) == ("cpu", "gpu")
    for name in SCORES:
        assert there.pop(name) == pytest.approx(here.pop(name), abs=0.01), name
    assert there["rule"] == pytest.approx(here["rule"])
    counts = {
        name: value for name, value in here.items() if isinstance(value, int) and name != "host_crossings"
    }
    assert len(counts) >= 7
    assert {name: there[name] for name in counts} == counts
    text = sum(row["bytes"] for row in read(runs[1], "ledger") if row["from"] == "bytes")
    assert text == sum(file.stat().st_size for file in files)
