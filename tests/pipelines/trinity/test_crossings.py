"""On the stand-in for a GPU the flow comes to what the CPU comes to, and its ledger tells what crosses."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.pipelines.trinity import flow

ROOT = Path(__file__).parents[3]
STAND_IN = "tests/support/device/run.py"


def test_a_gpu_comes_to_what_the_cpu_comes_to_and_tells_what_crossed(tmp_path: Path) -> None:
    files, counts = flow.written(tmp_path), tmp_path / "counts.json"
    given = {"votes": files["votes"], "data": files["items"], "truth": files["gold"]}
    here = flow.run(tmp_path / "cpu", **given, text=("body",), budget=40)
    words = [word for name, path in given.items() for word in (f"--{name}", str(path))]
    words += ["--text", "body", "--learners", "words", "logistic", "--budget", "40", "--workers", "1"]
    command = [sys.executable, STAND_IN, "--crossings", str(counts), "-m", "pipelines.trinity", *words]
    done = subprocess.run(
        [*command, "--device", "gpu", "--out", str(tmp_path / "gpu")],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    (there,) = tmp_path.glob("gpu/trinity/2*")
    one, other = flow.labels(here), flow.labels(there)
    assert one["label"].tolist() == other["label"].tolist()
    np.testing.assert_allclose(one["probability"], other["probability"], atol=1e-4)
    for name, own in flow.metrics(here)["accuracy"].items():
        assert flow.metrics(there)["accuracy"][name] == pytest.approx(own)
    told = [row for row in json.loads((there / "ledger.json").read_text()) if row["copies"] == "host"]
    crossed = json.loads(counts.read_text())
    for key in ("times", "bytes"):
        sums = [crossed[kind][way][key] for kind in ("told", "untold") for way in ("in", "out")]
        assert sum(row[key] for row in told) == pytest.approx(sum(sums), rel=0.01)
