"""small-text's query strategies, which ask a classifier for probabilities of a row each.

A sentence is a row of one column, the probability of its best path. Entropies and votes are those of tokens
as rows, and the mean is taken over sentences. A vote is a probability of one.
"""

import importlib
from functools import partial
from typing import Any

import numpy as np

from benchmarks.active.peers.pool import digest, load, means, repeated, top  # noqa: F401

small_text: Any = importlib.import_module("small_text")
NONE = np.zeros(0, "int64")


class Given:
    """A classifier that knows the answer."""

    def __init__(self, probabilities: np.ndarray) -> None:
        self.probabilities = probabilities

    def predict_proba(self, dataset: Any, dropout_sampling: int = 1) -> np.ndarray:
        """What it was given."""
        return self.probabilities


def run(data: dict[str, Any], threads: int, case: str, count: int, turns: int) -> dict[str, Any]:
    """Score the pool and take ``count`` items."""
    np.random.seed(0)
    return repeated(partial(query, data, case, count), turns)


def query(data: dict[str, Any], case: str, count: int) -> tuple[Any, Any]:
    """The items, and the scores of all on Trinity's scale."""
    starts = data["starts"]
    if case == "random":
        return ask(small_text.RandomSampling(), NONE, len(starts) - 1, count), None
    if case in ("least_confidence", "mnlp"):
        return confident(data, case, count)
    if case == "token_entropy":
        strategy = small_text.PredictionEntropy()
        if len(starts) == len(data["distributions"]) + 1:
            return ask(strategy, data["distributions"], len(starts) - 1, count), strategy.scores_
        scores = strategy.get_confidence(Given(data["distributions"]), None, None, None, None)
    else:
        bald = importlib.import_module("small_text.query_strategies.bayesian")._bald
        scores = bald(one_hot(data["samples"])) * np.log(2)  # from bits
    scores = means(scores, starts)
    return top(scores, count), scores


def confident(data: dict[str, Any], case: str, count: int) -> tuple[Any, Any]:
    """By the probability of the best path, or its geometric mean over tokens."""
    logs = data["log_probs"].astype("float64")
    logs = logs / np.diff(data["starts"]) if case == "mnlp" else logs
    strategy = small_text.LeastConfidence()
    chosen = ask(strategy, np.exp(logs)[:, None], len(logs), count)
    return chosen, -np.log(strategy.scores_)


def one_hot(samples: np.ndarray) -> np.ndarray:
    """Votes as probabilities, float32, shape (tokens, samples, tags)."""
    return np.eye(int(samples.max()) + 1, dtype="float32")[samples.T]


def ask(strategy: Any, probabilities: np.ndarray, rows: int, count: int) -> Any:
    """Items chosen by a strategy."""
    return strategy.query(Given(probabilities), None, np.arange(rows), NONE, NONE, n=count)
