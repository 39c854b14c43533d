"""How often intervals without known labels hold the truth: ``python -m benchmarks.trinity.coverage``.

``python -m benchmarks.trinity.coverage --seeds 40 --out benchmarks/results/trinity-coverage-cpu.json``

Simulated crowds of kinds, classes, tasks and votes a task; "misled" breaks what is assumed, as hard tasks do.
Then each real set, whose gold is hidden from the estimate, and again with some of it known.
"""

from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import harness
from benchmarks.trinity import coverage_cells as cells
from models.crowd.judged import Estimate, Judgement, judge
from models.crowd.rectified import by_gold
from pipelines import parse

Row = dict[str, Any]


@dataclass(frozen=True)
class Config:
    """Measure coverage and bias of accuracies that are estimated from votes."""

    kinds: tuple[str, ...] = cells.KINDS
    """Of simulated crowds."""
    sizes: tuple[tuple[int, int], ...] = ((2, 300), (2, 1500), (4, 800), (10, 1000))
    """Classes and tasks."""
    redundancies: tuple[int, ...] = (1, 2, 3, 5)
    """Votes a task."""
    seeds: int = 20
    """Crowds of each cell."""
    first_seed: int = 1000
    """Of those; what the method was made with had smaller ones."""
    known: int = 100
    """Gold that is known of a real set in the second estimate, though not more than a third."""
    data: Path = Path("../shared/data/crowd")
    """Folder of real sets; without it, neither they nor their confusions are there."""
    out: Path | None = None
    """JSON file to write, again after each cell."""


def main(config: Config) -> list[Row]:
    """Measure all; returns a row a cell and what is judged."""
    results, found = list[Row](), list[Row]()
    for kind, size, redundancy in product(config.kinds, config.sizes, config.redundancies):
        if kind != "real" or config.data.is_dir():
            found += _shown(cell(config, kind, *size, redundancy))
            _write(config, results, found)
    for path in cells.real_sets(config.data):
        results += _shown(on_gold(config, path))
        _write(config, results, found)
    return found


def cell(config: Config, kind: str, classes: int, tasks: int, redundancy: int) -> list[Row]:
    """Coverage, bias and width of labels, classifiers and the classifiers' difference, over the seeds."""
    sums: dict[str, list[Row]] = {}
    for seed in range(config.first_seed, config.first_seed + config.seeds):
        crowd = cells.simulated(kind, classes, tasks, redundancy, seed, config.data)
        judgement = _judged(crowd, seed)
        right = {name: float((codes == crowd.truth).mean()) for name, codes in crowd.given.items()}
        for name, true in right.items():
            estimate = judgement.estimate(name)
            sums.setdefault(name, []).append(_held(estimate, true))
        a, b = list(right)[1:]
        gap = _held(judgement.difference(a, b), right[a] - right[b])
        sums.setdefault("difference", []).append(gap)
    place = {"kind": kind, "classes": classes, "tasks": tasks, "redundancy": redundancy}
    return [place | {"what": name, "seeds": config.seeds} | _means(rows) for name, rows in sums.items()]


def on_gold(config: Config, path: Path) -> list[Row]:
    """Estimate of a real set without its gold, and with some of it, beside all of it."""
    crowd, rng = cells.real(path, config.first_seed), np.random.default_rng(config.first_seed)
    judgement, gold, rows = _judged(crowd, config.first_seed), np.flatnonzero(crowd.truth >= 0), list[Row]()
    known = np.isin(np.arange(len(crowd.truth)), rng.permutation(gold)[: min(config.known, len(gold) // 3)])
    for name, codes in crowd.given.items():
        right = codes == crowd.truth
        estimate, corrected = judgement.estimate(name), by_gold(right, known, judgement.expected[name])
        row = {"set": path.name, "what": name, "tasks": len(codes), "true": float(right[gold].mean())}
        row["expected"] = float(crowd.posterior[np.arange(len(codes)), codes].mean())
        row |= {"estimate": estimate.value, "low": estimate.low, "high": estimate.high}
        row |= {"known": int(known.sum()), "corrected": corrected.value}
        rows.append(row | {"corrected_low": corrected.low, "corrected_high": corrected.high})
    return rows


def _judged(crowd: cells.Judged, seed: int) -> Judgement:
    predicted = {name: codes for name, codes in crowd.given.items() if name != "labels"}
    return judge(crowd.votes, crowd.posterior, predicted, random_state=seed)


def _held(estimate: Estimate, true: float) -> Row:
    held = estimate.low <= true <= estimate.high
    return {
        "true": true,
        "bias": estimate.value - true,
        "held": float(held),
        "width": estimate.high - estimate.low,
    }


def _means(rows: list[Row]) -> Row:
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}


def _shown(rows: list[Row]) -> list[Row]:
    for row in rows:
        print(*(f"{v:.3f}" if isinstance(v, float) else v for v in row.values()), sep="  ", flush=True)
    return rows


def _write(config: Config, results: list[Row], found: list[Row]) -> None:
    if config.out:
        harness.write(config.out, results, found)


if __name__ == "__main__":
    main(parse(Config, __doc__))
