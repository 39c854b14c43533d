"""Rows, votes and true labels for `benchmarks.mbem`: two real crowds, and simulated workers on digits."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.datasets import load_digits
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import normalize

from etl.crowd import simulate
from etl.crowd.votes import Votes, encode
from models.torch_classifier import TorchClassifier

WORKERS, HAMMERS = 100, 0.2
"""Of the paper's simulation: workers, and the share of them (or of their rows) that are always right."""


@dataclass(frozen=True)
class Data:
    """Rows to learn from and to judge by, both with true labels, and the votes on the first."""

    X: Any
    truth: Any
    test: Any
    test_truth: Any
    votes: Votes


def labelme(folder: Path) -> Data:
    """Images as 512 averaged VGG16 features, rows of length 1; 59 workers, 8 classes."""
    at = folder / "labelme"
    X, test = (normalize(np.load(at / f"LabelMe_VGG_avg_{part}.npy")) for part in ("train", "test"))
    truth, known = (np.loadtxt(at / f"LabelMe_Z_{part}.txt", dtype=int) for part in ("train", "test"))
    return Data(X, truth, test, known, _votes(at / "answers.txt"))


def polarity(folder: Path) -> Data:
    """Sentences of film reviews as tf-idf of their words, rows of length 1; 203 workers, 2 classes."""
    at = folder / "sentiment_polarity"
    texts = [(at / f"Sentiment_text_{part}.txt").read_text().rstrip("\n") for part in ("train", "test")]
    words = TfidfVectorizer(min_df=2, sublinear_tf=True)
    X, test = words.fit_transform(texts[0].split("\n")), words.transform(texts[1].split("\n"))
    truth, known = (np.loadtxt(at / f"Sentiment_Z_{part}.txt", dtype=int) for part in ("train", "test"))
    return Data(X, truth, test, known, _votes(at / "answers.txt"))


def _votes(path: Path) -> Votes:
    """Votes of a matrix of tasks by workers with -1 where there is no vote."""
    answers = np.loadtxt(path, dtype=int)
    task, worker = np.nonzero(answers >= 0)
    return encode(pd.DataFrame({"task": task, "worker": worker, "label": answers[task, worker]}))


def digits(folder: Path) -> tuple[Any, Any, Any, Any]:
    """MNIST as floats from 0 to 1, or scikit-learn's digits where it is not there."""
    if not (folder / "mnist").exists():
        X, y = load_digits(return_X_y=True)
        X = (X / 16).astype("float32")
        return X[:1300], y[:1300], X[1300:], y[1300:]
    parts = [np.load(folder / "mnist" / f"{part}.npz") for part in ("train", "test")]
    rows = [part["x"].reshape(len(part["x"]), -1).astype("float32") / 255 for part in parts]
    return rows[0], parts[0]["y"].astype(int), rows[1], parts[1]["y"].astype(int)


def simulated(data: tuple[Any, Any, Any, Any], items: int, r: int, by_class: bool, seed: int) -> Data:
    """Votes of r of the paper's hammers and spammers on each of so many items, drawn at random."""
    X, truth, test, known = data
    rng = np.random.default_rng([seed, r, by_class])
    chosen = rng.choice(len(X), items, replace=False)
    confusion = simulate.confusions(WORKERS, 10, HAMMERS, by_class, rng)
    votes = encode(simulate.votes(truth[chosen], confusion, r, rng))
    return Data(X[chosen], truth[chosen], test, known, votes)


def linear() -> LogisticRegression:
    """Softmax regression as scikit-learn comes, C = 1."""
    return LogisticRegression(max_iter=1000)


def network(hidden: int, seed: int) -> TorchClassifier:
    """One hidden layer, or none; 20 epochs whatever the redundancy, as the paper's 60."""
    return TorchClassifier(
        partial(_layers, hidden=hidden), lr=0.01, epochs=20, batch_size=64, random_state=seed
    )


def _layers(shape: tuple[int, ...], classes: int, hidden: int) -> Any:
    from torch import nn

    if not hidden:
        return nn.Linear(shape[0], classes)
    return nn.Sequential(nn.Linear(shape[0], hidden), nn.ReLU(), nn.Linear(hidden, classes))
