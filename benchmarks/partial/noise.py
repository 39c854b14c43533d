"""Whether it helps to know that workers err: labels and models where answers are taken as true, or weighed.

``python -m benchmarks.partial.noise --shared ../shared/data --out benchmarks/results/partial-noise-cpu.json``

Workers perceive classes by the confusions of a real crowd on as many classes, counted against its known
labels, with the errors scaled to a share. All arms get the same answers to the same questions, from the same
workers; one takes them as exact and is done when one class is left, the other weighs them by the confusion
and may ask again. Where the exact arm is done its curve goes on level.
"""

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.harness import write
from benchmarks.partial.curves import estimator
from benchmarks.partial.data import Pool, load
from models.crowd.redundancy import interval
from models.partial.beliefs import Soft, Workers
from models.partial.chains import naive_cost
from models.partial.learner import Classifier, PartialLearner
from models.partial.noise import answer_probability, with_errors
from models.partial.variants import VARIANTS
from pipelines import parse

Row = dict[str, Any]
CROWDS = {"mnist": "music_genre", "labelme": "labelme"}
"""Of each set, the crowd with as many classes whose confusions are taken."""
ARMS = ("exact", "aware", "rough")
"""Answers taken as true, weighed by the confusion, or weighed as if all mistakes of that share were alike."""
AT = (0.5, 1.0, 1.5, 2.0)
"""Shares of the naive budget at which arms are compared."""


@dataclass(frozen=True)
class Options:
    """Compare taking answers as exact with weighing them."""

    shared: Path = Path("../shared/data")
    """Directory with mnist, labelme and crowd."""
    data: Path = Path("data/partial")
    """Directory for generated files; kept for the next run."""
    sets: tuple[str, ...] = ("mnist-2000", "labelme")
    """Pools to ask about; benchmarks/partial/data.py lists all."""
    variants: tuple[str, ...] = ("alpf_eig", "alpf_edc", "aq_eig")
    """Ways to ask."""
    errors: tuple[float, ...] = (0.0, 0.1, 0.2, 0.3)
    """Probabilities that a worker mistakes an item's class."""
    seeds: int = 5
    """Draws of pools, answers and weights."""
    share: float = 0.1
    """Share of the naive budget to spend in a round."""
    workers: int = 4
    """Processes to run at the same time."""
    out: Path | None = None
    """JSON file to write."""


def main(options: Options) -> list[Row]:
    """Run all, print and write; returns the table."""
    jobs = list(product(options.sets, options.errors, range(options.seeds)))
    with ProcessPoolExecutor(options.workers, get_context("spawn")) as pool:
        found = list(pool.map(partial(measure, options), *zip(*jobs, strict=True)))
    rows = [row for part in found for row in part]
    table = compared(rows)
    if options.out:
        write(options.out, rows, table)
    return table


def confusion(folder: Path, name: str) -> np.ndarray:
    """Votes by true label of a crowd, as shares of each true label's."""
    votes, truth = (pd.read_csv(folder / f"{name}.{kind}.csv.gz") for kind in ("labels", "truth"))
    both = votes.merge(truth.rename(columns={"label": "true"}), on="task")
    size = int(max(both["label"].max(), both["true"].max())) + 1
    counts = np.zeros((size, size))
    np.add.at(counts, (both["true"], both["label"]), 1)
    return counts / counts.sum(axis=1, keepdims=True)


def measure(options: Options, name: str, errors: float, seed: int) -> list[Row]:
    """All ways and arms on one draw."""
    drawn = load(name, options.shared, options.data, seed)
    real = confusion(options.shared / "crowd", CROWDS[name.partition("-")[0]])
    rows = []
    for way, arm in product(options.variants, ARMS):
        row = one(options, drawn, with_errors(real, errors), way, arm, seed)
        rows.append({"set": name, "errors": errors, "seed": seed, "variant": way, "arm": arm} | row)
        print({key: value for key, value in rows[-1].items() if key != "spent"}, flush=True)
    return rows


def one(options: Options, drawn: Pool, C: np.ndarray, way: str, arm: str, seed: int) -> Row:
    """Labels and model at each share of the budget."""
    Q, count, naive = drawn.asked.matrix, len(drawn.y), naive_cost(drawn.asked, drawn.y)
    model = Classifier(estimator(drawn), drawn.X, drawn.X_test, drawn.y_test)
    belief = Soft(drawn.asked, Workers(drawn.y, C, Q, seed), believed(C, Q, arm))
    budget = options.share * count * naive
    learner = Watched(model, belief, VARIANTS[way], budget, budget, max(AT) * count * naive, seed)
    learner.truth = drawn.y
    learner.run(count)
    spent = [point["cost"] / (count * naive) for point in learner.curve_]
    return {
        "spent": spent[-1],
        "labels": [float(np.interp(at, spent, learner.labels)) for at in AT],
        "model": [float(np.interp(at, spent, [p["score"] for p in learner.curve_])) for at in AT],
    }


def believed(C: np.ndarray, Q: np.ndarray, arm: str) -> np.ndarray:
    """Probability of a yes by class as an arm takes it to be."""
    if arm == "exact":
        return Q.astype("float64")
    errors = float(1 - np.diag(C).mean())
    return answer_probability(C if arm == "aware" else with_errors(np.eye(len(C)), errors), Q)


class Watched(PartialLearner):
    """Notes after each round how many items have the right class as the likeliest, by answers and model."""

    truth: Any

    def round(self, number: int) -> bool:
        """See `PartialLearner`."""
        asked = super().round(number)
        if asked:
            self.labels = [*getattr(self, "labels", []), self._right()]
        return asked

    def _right(self) -> float:
        items = np.arange(len(self.truth))
        joint = self.belief.targets(items) * np.maximum(self.model.proba(items), 1e-12)
        return float((joint.argmax(axis=1) == self.truth).mean())


def compared(rows: list[Row]) -> list[Row]:
    """Accuracy of each arm and its gain on the exact one: means, halves of 95 % intervals, paired by seed."""
    table = []
    for key in dict.fromkeys((row["set"], row["variant"], row["errors"]) for row in rows):
        own = [row for row in rows if (row["set"], row["variant"], row["errors"]) == key]
        arms = {arm: [row for row in own if row["arm"] == arm] for arm in ARMS}
        for kind, (place, at) in product(("labels", "model"), enumerate(AT)):
            values = {arm: [row[kind][place] for row in each] for arm, each in arms.items()}
            row = dict(zip(("set", "variant", "errors"), key, strict=True)) | {"kind": kind, "at": at}
            row |= {arm: interval(each) for arm, each in values.items()}
            for arm in ARMS[1:]:
                gains = [a - b for a, b in zip(values[arm], values["exact"], strict=True)]
                row[f"{arm}_gain"] = interval(gains)
            table.append(row)
            print(row, flush=True)
    return table


if __name__ == "__main__":
    main(parse(Options, __doc__))
