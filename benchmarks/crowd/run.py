"""Dawid and Skene's EM on synthetic votes, by us, crowd-kit, and two sparse products in SciPy.

``python -m benchmarks.crowd --sizes 1_000_000 10_000_000``

All make the same number of passes from the same start over the same table; labels are compared before any
time is printed. The table is read before the clock starts, but for ``crowd.pieces``, which reads in pieces.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from benchmarks import harness
from etl import files

SYSTEMS = ("crowd.ours", "crowd.scipy", "crowd.kit", "crowd.pieces")
CHUNK = 1 << 20
"""Tasks drawn at a time."""


@dataclass(frozen=True)
class Config:
    """Time the aggregation of votes beside its peers."""

    sizes: tuple[int, ...] = (1_000_000,)
    """Numbers of votes."""
    repeat: int = 3
    """Rounds; medians are reported."""
    passes: int = 10
    """Passes that each system makes."""
    workers: int = 1000
    """Number of workers, each right with a probability from Beta(6, 3), otherwise voting at random."""
    classes: int = 10
    """Number of labels."""
    redundancy: int = 5
    """Votes per task."""
    largest_peer: int = 10_000_000
    """Number of votes up to which crowd-kit takes part; beyond, it needs hours."""
    data: Path = Path("data/crowd")
    """Directory for generated files; kept for the next run."""
    seed: int = 0
    """Seed of the votes."""
    out: Path | None = None
    """JSON file to write."""


def main(config: Config) -> list[dict[str, Any]]:
    """Measure all sizes; returns the ratios."""
    results: list[dict[str, Any]] = []
    for size in config.sizes:
        path = generate(config, size)
        request = {"data": str(path), "threads": 1, "passes": config.passes}
        systems = [name for name in SYSTEMS if name != "crowd.kit" or size <= config.largest_peer]
        for system, samples in harness.alternate(systems, request, config.repeat).items():
            results.append(_row(system, size, samples))
            print(_line(results[-1]), flush=True)
    ratios = [ratio for size in config.sizes for ratio in _ratios([r for r in results if r["size"] == size])]
    for ratio in ratios:
        print(f"{ratio['size']:,} votes: {ratio['system']} takes {ratio['cpu']:.1f} times our core-seconds")
    if config.out:
        harness.write(config.out, results, ratios)
        print(config.out)
    return ratios


def generate(config: Config, size: int) -> Path:
    """Votes in a Parquet file, in random order within runs of a million tasks."""
    path = config.data / f"{size}-{config.workers}-{config.classes}-{config.redundancy}-{config.seed}.parquet"
    if path.exists():
        return path
    rng = np.random.default_rng(config.seed)
    right = rng.beta(6, 3, config.workers)
    tasks, writer = size // config.redundancy, None
    with files.whole(path) as partial:
        for begin in range(0, tasks, CHUNK):
            table = _votes(rng, config, right, np.arange(begin, min(tasks, begin + CHUNK)))
            writer = writer or pyarrow.parquet.ParquetWriter(partial, table.schema)
            writer.write_table(table)
        if writer:
            writer.close()
    return path


def _votes(rng: np.random.Generator, config: Config, right: np.ndarray, tasks: np.ndarray) -> pa.Table:
    order = rng.permutation(len(tasks) * config.redundancy)
    task = np.repeat(tasks, config.redundancy)[order]
    truth = rng.integers(0, config.classes, len(tasks))
    team = np.tile(np.arange(config.redundancy), len(tasks))[order]  # nobody votes on a task twice
    worker = rng.integers(0, config.workers // config.redundancy, len(task)) * config.redundancy + team
    guess = rng.integers(0, config.classes, len(task))
    label = np.where(rng.random(len(task)) < right[worker], truth[task - tasks[0]], guess)
    return pa.table({"task": task, "worker": worker, "label": label})


def _row(system: str, size: int, samples: list[harness.Sample]) -> dict[str, Any]:
    costs = harness.medians(samples)
    every = {name: [round(s[name], 3) for s in samples] for name in costs}
    facts = {"system": system, "size": size, "loaded_mb": samples[0]["loaded_mb"]}
    return facts | {name: round(value, 3) for name, value in costs.items()} | {"samples": every}


def _line(row: dict[str, Any]) -> str:
    bytes_a_vote = (row["peak_mb"] - row["loaded_mb"]) * 1e6 / row["size"]
    return (
        f"{row['system']:<14} {row['size']:>12,} votes  {row['cpu_s']:8.2f} core-s  {row['wall_s']:8.2f} s  "
        f"peak {row['peak_mb']:7,.0f} MB, {bytes_a_vote:5.0f} bytes a vote above the table read"
    )


def _ratios(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Core-seconds of each other system over ours on the same table."""
    own = next(row for row in rows if row["system"] == "crowd.ours")
    return [
        {"size": own["size"], "system": row["system"], "cpu": round(row["cpu_s"] / own["cpu_s"], 2)}
        for row in rows
        if row is not own
    ]
