"""On the stand-in for a GPU the ledger tells all that crosses, and a run waits for few numbers."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from etl.crowd import simulate

ROOT = Path(__file__).parents[3]
STAND_IN = "tests/support/device/run.py"
MOST_WAITS = 200


def write(folder: Path, tasks: int) -> list[str]:
    """Five votes on each of so many tasks, true labels and features; returns the options that name them."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, tasks)
    votes = simulate.votes(truth, simulate.confusions(20, 3, hammers=0.6, seed=1), 5, seed=2)
    X = np.eye(3)[truth] + rng.normal(0, 0.4, (tasks, 3))
    known = pd.DataFrame({"task": range(tasks), "label": truth})
    features = pd.DataFrame(X, columns=list("uvw")).assign(task=known.task)
    tables = {"votes": votes, "truth": known, "features": features}
    folder.mkdir()
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    return [word for name in tables for word in (f"--{name}", str(folder / f"{name}.csv"))]


def counted(out: Path, given: list[str]) -> tuple[dict, list[dict]]:
    """What the stand-in counts of a run, and what the run's ledger tells."""
    counts = out.with_suffix(".json")
    options = ["--device", "gpu", "--draws", "2", "--redundancies", "1", "2", "--out", str(out)]
    command = [sys.executable, STAND_IN, "--crossings", str(counts), "-m", "pipelines.crowd"]
    subprocess.run([*command, *options, *given], cwd=ROOT, capture_output=True, text=True, check=True)
    (ledger,) = out.glob("crowd/2*/ledger.json")
    return json.loads(counts.read_text()), json.loads(ledger.read_text())


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[dict, list[dict]]]:
    """Of 1,500 votes, and of twice as many."""
    folder = tmp_path_factory.mktemp("crossings")
    return [counted(folder / f"run-{n}", write(folder / f"data-{n}", n)) for n in (300, 600)]


def test_the_ledger_tells_all_that_crosses(runs: list[tuple[dict, list[dict]]]) -> None:
    for counts, ledger in runs:
        told = [row for row in ledger if row["copies"] == "host"]
        for key in ("times", "bytes"):
            crossed = sum(counts[kind][way][key] for kind in ("told", "untold") for way in ("in", "out"))
            assert sum(row[key] for row in told) == pytest.approx(crossed, rel=0.01)


def test_few_numbers_are_waited_for_and_not_more_of_more_votes(runs: list[tuple[dict, list[dict]]]) -> None:
    waits = [sum(counts[kind]["sync"]["times"] for kind in ("told", "untold")) for counts, _ in runs]
    assert max(waits) <= MOST_WAITS
    assert waits[0] == waits[1]
