"""scikit-learn beside cuML, every learner of the table: ``python -m benchmarks.learners`` on a GPU.

Rows lie on each device before the clock starts. The quality of both is compared before any time is printed.
"""

from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from benchmarks import harness
from etl.engine import devices
from etl.engine.learners import TABLE

Row = dict[str, Any]
LARGEST = {"cluster.DBSCAN": 100_000}
"""Rows of learners that compare all pairs."""
TOLERANCE = 0.05
"""Of quality: scores differ by other random numbers, and by cuML's bins."""


@dataclass(frozen=True)
class Config:
    """Time scikit-learn and cuML."""

    sizes: tuple[int, ...] = (10_000, 100_000, 1_000_000)
    """Numbers of rows."""
    learners: tuple[str, ...] = tuple(row.path for row in TABLE)
    """Estimators to time, by their path in scikit-learn."""
    repeat: int = 3
    """Rounds; medians are reported."""
    threads: int = 4
    """Threads of scikit-learn's linear algebra."""
    seed: int = 0
    """Seed of the rows."""
    out: Path | None = None
    """JSON file to write, again after each learner."""


def main(config: Config) -> list[Row]:
    """Measure all; returns the ratios.

    Raises
    ------
    SystemExit
        There is no GPU to measure on; the message says why.
    """
    count, why = devices()
    if not count:
        raise SystemExit(f"learners are compared on a GPU, and there is none to use: {why}")
    results, ratios = list[Row](), list[Row]()
    for path, size in product(config.learners, config.sizes):
        if size > LARGEST.get(path, size):
            continue
        rows = measured(config, path, size)
        results = results + rows
        ratio = float(f"{rows[0]['wall_s'] / rows[1]['wall_s']:.3g}")
        ratios.append({"learners.learner": path, "size": size, "wall": ratio})
        print(f"{path:<34} {size:>9,} rows: scikit-learn takes {ratio:g} times cuML's time", flush=True)
        if config.out:
            harness.write(config.out, results, ratios)
    return ratios


def measured(config: Config, path: str, size: int) -> list[Row]:
    """Costs on a CPU and on a GPU, in turns."""
    contenders = {}
    for device in ("cpu", "gpu"):
        data = {"size": size, "seed": config.seed, "device": device}
        request = {"data": data, "threads": config.threads, "path": path}
        contenders[device] = harness.Contender("learners.learner", request)
    samples = harness.take_turns(contenders, config.repeat, tolerance=TOLERANCE)
    return [
        {"system": "cuml" if device == "gpu" else "sklearn", "learners.learner": path, "size": size}
        | own[0]["digest"]
        | harness.medians(own)
        for device, own in samples.items()
    ]
