"""Made outputs of a tagger over a pool: what acquisitions read, without the hours of a network."""

from pathlib import Path

import numpy as np

from etl import files

TAGS = 17
SAMPLES = 20
WIDTH = 64
"""Numbers of a sentence's vector."""
BLOCK = 1 << 16
"""Tokens drawn at a time."""


def pool(folder: Path, size: int, kind: str, seed: int) -> Path:
    """A file of outputs over ``size`` sentences, or over ``size`` rows of a classifier: items of one token.

    Lengths are those of news: 21 words on average, and up to 120. Most tokens are nearly sure, as a trained
    tagger's are. Samples are drawn from the distributions. Floats have 32 bits, as a network's have.
    """
    path = folder / f"{kind}-{size}-{seed}.npz"
    if path.exists():
        return path
    rng = np.random.default_rng(seed)
    lengths = lengths_of(rng, size) if kind == "sentences" else np.ones(size, "int64")
    starts = np.concatenate([[0], np.cumsum(lengths)])
    P, samples = tokens(rng, int(starts[-1]))
    logs = np.log(P.max(axis=1))
    arrays = {
        "starts": starts,
        "token_log_probs": logs,
        "log_probs": np.add.reduceat(logs.astype("float64"), starts[:-1]).astype("float32"),
        "distributions": P,
        "samples": samples,
        "embeddings": rng.normal(0.5, 1.0, (size, WIDTH)).astype("float32"),
    }
    with files.whole(path) as partial, partial.open("wb") as stream:
        np.savez(stream, **arrays)
    return path


def lengths_of(rng: np.random.Generator, size: int) -> np.ndarray:
    """Words of sentences, int64, shape (size,), from 1 to 120."""
    return np.minimum(1 + rng.negative_binomial(4, 1 / 6, size), 120)


def tokens(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Distributions, float32 (count, TAGS), and samples of tags, uint8 (SAMPLES, count)."""
    P, samples = np.empty((count, TAGS), "float32"), np.empty((SAMPLES, count), "uint8")
    for begin in range(0, count, BLOCK):
        here = slice(begin, min(count, begin + BLOCK))
        rows = here.stop - begin
        scores = rng.normal(0, 1.5, (rows, TAGS))
        best = np.where(rng.random(rows) < 0.8, 0, rng.integers(0, TAGS, rows))
        scores[np.arange(rows), best] += rng.normal(8, 2.5, rows)
        weights = np.exp(scores - scores.max(axis=1, keepdims=True))
        P[here] = weights / weights.sum(axis=1, keepdims=True)
        edges = P[here].cumsum(axis=1)[:, :-1]
        for sample in samples:
            sample[here] = (rng.random((rows, 1)) > edges).sum(axis=1)
    return P, samples
