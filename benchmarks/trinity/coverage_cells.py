"""Simulated crowds, and real ones with gold, with classifiers trained on their posteriors."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from etl.crowd import simulate
from etl.crowd.votes import Votes, encode
from etl.records import collect
from models.crowd.pooled import PooledDawidSkene, pool

KINDS = ("hammers", "one-coin", "classes", "real", "misled")
BY_CLASSES = {2: ("rte", "zencrowd_us", "sentiment_polarity_text"), 4: ("dog",), 10: ("music_genre",)}
"""Sets whose workers' confusions are drawn from."""
FOLDS = 5
VOTES_A_WORKER = 40
MISLED = 0.3
"""Share of tasks on which the kind of that name has workers guess half the time, and features say little."""


@dataclass(frozen=True)
class Judged:
    """A crowd, what is judged of it, and the truth (-1 where it is not known)."""

    votes: Votes
    posterior: np.ndarray
    given: dict[str, np.ndarray]
    truth: np.ndarray


def simulated(kind: str, classes: int, tasks: int, redundancy: int, seed: int, data: Path) -> Judged:
    """A crowd of a kind, and two classifiers: one sees all features, the other some.

    Parameters
    ----------
    kind : str
        Of `KINDS`.
    classes, tasks, redundancy, seed : int
    data : Path
        Folder of the real sets, for the kinds of their confusions.
    """
    rng = np.random.default_rng([seed, KINDS.index(kind), classes, tasks, redundancy])
    confusion = confusions(kind, classes, max(12, tasks * redundancy // VOTES_A_WORKER), rng, data)
    truth = rng.integers(0, classes, tasks)
    frame, hard = simulate.votes(truth, confusion, redundancy, seed=rng), rng.random(tasks) < MISLED
    X = features(truth, classes, rng.uniform(1.2, 3.5), rng)
    if kind == "misled":
        guessed = hard[frame["task"]] & (rng.random(len(frame)) < 0.5)
        frame.loc[guessed, "label"] = rng.integers(0, classes, guessed.sum())
        X[hard] = features(truth[hard], classes, 0.5, rng)
    votes, posterior = aggregated(frame, classes)
    folds = rng.integers(0, FOLDS, tasks)
    some = X[:, : max(2, classes - 1)]
    predicted = {
        "all features": cross_fitted(X, posterior, folds),
        "some": cross_fitted(some, posterior, folds),
    }
    return Judged(votes, posterior, {"labels": posterior.argmax(axis=1)} | predicted, truth)


def confusions(kind: str, classes: int, workers: int, rng: np.random.Generator, data: Path) -> np.ndarray:
    """Confusions, (workers, true labels, labels), of a kind of crowd."""
    same = np.eye(classes)
    if kind == "hammers":
        return simulate.confusions(workers, classes, hammers=0.5, seed=rng)
    if kind in ("one-coin", "misled"):
        skill = np.maximum(rng.beta(6, 2.5, workers), 0.9 / classes)[:, None, None]
        return skill * same + (1 - skill) * (1 - same) / (classes - 1)
    if kind == "classes":
        rows = [rng.dirichlet(0.7 + (3 + (classes > 2)) * own, workers) for own in same]
        return np.stack(rows, axis=1)
    measured = of_real_workers(data / str(rng.choice(BY_CLASSES[classes])), classes)
    return measured[rng.integers(0, len(measured), workers)]


def of_real_workers(path: Path, classes: int) -> np.ndarray:
    """Confusions of a set's workers of ten votes and more, by its gold, as `confusions`."""
    frame, gold = read(path)
    both = frame.merge(gold.rename(columns={"label": "true"}), on="task")
    counts = np.zeros((frame["worker"].max() + 1, classes, classes))
    np.add.at(counts, (both["worker"], both["label"], both["true"]), 1)
    return pool(counts[counts.sum(axis=(1, 2)) >= 10], 2.0).transpose(0, 2, 1)


def real(path: Path, seed: int) -> Judged:
    """A real set, and a classifier of made features, which say nothing of how hard a task is."""
    rng = np.random.default_rng(seed)
    frame, gold = read(path)
    classes = int(max(frame["label"].max(), gold["label"].max())) + 1
    votes, posterior = aggregated(frame, classes)
    truth = gold.set_index("task")["label"].reindex(votes.tasks).fillna(-1).to_numpy(dtype="int64")
    X = features(np.maximum(truth, 0), classes, 2.0, rng)
    codes = cross_fitted(X, posterior, rng.integers(0, FOLDS, len(truth)))
    return Judged(votes, posterior, {"labels": posterior.argmax(axis=1), "made features": codes}, truth)


def real_sets(data: Path) -> Iterator[Path]:
    """Sets with two votes a task and more, as ``folder/name``."""
    for path in sorted(data.glob("*.labels.csv.gz")):
        if path.name != "cifar100n.labels.csv.gz":
            yield data / path.name.removesuffix(".labels.csv.gz")


def read(path: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Votes and gold of a real set."""
    frame = pd.read_csv(f"{path}.labels.csv.gz").drop_duplicates(["task", "worker"])
    return frame, pd.read_csv(f"{path}.truth.csv.gz")


def features(truth: np.ndarray, classes: int, apart: float, rng: np.random.Generator) -> np.ndarray:
    """Normal clusters, one a class."""
    columns = max(classes, 8)
    return rng.normal(size=(len(truth), columns)) + apart * np.eye(classes, columns)[truth]


def aggregated(frame: pd.DataFrame, classes: int) -> tuple[Votes, np.ndarray]:
    """Votes and the posterior of pooled Dawid-Skene."""
    votes = encode(frame, labels=pd.Index(range(classes)))
    with collect():
        return votes, PooledDawidSkene().fit_predict_proba(votes).to_numpy()


def cross_fitted(X: np.ndarray, posterior: np.ndarray, folds: np.ndarray) -> np.ndarray:
    """Labels by least squares on the posteriors of the other folds."""
    X, codes = np.column_stack([X, np.ones(len(X))]), np.zeros(len(X), dtype="int64")
    for fold in range(FOLDS):
        rest = folds != fold
        normal = X[rest].T @ X[rest] + np.eye(X.shape[1])
        codes[~rest] = (X[~rest] @ np.linalg.solve(normal, X[rest].T @ posterior[rest])).argmax(axis=1)
    return codes
