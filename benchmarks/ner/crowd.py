"""Whether taggers learn more from a crowd's posterior than from its majority, at the same cost.

``python -m benchmarks.ner.crowd --data ../shared/data --out benchmarks/results/ner-crowd-cpu.json``

Workers are simulated with the confusions of real ones: those of a set with as many classes as there are
types, and "no name", are counted against its known labels, drawn to the mean of all workers. Each of some
random sentences is voted on, token by token, by as many workers. All arms get the same votes. Tags have no
prefix, so that a posterior is one of tags; spans are runs of one type.
"""

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from benchmarks.harness import write
from benchmarks.ner.sets import load
from etl.conll import schemes, score
from etl.conll.coded import code
from etl.conll.corpus import Corpus
from etl.conll.split import draw as draw_sentences
from etl.conll.vocabulary import characters, words
from etl.engine import choose
from models.active.oracles import Crowd, Gold
from models.active.taggers import part
from models.crowd.majority import MajorityVote
from models.crowd.pooled import PooledDawidSkene
from models.tagger.estimator import TaggerEstimator
from models.tagger.tagger import tagger
from models.tagger.word_vectors import word_vectors
from pipelines import parse

CROWDS = {"btc": "dog", "wikigold": "web"}
"""Of each set, the crowd with as many classes."""
ARMS: dict[str, tuple[Any, Any]] = {
    "majority": (MajorityVote(), "hard"),
    "vote shares": (MajorityVote(), "soft"),
    "Dawid-Skene labels": (PooledDawidSkene(), "hard"),
    "Dawid-Skene posterior": (PooledDawidSkene(), "soft"),
    "gold": (None, "hard"),
}
DRAWN = 10
"""Votes of the mean worker that are added to each worker's own for a true class."""


@dataclass(frozen=True)
class Options:
    """Compare what taggers learn from a crowd."""

    data: Path = Path("../shared/data")
    """Directory with the folders ner and crowd."""
    sets: tuple[str, ...] = ("btc", "wikigold")
    """Sets of sentences."""
    words: int = 25_000
    """Number of words that are voted on."""
    redundancies: tuple[int, ...] = (1, 3, 5)
    """Numbers of workers per sentence."""
    seeds: int = 3
    """Draws of sentences, votes and networks."""
    epochs: int = 10
    """Passes over the sentences."""
    workers: int = 4
    """Processes to run at the same time."""
    out: Path | None = None
    """JSON file to write."""


def main(options: Options) -> list[dict[str, Any]]:
    """Learn from every arm's labels, print the rows, and write them."""
    jobs = list(product(options.sets, options.redundancies, range(options.seeds)))
    with ProcessPoolExecutor(options.workers, get_context("spawn")) as pool:
        found = list(pool.map(partial(draw, options), *zip(*jobs, strict=True)))
    rows = [row for name, of in _grouped(jobs, found).items() for row in summary(name, of)]
    for row in rows:
        print(row, flush=True)
    if options.out:
        write(options.out, rows, [])
    return rows


def _grouped(jobs: list[Any], found: list[Any]) -> dict[tuple[str, int], list[Any]]:
    groups: dict[tuple[str, int], list[Any]] = {}
    for (name, redundancy, _), each in zip(jobs, found, strict=True):
        groups.setdefault((name, redundancy), []).append(each)
    return groups


def summary(key: tuple[str, int], draws: list[dict[str, dict[str, float]]]) -> list[dict[str, Any]]:
    """Of each arm, F1, the share of right labels, and how far it is above the majority in each draw."""
    rows = []
    for arm in ARMS:
        f1 = [each[arm]["f1"] for each in draws]
        above = [each[arm]["f1"] - each["majority"]["f1"] for each in draws]
        right = float(np.mean([each[arm]["right"] for each in draws]))
        rows.append(
            {"system": arm, "size": key[0], "redundancy": key[1], "f1": float(np.mean(f1)), "f1s": f1}
            | {"above_majority": above, "right": right, "crowd": CROWDS[key[0]]}
        )
    return rows


def draw(options: Options, name: str, redundancy: int, seed: int) -> dict[str, dict[str, float]]:
    """F1 of a tagger from each arm's labels of the same votes."""
    torch.set_num_threads(1)
    pool, held = (bare(corpus) for corpus in load(options.data / "ner", name))
    labelled = draw_sentences(pool, options.words, np.random.default_rng(seed))[0]
    confusion = confusions(options.data / "crowd", CROWDS[name])
    items = np.arange(len(labelled))
    found = {}
    for arm, (aggregator, labels) in ARMS.items():
        oracle: Any = Gold(labelled.tags.astype("int64"), labelled.starts)
        if aggregator is not None:
            truth = oracle.truth, oracle.starts
            oracle = Crowd(*truth, confusion, redundancy, aggregator, labels, seed)
        targets = oracle.ask(items, items[:0]).targets
        hard = targets.argmax(axis=1) if targets.ndim == 2 else targets
        right = float((hard == labelled.tags).mean())
        found[arm] = {"f1": learn(pool, labelled, held, targets, options.epochs, seed), "right": right}
    return found


def bare(corpus: Corpus) -> Corpus:
    """Tags without their prefix, as if all went on: O, I-LOC, and so on."""
    kinds = schemes.types(corpus.names)
    place = np.array([0 if name == "O" else 1 + kinds.index(name[2:]) for name in corpus.names], "int32")
    return replace(corpus, tags=place[corpus.tags], names=("O", *(f"I-{kind}" for kind in kinds)))


def confusions(folder: Path, crowd: str) -> np.ndarray:
    """Of each worker, chances of labels given the true one, shape (workers, K, K); commonest class first."""
    votes = pd.read_csv(folder / f"{crowd}.labels.csv.gz")
    truth = pd.read_csv(folder / f"{crowd}.truth.csv.gz").set_index("task").label
    known = votes[votes.task.isin(truth.index)]
    order = pd.Index(truth.value_counts().index)
    counts = np.zeros((known.worker.nunique(), len(order), len(order)))
    place = (
        pd.factorize(known.worker)[0],
        order.get_indexer(truth.loc[known.task]),
        order.get_indexer(known.label),
    )
    np.add.at(counts, place, 1)
    mean = counts.sum(axis=0) + 1
    shares = counts + DRAWN * mean / mean.sum(axis=1, keepdims=True)
    return shares / shares.sum(axis=2, keepdims=True)


def learn(pool: Corpus, labelled: Corpus, held: Corpus, targets: Any, epochs: int, seed: int) -> float:
    """F1 of a CNN-CNN-CRF that learns from these targets; it knows the words of the whole pool."""
    engine = choose("cpu")
    known = words(pool.words, digits=True, lowercase=True), characters(pool.words)
    every, given, asked = (code(each, *known, engine, 16) for each in (pool, labelled, held))
    vectors = word_vectors(every.words, every.starts, len(known[0]), seed=seed)
    options = {"vectors": vectors, "fixed": False}
    sizes = len(known[0]), len(known[1]), len(pool.names)
    wide = {"filters": 150}
    module = partial(tagger, *sizes, decoder="crf", lexical_options=options, encoder_options=wide)
    model = TaggerEstimator(module, optimizer="adam", lr=0.002, decay=True, epochs=epochs, random_state=seed)
    model.fit(part(given, np.arange(len(labelled)), targets))
    found = model.predict(asked)
    return score.span_f1(held.tags, found, held.starts, held.names, "conlleval").f1


if __name__ == "__main__":
    main(parse(Options, __doc__))
