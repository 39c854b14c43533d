"""The loop over sentences that users write, as in the code that came with the papers."""

import itertools
from collections import Counter
from functools import partial
from typing import Any

import numpy as np

from benchmarks.active.peers.pool import digest, load, repeated, top  # noqa: F401

BLOCK = 1000
"""Sentences whose cosines to all are taken at a time."""


def run(data: dict[str, Any], threads: int, case: str, count: int, turns: int) -> dict[str, Any]:
    """Score the pool and take ``count`` items."""
    return repeated(partial(query, data, case, count), turns)


def query(data: dict[str, Any], case: str, count: int) -> tuple[Any, Any]:
    """The items, best first, and the scores of all."""
    starts = data["starts"]
    spans = list(itertools.pairwise(starts))
    scores = np.array([SCORES[case](data, row, *span) for row, span in enumerate(spans)])
    if case == "density":
        scores = scores * cosines(data["embeddings"])
    return top(scores, count), scores


def unlikely(data: dict[str, Any], row: int, begin: int, end: int) -> float:
    """Minus the log-probability of the best path."""
    return -float(data["log_probs"][row])


def mean_unlikely(data: dict[str, Any], row: int, begin: int, end: int) -> float:
    """The same a token."""
    return -float(data["log_probs"][row]) / int(end - begin)


def entropy(data: dict[str, Any], row: int, begin: int, end: int) -> float:
    """Mean entropy of the tokens."""
    P = data["distributions"][begin:end]
    return float(-(P * np.log(P + 1e-30)).sum(axis=1).mean())


def votes(data: dict[str, Any], row: int, begin: int, end: int) -> float:
    """Mean share of the samples that differ from a token's most frequent tag."""
    columns, passes = data["samples"][:, begin:end].T.tolist(), len(data["samples"])
    return sum(1 - Counter(column).most_common(1)[0][1] / passes for column in columns) / len(columns)


def sequences(data: dict[str, Any], row: int, begin: int, end: int) -> float:
    """Share of the samples that differ from the most frequent sequence; ties by the mean log-probability."""
    paths = Counter(map(tuple, data["samples"][:, begin:end].tolist()))
    passes, unsure = len(data["samples"]), mean_unlikely(data, row, begin, end)
    return (passes - paths.most_common(1)[0][1] + unsure / (1 + unsure)) / passes


def cosines(embeddings: np.ndarray) -> np.ndarray:
    """Mean cosine of each row to all rows, or 0."""
    rows = embeddings.astype("float64")
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    found = [(rows[k : k + BLOCK] @ rows.T).mean(axis=1) for k in range(0, len(rows), BLOCK)]
    return np.maximum(np.concatenate(found), 0)


SCORES = {
    "least_confidence": unlikely,
    "mnlp": mean_unlikely,
    "token_entropy": entropy,
    "bald": votes,
    "bald_sequence": sequences,
    "density": mean_unlikely,
}
