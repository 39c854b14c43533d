"""ALiPy's query strategies on matrices of probabilities and on votes of a committee.

A sentence is a row of two columns: the probability of its best path, and 0. Entropies and votes are those of
tokens as rows, and the mean is taken over sentences. ALiPy 1.2.5 asks ``collections`` for ``Iterable``, which
Python 3.10 took away from there: it is put back here, or no strategy would run.
"""

import collections
import collections.abc
import importlib
from functools import partial
from typing import Any

import numpy as np

from benchmarks.active.peers.pool import digest, load, means, repeated, top  # noqa: F401

collections.Iterable = collections.abc.Iterable  # type: ignore[attr-defined]
alipy: Any = importlib.import_module("alipy.query_strategy.query_labels")


class Numbers:
    """As ALiPy's IndexCollection, of which the draw asks ``index``; made without its checks."""

    def __init__(self, items: np.ndarray) -> None:
        self.index = items

    def __len__(self) -> int:
        return len(self.index)

    def __iter__(self) -> Any:
        return iter(self.index)


def run(data: dict[str, Any], threads: int, case: str, count: int, turns: int) -> dict[str, Any]:
    """Score the pool and take ``count`` items."""
    np.random.seed(0)
    return repeated(partial(query, data, case, count), turns)


def query(data: dict[str, Any], case: str, count: int) -> tuple[Any, Any]:
    """The items, and the scores of all where ALiPy gives them."""
    starts = data["starts"]
    items = np.arange(len(starts) - 1)
    if case == "random":
        return alipy.QueryInstanceRandom().select(None, Numbers(items), batch_size=count), None
    if case == "distance":
        chooser = alipy.QueryInstanceDensityWeighted(data["embeddings"], None, "least_confident", "cosine")
        return chooser.select(None, items, count, proba_prediction=paths(data, case)), None
    if case in ("least_confidence", "mnlp"):
        return uncertain("least_confident", items, paths(data, case), count), None
    if case == "token_entropy":
        if len(items) == len(data["distributions"]):
            return uncertain("entropy", items, data["distributions"], count), None
        scores = alipy.QueryInstanceUncertainty.calc_entropy(data["distributions"])
    else:
        scores = alipy.QueryInstanceQBC.calc_vote_entropy(list(data["samples"]))
    scores = means(scores, starts)
    return top(scores, count), scores


def paths(data: dict[str, Any], case: str) -> np.ndarray:
    """Probabilities of best paths, or their geometric means over tokens, beside zeros."""
    logs = data["log_probs"].astype("float64")
    logs = logs / np.diff(data["starts"]) if case == "mnlp" else logs
    return np.stack([np.exp(logs), np.zeros(len(logs))], axis=1)


def uncertain(measure: str, items: np.ndarray, probabilities: np.ndarray, count: int) -> Any:
    """The most uncertain rows."""
    return alipy.QueryInstanceUncertainty(measure=measure).select_by_prediction_mat(
        items, probabilities, batch_size=count
    )
