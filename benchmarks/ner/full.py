"""F1 with every word labelled: our taggers beside a tuned CRF with hand-made features, on real sets.

``python -m benchmarks.ner.full --data ../shared/data/ner --out benchmarks/results/ner-full-cpu.json``

Networks make passes over about 1.2 million words, at least 5 and at most 30; nothing is chosen by the
test sentences. The CRF's two penalties are chosen on a fifth of the training sentences (of at most 100,000
words of them), and it then learns from all.
"""

import statistics
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.harness import write
from benchmarks.ner.sets import load
from etl.conll import score
from etl.conll.split import draw
from etl.engine import choose
from models.tagger.crf_features import ShallowCRF
from models.tagger.crf_tuning import tune
from models.tagger.dataset import dataset
from models.tagger.network import Network
from models.tagger.supervised import held_f1, in_iob2, new_tagger
from pipelines import parse

WORDS = 1_200_000
GRID = ((0.0, 0.1), (0.03, 0.03), (0.1, 0.01), (0.3, 0.01))
TUNED_ON = 100_000
NETWORKS = {
    "CNN-CNN-CRF": Network(),
    "CNN-CNN-LSTM": Network(decoder="lstm"),
    "transformer-CRF": Network(encoder="transformer", width=128, lr=0.001),
}


@dataclass(frozen=True)
class Options:
    """Compare taggers that learn from every word."""

    data: Path = Path("../shared/data/ner")
    """Directory with the sets."""
    sets: tuple[str, ...] = ("gmb", "btc", "zh", "wnut17", "wikigold")
    """Sets to compare on."""
    networks: tuple[str, ...] = ("CNN-CNN-CRF", "CNN-CNN-LSTM")
    """Networks to compare with the CRF with features."""
    seeds: int = 3
    """Networks of each kind to train."""
    workers: int = 4
    """Processes to run at the same time."""
    out: Path | None = None
    """JSON file to write."""


def main(options: Options) -> list[dict[str, Any]]:
    """Learn and judge everything, print the rows, and write them."""
    jobs: list[tuple[str, str, Callable[[], dict[str, Any]]]] = []
    for name in options.sets:
        jobs.append((name, "CRF with features", partial(shallow, options, name)))
        for kind in options.networks:
            jobs += [(name, kind, partial(deep, options, name, kind, seed)) for seed in range(options.seeds)]
    with ProcessPoolExecutor(options.workers, get_context("spawn")) as pool:
        futures = {pool.submit(work): (name, system) for name, system, work in jobs}
        found: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for future in as_completed(futures):
            found.setdefault(futures[future], []).append(future.result())
            print(*futures[future], future.result(), flush=True)
    rows = [row(*key, found[key]) for key in dict.fromkeys((name, system) for name, system, _ in jobs)]
    if options.out:
        write(options.out, rows, [])
    return rows


def row(name: str, system: str, runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Mean F1 of the seeds, each of them, and the median of their costs."""
    f1 = [run["f1"] for run in runs]
    cost = statistics.median(run["cpu_s"] for run in runs)
    return {**runs[0], "system": system, "size": name, "f1": statistics.mean(f1), "f1s": f1, "cpu_s": cost}


def deep(options: Options, name: str, kind: str, seed: int) -> dict[str, Any]:
    """A network's F1 on the test sentences."""
    torch.set_num_threads(1)
    train, test = load(options.data, name)
    epochs = min(30, max(5, round(WORDS / train.tokens)))
    began = time.process_time()
    data = dataset(train, test, choose("cpu"), seed)
    model = new_tagger(data, NETWORKS[kind], epochs, seed).fit(data.pool)
    cost = time.process_time() - began
    return {"f1": held_f1(data, model), "cpu_s": cost, "epochs": epochs, "words": train.tokens}


def shallow(options: Options, name: str) -> dict[str, Any]:
    """The CRF's F1 on the test sentences, with the penalties that were chosen."""
    train, test = map(in_iob2, load(options.data, name))
    rng = np.random.default_rng(0)
    part = draw(train, min(TUNED_ON, train.tokens), rng)[0]
    learnt, held = draw(part, round(0.8 * part.tokens), rng)
    began = time.process_time()
    best = tune(learnt, held, GRID, estimator=ShallowCRF(max_iterations=100)).estimator
    model = ShallowCRF(best.c1, best.c2).fit(train)
    cost = time.process_time() - began
    f1 = score.span_f1(test.tags, model.predict(test), test.starts, test.names, "IOB2").f1
    return {"f1": f1, "cpu_s": cost, "c1": best.c1, "c2": best.c2, "words": train.tokens}


if __name__ == "__main__":
    main(parse(Options, __doc__))
