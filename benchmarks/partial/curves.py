"""Accuracy against questions asked, and questions to full annotation, of each way to spend questions.

``python -m benchmarks.partial.curves --shared ../shared/data --out
benchmarks/results/partial-curves-cpu.json``

Every item of a pool is asked about until one class is left. A round costs a share of the naive budget, which
is what the questions cost that halve the candidates best; round 0 is spent so. Models go on from their last
weights.
"""

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.harness import write
from benchmarks.partial.data import Pool, load
from models.crowd.redundancy import interval
from models.partial.beliefs import Exact
from models.partial.chains import naive_cost
from models.partial.classifier import PartialClassifier
from models.partial.learner import Classifier, PartialLearner
from models.partial.variants import VARIANTS
from pipelines import parse

Row = dict[str, Any]
AT = 0.3
"""Share of the naive budget at which accuracies are compared."""


@dataclass(frozen=True)
class Options:
    """Compare ways to spend questions."""

    shared: Path = Path("../shared/data")
    """Directory with mnist, text and hierarchy."""
    data: Path = Path("data/partial")
    """Directory for generated files; kept for the next run."""
    sets: tuple[str, ...] = ("mnist-1000", "mnist-5000", "arxiv", "simulated-5000", "simulated-100000")
    """Pools to ask about; benchmarks/partial/data.py lists all."""
    variants: tuple[str, ...] = (
        "uniform", "al_me", "aq_eig", "aq_edc", "alpf_eig", "alpf_erc", "alpf_edc", "alpf_erc-raw"
    )  # fmt: skip
    """Ways to ask; the first is the reference. With -raw, probabilities are not tempered."""
    seeds: int = 5
    """Draws of pools, weights and orders."""
    share: float = 0.05
    """Share of the naive budget to spend in a round."""
    workers: int = 4
    """Processes to run at the same time."""
    out: Path | None = None
    """JSON file to write."""


def main(options: Options) -> list[Row]:
    """Run all, print and write; returns the table."""
    curves, table = list[Row](), list[Row]()
    with ProcessPoolExecutor(options.workers, get_context("spawn")) as pool:
        for name in options.sets:
            jobs = product([name], range(options.seeds))
            found = list(pool.map(partial(measure, options), *zip(*jobs, strict=True)))
            curves += [row for rows in found for row in rows]
            table += compared([row for rows in found for row in rows], options.variants)
            if options.out:
                write(options.out, curves, table)
    return table


def measure(options: Options, name: str, seed: int) -> list[Row]:
    """All ways on one draw of a pool, and what a model learns from every label."""
    drawn = load(name, options.shared, options.data, seed)
    naive = naive_cost(drawn.asked, drawn.y)
    place = {"set": name, "seed": seed, "items": len(drawn.y), "naive": naive}
    place |= {
        "full": supervised(drawn, seed),
        "classes": len(drawn.asked.classes),
        "questions": len(drawn.asked),
    }
    return [place | one(options, drawn, way, naive, seed) for way in options.variants]


def estimator(drawn: Pool) -> PartialClassifier:
    """The network of a pool, which goes on from its last weights."""
    return PartialClassifier(drawn.network, lr=drawn.lr, epochs=drawn.epochs, batch_size=128, warm_start=True)


def supervised(drawn: Pool, seed: int) -> float:
    """The best accuracy of a model that has every label, over the passes of the rounds of a run."""
    model = Classifier(estimator(drawn), drawn.X, drawn.X_test, drawn.y_test)
    labels, items = np.eye(len(drawn.asked.classes), dtype="float32")[drawn.y], np.arange(len(drawn.y))
    scores = []
    for number in range(6):
        model.fit_more(items, labels, seed * 100 + number)
        scores.append(model.score())
    return max(scores)


def one(options: Options, drawn: Pool, way: str, naive: float, seed: int) -> Row:
    """One way to the end."""
    model = Classifier(estimator(drawn), drawn.X, drawn.X_test, drawn.y_test)
    count = len(drawn.y)
    budget = options.share * count * naive
    name, _, raw = way.partition("-")
    learner = PartialLearner(
        model,
        Exact(drawn.asked, drawn.y),
        VARIANTS[name],
        start=budget,
        budget=budget,
        seed=seed,
        calibrated=not raw,
    ).run(count)
    spent = [point["cost"] / (count * naive) for point in learner.curve_]
    scores = [point["score"] for point in learner.curve_]
    row = {
        "variant": way,
        "to_full": learner.cost_ / count,
        "accuracy": float(np.interp(AT, spent, scores)),
        "last": scores[-1],
        "spent": [round(share, 4) for share in spent],
        "scores": [round(score, 4) for score in scores],
        "remaining": [round(point["remaining"], 3) for point in learner.curve_],
    }
    print(
        f"{way:<9} seed {seed}: {row['to_full']:.3f} questions an item, {row['accuracy']:.4f} at 30 %",
        flush=True,
    )
    return row


def compared(rows: list[Row], variants: tuple[str, ...]) -> list[Row]:
    """Means over the seeds with halves of their 95 % intervals; gains on the first way are paired by seed."""
    table = []
    for name in dict.fromkeys(row["set"] for row in rows):
        own = {way: [r for r in rows if (r["set"], r["variant"]) == (name, way)] for way in variants}
        first = own[variants[0]]
        for way, each in own.items():
            pairs = list(zip(each, first, strict=True))
            gain = interval([a["accuracy"] - b["accuracy"] for a, b in pairs])
            saving = interval([1 - a["to_full"] / b["to_full"] for a, b in pairs])
            table.append({
                "set": name, "variant": way, "seeds": len(each), "naive": first[0]["naive"],
                "full": float(np.mean([row["full"] for row in first])),
                "accuracy": interval([row["accuracy"] for row in each]), "gain": gain,
                "to_full": interval([row["to_full"] for row in each]), "saving": saving,
            })  # fmt: skip
            print(
                f"{name:<17} {way:<9} accuracy {table[-1]['accuracy'][0]:.4f}, gain {gain[0]:+.4f}, "
                f"{table[-1]['to_full'][0]:.3f} questions an item, saving {saving[0]:.1%}",
                flush=True,
            )
    return table


if __name__ == "__main__":
    main(parse(Options, __doc__))
