"""Accuracy of votes beside means, with honest workers and with liars.

``python -m benchmarks.signsgd.accuracy --out benchmarks/results/signsgd-accuracy-cpu.json``

Each seed is a run of the pipeline: honest workers are processes that use the hooks, and liars are among 15
voters of one process. Rates are the pipeline's, tuned on other seeds; see `pipelines.signsgd.config`.
"""

import json
import statistics
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.harness import write
from pipelines import parse
from pipelines.signsgd import Config, main

Row = dict[str, Any]
LIARS = (0, 1, 4, 7)


@dataclass(frozen=True)
class Options:
    """Compare votes with means."""

    mnist: Path = Path("../shared/data/mnist")
    """Folder with train.npz and test.npz; without it only digits are learnt."""
    tasks: tuple[str, ...] = ("digits", "mnist")
    """Tasks of the signsgd pipeline."""
    optimisers: tuple[str, ...] = Config().optimisers
    """Optimisers of the signsgd pipeline."""
    seeds: int = 5
    """Runs of each task."""
    workers: int = 3
    """Processes of a run."""
    runs: Path = Path("runs")
    """Directory of run folders."""
    out: Path | None = None
    """JSON file to write, again after each run; runs that it already holds are not repeated."""


def compare(options: Options) -> list[Row]:
    """Run all; returns a summary of each task and system."""
    results = kept(options)
    for task in options.tasks:
        if task == "mnist" and not options.mnist.is_dir():
            print(f"mnist is left out: {options.mnist} does not exist", flush=True)
            continue
        done = {row["seed"] for row in results if row["task"] == task}
        for seed in sorted(set(range(options.seeds)) - done):
            results += rows(once(options, task, seed), seed)
            if options.out:
                write(options.out, results, summary(results))
    ratios = summary(results)
    for row in ratios:
        print(*(f"{name} {value}" for name, value in row.items()), sep=", ")
    return ratios


def kept(options: Options) -> list[Row]:
    """Rows of the file that is to be written."""
    if options.out is None or not options.out.exists():
        return []
    return json.loads(options.out.read_text())["results"]


def once(options: Options, task: str, seed: int) -> Row:
    """Metrics of a run."""
    config = Config(
        task=task,
        data=options.mnist if task == "mnist" else None,
        optimisers=options.optimisers,
        workers=options.workers,
        faults=replace(Config().faults, liars=LIARS if task == "digits" else ()),
        device="cpu",
        out=options.runs,
        seed=seed,
    )
    return json.loads((main(config) / "metrics.json").read_text())


def rows(found: Row, seed: int) -> list[Row]:
    """A row an optimiser, and a row a rule and number of liars."""
    place = {"task": found["task"], "seed": seed}
    honest = [
        place
        | {
            "system": name,
            "workers": found["workers"],
            "liars": 0,
            "accuracy": score,
            "bytes_per_step": found["bytes_per_step"][name],
            "replicas_identical": found["replicas_identical"],
        }
        for name, score in found["score"].items()
    ]
    return honest + [
        place | {"system": f"voters_{rule}", "workers": found["voters"], "liars": n, "accuracy": score}
        for rule, points in found["faults"].items()
        for n, score in points
    ]


def summary(results: list[Row]) -> list[Row]:
    """Mean, least and number of accuracies over seeds, and the mean's distance to SGD's in points."""
    by: dict[tuple[str, str, int], list[float]] = defaultdict(list)
    for row in results:
        by[row["task"], row["system"], row["liars"]].append(row["accuracy"])
    found = []
    for (task, system, liars), scores in by.items():
        base = by.get((task, "sgd" if not system.startswith("voters") else "voters_mean", 0))
        mean = statistics.mean(scores)
        line: Row = {"task": task, "system": system, "liars": liars, "seeds": len(scores)}
        line |= {"accuracy": round(mean, 4), "least": round(min(scores), 4)}
        if base:
            line["points_over_sgd"] = round(100 * (mean - statistics.mean(base)), 2)
        found.append(line)
    return found


if __name__ == "__main__":
    compare(parse(Options, __doc__))
