"""From texts or vectors and a crowd's votes to a model, by our flow and by what a user would take instead.

``python -m benchmarks.trinity --sets polarity labelme nyt --out benchmarks/results/trinity-cpu.json``

Each system runs in a process of its own, in turns, reads the same files, and writes its predictions. These
are checked and judged by truth that no system sees, before any time is printed. A set that is not there, or
a system that cannot run, is left out, and the reason printed.
"""

import importlib.util
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import harness
from benchmarks.trinity import judge
from benchmarks.trinity.data import MADE, REAL, Set, prepare

Row = dict[str, Any]
OURS = "ours"
NEEDS = {
    "ours": ("pipelines.trinity",),
    "expert": ("sklearn",),
    "majority_xgboost": ("sklearn", "xgboost"),
    "stack": ("crowdkit", "tomotopy", "torch", "xgboost"),
}
"""Systems, and what must be installed for them."""


@dataclass(frozen=True)
class Config:
    """Compare ways from votes to a model."""

    data: Path = Path("../shared/data")
    """Directory with sentiment_polarity, labelme, text and crowd; made sets need none."""
    sets: tuple[str, ...] = tuple(REAL)
    """Sets of the table."""
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)
    """Draws of training tasks and simulated votes; a made set of a million has the first alone."""
    systems: tuple[str, ...] = tuple(NEEDS)
    """Systems to compare."""
    stack_seeds: int = 2
    """Seeds that the stack runs, which takes longest."""
    threads: int = 1
    """Threads of each system."""
    scratch: Path | None = None
    """Directory for the sets and what systems write, kept for the next run; by default it is not."""
    kept: tuple[str, ...] = ()
    """Systems whose earlier runs in ``scratch`` are judged again as they are, since they take long."""
    out: Path | None = None
    """JSON file to write, again after each set."""


def main(config: Config) -> dict[str, list[Row]]:
    """Measure every set; returns what is written."""
    parts: dict[str, list[Row]] = {"results": [], "gains": []}
    systems = [name for name in config.systems if _is_there(name)]
    with scratch_folder(config.scratch) as scratch:
        for name in config.sets:
            try:
                measured = measure(config, name, systems, scratch)
            except FileNotFoundError as error:
                print(f"{name} is left out: {error.filename} does not exist")
                continue
            for part, rows in measured.items():
                parts[part] += rows
            if config.out:
                harness.write(config.out, parts["results"], gains=parts["gains"])
    return parts


def measure(config: Config, name: str, systems: list[str], scratch: Path) -> dict[str, list[Row]]:
    """Rows of a set: run all, check all, then tell."""
    hits: dict[str, list[np.ndarray]] = {system: [] for system in systems}
    samples: dict[str, list[Row]] = {system: [] for system in systems}
    for turn, seed in enumerate(config.seeds[: 1 if MADE.get(name, 0) >= 1_000_000 else None]):
        given = prepare(name, config.data, scratch, seed)
        for system in systems:
            if system == "stack" and turn >= config.stack_seeds:
                continue
            sample = once(given, system, config.threads, scratch, system in config.kept)
            hits[system].append(judge.right(Path(sample["predictions"]), given.gold(), f"trinity.{system}"))
            samples[system].append(sample)
    found = {system: np.array(values) for system, values in hits.items()}
    results = [{"set": name} | row for row in judge.accuracies(found)]
    results = [row | costs(samples[row["system"]]) for row in results]
    gains = [{"set": name} | row for row in judge.gains(found, OURS)]
    for row in (*results, *gains):
        print(line(row), flush=True)
    return {"results": results, "gains": gains}


def once(given: Set, system: str, threads: int, scratch: Path, kept: bool = False) -> Row:
    """Run a system on a set, or take its earlier run where it is to be kept; returns its digest."""
    out = scratch / "out" / f"{system}-{given.name}-{given.seed}"
    digest = out.with_suffix(".json")
    if not (kept and digest.exists()):
        request = {"data": str(given.seen), "threads": threads, "out": str(out), "seed": given.seed}
        found = harness.measure(f"trinity.{system}", request)["digest"]
        digest.write_text(json.dumps(found))
    return dict(json.loads(digest.read_text()))


def costs(samples: list[Row]) -> Row:
    """Medians of core-seconds, in all and by stage, and of peak memory; what each run found out."""
    stages = dict.fromkeys(stage for sample in samples for stage in sample["stages"])
    middle = {
        stage: round(float(np.median([sample["stages"].get(stage, 0.0) for sample in samples])), 3)
        for stage in stages
    }
    total, peak = (float(np.median([sample[name] for sample in samples])) for name in ("total_s", "all_mb"))
    facts = [sample["facts"] for sample in samples]
    return {"cpu_s": round(total, 3), "peak_mb": round(peak), "stages": middle, "facts": facts}


def line(row: Row) -> str:
    """What is printed of a system, or of ours beside it.

    Examples
    --------
    >>> line({"set": "nyt", "system": "expert", "gain": 0.021, "low": 0.01, "high": 0.03})
    'nyt        ours is right more often than expert by 2.10 points, 1.00 to 3.00'
    """
    if "gain" in row:
        points = f"{100 * row['gain']:.2f} points, {100 * row['low']:.2f} to {100 * row['high']:.2f}"
        return f"{row['set']:<10} ours is right more often than {row['system']} by {points}"
    return (
        f"{row['set']:<10} {row['system']:<16} {row['accuracy']:.2%} ± {row['half']:.2%}  "
        f"{row['cpu_s']:8.1f} core-s  peak {row['peak_mb']:7,.0f} MB"
    )


def _is_there(system: str) -> bool:
    """Whether a system can run; prints why not."""
    lacking = [library for library in NEEDS[system] if not _found(library)]
    if lacking:
        print(f"{system} is left out: {lacking[0]} is not installed")
    return not lacking


def _found(library: str) -> bool:
    return importlib.util.find_spec(library) is not None


@contextmanager
def scratch_folder(folder: Path | None) -> Iterator[Path]:
    """The folder that was named, or one that is removed afterwards."""
    if folder:
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="trinity-") as scratch:
        yield Path(scratch)
