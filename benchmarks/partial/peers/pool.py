"""What a queue of partial feedback is asked about: items, their priors and classes, and the questions."""

from pathlib import Path
from typing import Any

import numpy as np

CLASSES = 200
VARIANTS = {"sharp": (3.0, 2.0), "flat": (1.0, 1.0)}
"""Logit of an item's class above the noise of all, and what all are multiplied by: right for 60 % and 5 %."""


def make(folder: Path, hierarchy: Path, size: int, variant: str, seed: int) -> Path:
    """A file of items and a model's priors; kept for the next run.

    Parameters
    ----------
    hierarchy : Path
        Folder of Tiny ImageNet's questions; where it is absent, those of a made tree take their place.
    """
    path = folder / f"queue-{size}-{variant}-{seed}.npz"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        rng = np.random.default_rng(seed)
        truth = rng.integers(0, CLASSES, size)
        above, factor = VARIANTS[variant]
        logits = rng.normal(size=(size, CLASSES)).astype("float32")
        logits[np.arange(size), truth] += above
        P = np.exp(factor * logits)
        part = path.with_suffix(".partial")
        with part.open("wb") as stream:
            np.savez(stream, P=P / P.sum(axis=1, keepdims=True), truth=truth, Q=matrix(hierarchy, seed))
        part.rename(path)
    return path


def matrix(hierarchy: Path, seed: int) -> np.ndarray:
    """Distinct questions that split the classes, bool (questions, K)."""
    path = hierarchy / "questions_wordnet30.npz"
    rows = np.load(path)["Q"].astype(bool) if path.exists() else tree(seed)
    return rows[np.sort(np.unique(rows, axis=0, return_index=True)[1])]


def tree(seed: int) -> np.ndarray:
    """Questions of a made tree, about as many as WordNet's: each class, and 104 nodes above."""
    rng, spans = np.random.default_rng(seed), [(0, CLASSES)]
    for start, end in spans:  # it grows meanwhile
        if end - start > 1:
            middle = int(rng.integers(start + 1, end))
            spans += [(start, middle), (middle, end)]
    widest = sorted(spans, key=lambda span: span[0] - span[1])[1:105]
    places = np.arange(CLASSES)
    nodes = [(places >= start) & (places < end) for start, end in widest]
    return np.concatenate([np.eye(CLASSES, dtype=bool), nodes])


def load(path: str) -> tuple[Any, ...]:
    """Priors, candidates, classes, questions, and costs of 1."""
    data = np.load(path)
    P, Q = data["P"], data["Q"]
    return P, np.ones(P.shape, dtype=bool), data["truth"], Q, np.ones(len(Q))


def digest(asked: Any) -> dict[str, Any]:
    """Number of questions, and sums that depend on their order."""
    pairs = np.asarray(asked, dtype="int64").reshape(-1, 2)
    order = np.arange(1, len(pairs) + 1)
    mixed = order * (pairs[:, 0] * 31 + pairs[:, 1]) % 1_000_003
    return {"asked": len(pairs), "sum": hex(int(mixed.sum())), "squares": hex(int((mixed**2).sum()))}
