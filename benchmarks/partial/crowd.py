"""What a budget buys from recorded crowds: the planner of questions beside fixed redundancy.

``python -m benchmarks.partial.crowd --out benchmarks/results/partial-crowd-cpu.json``

A recorded vote answers any question that its worker could have been asked about its item. Either the K-way
question alone is for sale, at cost 1, or each class's yes/no question too, at 1, and the K-way one at log2 K.
A budget is as many K-way answers an item; money may be left where votes run out. The planner has one setting
for all sets. It was chosen with their results in view, but for `HELD_OUT`, where no planner had been run.
"""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import product
from math import log2
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.harness import write
from models.crowd.redundancy import interval
from models.partial import policies
from models.partial.plan_oracles import Bought, Replay
from models.partial.planner import Planner
from pipelines import parse

SEEN = ("rte", "labelme", "cf", "d_sentiment", "dog", "web", "music_genre", "bluebird", "product")
HELD_OUT = ("sentiment_polarity_text",)
REDUNDANCIES = (1, 2, 3, 5)
Accuracies = dict[str, float]


@dataclass(frozen=True)
class Config:
    """Compare the planner with other policies on recorded votes."""

    data: Path = Path("../shared/data/crowd")
    """Directory of NAME.labels.csv.gz and NAME.truth.csv.gz."""
    sets: tuple[str, ...] = SEEN + HELD_OUT
    """Names of the crowds."""
    budgets: tuple[int, ...] = (1, 2, 3, 5)
    """Budgets, in answers to "which class?" per item."""
    seeds: int = 10
    """Number of seeds, of ties, items and workers."""
    workers: int = 2
    """Processes to run at the same time."""
    out: Path | None = None
    """JSON file to write."""


def main(config: Config) -> list[dict[str, Any]]:
    """Run every policy; print and write accuracies and paired differences; returns the differences."""
    results: list[dict[str, Any]] = []
    differences: list[dict[str, Any]] = []
    with ProcessPoolExecutor(config.workers, get_context("spawn")) as pool:
        for name, binary, budget in product(config.sets, (False, True), config.budgets):
            if binary and classes(config.data, name) < 3:
                continue  # each question about two classes is the K-way one
            draws = list(pool.map(partial(draw, config.data, name, binary, budget), range(config.seeds)))
            where = {"size": name, "binary": binary, "budget": budget, "held_out": name in HELD_OUT}
            results += [where | row for row in summary(draws)]
            differences += [where | row for row in paired(draws)]
            print(line(where, draws), flush=True)
    if config.out:
        write(config.out, results, differences)
    return differences


def summary(draws: list[Accuracies]) -> Iterator[dict[str, Any]]:
    """Mean accuracy of each policy and half its 95 % interval over seeds."""
    for system in draws[0]:
        values = [each[system] for each in draws]
        mean, half = interval(values)
        yield {"system": system, "accuracy": mean, "half": half, "accuracies": values}


def paired(draws: list[Accuracies]) -> Iterator[dict[str, Any]]:
    """Planner minus each other policy, seed by seed."""
    for system in [name for name in draws[0] if name != "planner"]:
        mean, half = interval([each["planner"] - each[system] for each in draws])
        yield {"system": system, "difference": mean, "half": half}


def line(where: dict[str, Any], draws: list[Accuracies]) -> str:
    """The planner, and the best of the others by their means."""
    means = {row["system"]: row["accuracy"] for row in summary(draws)}
    other = max(means.keys() - {"planner"}, key=lambda system: means[system])
    mean, half = interval([each["planner"] - each[other] for each in draws])
    kind = "binary" if where["binary"] else "K-way"
    return (
        f"{where['size']:<12} {kind:<6} {where['budget']} an item: planner {means['planner']:.3f}, "
        f"best other {other} {means[other]:.3f}, difference {mean:+.3f} +- {half or 0:.3f}"
    )


def classes(folder: Path, name: str) -> int:
    """Labels that were voted for."""
    return int(pd.read_csv(folder / f"{name}.labels.csv.gz")["label"].nunique())


def load(folder: Path, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Votes, (items, workers) with -1 for none; items whose truth is known; and their classes."""
    votes, truth = (pd.read_csv(folder / f"{name}.{part}.csv.gz") for part in ("labels", "truth"))
    labels = np.unique(votes["label"])
    item, items = pd.factorize(votes["task"], sort=True)
    worker, workers = pd.factorize(votes["worker"], sort=True)
    seen = np.full((len(items), len(workers)), -1)
    seen[item, worker] = np.searchsorted(labels, votes["label"])
    known = truth[truth["task"].isin(items)]
    return seen, items.get_indexer(known["task"]), np.searchsorted(labels, known["label"])


def draw(folder: Path, name: str, binary: bool, budget: int, seed: int) -> Accuracies:
    """Accuracy of every policy with one seed."""
    seen, known, truth = load(folder, name)
    K = int(seen.max()) + 1
    questions = np.eye(K, dtype=bool)[: K if binary else 0]
    costs, kway = np.ones(len(questions)), log2(K) if binary else 1.0
    money = budget * kway * len(seen)
    oracle = Replay(seen, questions)
    found: dict[str, Bought] = {"planner": Planner(questions, costs, money, kway, seed=seed).run(oracle)}
    for redundancy in REDUNDANCIES:
        each = policies.fixed(oracle, questions, kway, money, redundancy, seed)
        found |= {f"{redundancy} an item, {by}": bought for by, bought in each.items()}
    each = policies.pairs(oracle, questions, kway, money, seed)
    found["random pairs, dawid_skene"] = each["dawid_skene"]
    if binary:
        found["believed"] = policies.exact(oracle, questions, costs, money, kway, seed)
    return {system: float((bought.labels[known] == truth).mean()) for system, bought in found.items()}


if __name__ == "__main__":
    main(parse(Config, __doc__))
