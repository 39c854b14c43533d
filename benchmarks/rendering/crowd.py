"""Labels of a crowd: 1,000 images of MNIST 14 x 14, three votes each, beside 10,000 images without.

``python -m benchmarks.rendering --crowd --data FOLDER``. Targets are the posteriors of Dawid and Skene, their
hard labels, those of the majority, or the true ones. Simulated workers confuse digits as a classifier by the
nearest mean image does, each worker as often as is drawn.
"""

import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from statistics import fmean, stdev

import numpy as np
import torch

from benchmarks import harness
from benchmarks.rendering.mnist import Learnt, judged, learnt, small
from benchmarks.rendering.run import Config, Row
from etl.crowd import simulate
from models.crowd.dawid_skene import DawidSkene
from models.crowd.majority import MajorityVote
from models.rendering.objectives import Method
from models.rendering.semi_supervised import SemiSupervised

WORKERS, VOTES, LABELLED = 20, 3, 1000
WRONG = 0.1, 0.8
"""Share of a worker's votes that are wrong, at least and at most."""
METHODS: tuple[Method, ...] = ("supervised", "nrm")


def main(config: Config) -> list[Row]:
    """Learn from each kind of target; returns a row each with errors by method."""
    with ProcessPoolExecutor(config.workers, get_context("spawn")) as pool:
        rows = [row for each in pool.map(partial(_seed, config), range(config.seeds)) for row in each]
    table = summary(rows)
    for row in table:
        print(row, flush=True)
    if config.out:
        harness.write(config.out, table, versions={"torch": torch.__version__}, tried=rows)
    return table


def _seed(config: Config, seed: int) -> list[Row]:
    torch.set_num_threads(1)
    given, test = learnt(config.data, seed, LABELLED), judged(config.data, "test")
    rows = []
    for name, targets in aggregated(given, seed).items():
        wrong = float((targets.argmax(1) != given.y.numpy()).mean())
        for method in METHODS:
            before = time.process_time()
            model = SemiSupervised(small, method, steps=config.steps, random_state=seed)
            model.fit(given.labelled, torch.from_numpy(targets), given.unlabelled)
            error = float((model.predict(test.x) != test.y).double().mean())
            cost = time.process_time() - before
            rows.append({"targets": name, "method": method, "seed": seed, "error": error})
            rows[-1] |= {"labels_wrong": wrong, "cpu_s": cost}
            print(rows[-1], flush=True)
    return rows


def aggregated(given: Learnt, seed: int) -> dict[str, np.ndarray]:
    """Targets of the labelled images by each method, float64, (images, classes).

    Parameters
    ----------
    given : Learnt
    seed : int
        Of workers and votes.
    """
    truth = given.y.numpy()
    votes = simulate.votes(truth, confusions(given, seed), VOTES, seed)
    posterior = DawidSkene().fit_predict_proba(votes).sort_index().to_numpy()
    majority = MajorityVote(random_state=seed).fit_predict(votes).sort_index().to_numpy()
    hard = np.eye(10)
    return {
        "truth": hard[truth],
        "majority": hard[majority],
        "dawid_skene, hard": hard[posterior.argmax(1)],
        "dawid_skene": posterior,
    }


def confusions(given: Learnt, seed: int) -> np.ndarray:
    """Probability of each label by worker and true label, (workers, 10, 10).

    Parameters
    ----------
    given : Learnt
    seed : int
    """
    x, y = given.unlabelled.flatten(1).double(), given.hidden
    means = torch.stack([x[y == c].mean(0) for c in range(10)])
    seen = torch.cdist(x, means).argmin(1)
    counts = torch.zeros(10, 10, dtype=torch.float64).index_put_(
        (y, seen), torch.ones(len(y), dtype=torch.float64), accumulate=True
    )
    off = (counts + 1).fill_diagonal_(0).numpy()  # one more, where a class is never confused
    off /= off.sum(1, keepdims=True)
    wrong = np.random.default_rng(seed).uniform(*WRONG, (WORKERS, 1, 1))
    return (1 - wrong) * np.eye(10) + wrong * off


def summary(rows: list[Row]) -> list[Row]:
    """Means over seeds.

    Parameters
    ----------
    rows : list of dict
    """
    table = []
    for targets, method in dict.fromkeys((row["targets"], row["method"]) for row in rows):
        own = [row for row in rows if (row["targets"], row["method"]) == (targets, method)]
        errors = [row["error"] for row in own]
        found = {"targets": targets, "method": method, "error": round(fmean(errors), 5), "errors": errors}
        found["deviation"] = round(stdev(errors), 5) if errors[1:] else None
        table.append(found | {"labels_wrong": round(fmean(row["labels_wrong"] for row in own), 4)})
    return table
