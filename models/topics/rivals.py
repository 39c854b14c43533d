"""Other starts for the same passes: k-means in the tensor's own embedding, and chance."""

from functools import partial
from typing import Any

from etl.engine import engine_of
from etl.pieces import Pieces
from models.topics import moments, whiten
from models.topics.start import Clock, Settings, Start, summed


def kmeans(pieces: Pieces, how: Settings) -> Start:
    """Topics that are the words of clusters of documents: spherical k-means in the tensor's own embedding."""
    clock = Clock()
    bags, total = summed(pieces, how.cap)
    scale = moments.scaling(total.M1, how.power)
    values, U = whiten.directions(bags, total, scale, how.topics, how.passes, how.seed)
    xp = engine_of(U).xp
    W = (scale[:, None] * U / xp.sqrt(xp.maximum(values, 1e-12))).astype(U.dtype)
    clock.mark("moments")
    points = list(bags.map("embed", partial(_embed, W=W)))
    model = engine_of(U).ml.cluster.KMeans(n_clusters=how.topics, n_init=1, random_state=how.seed)
    codes = model.fit(xp.concatenate(points)).labels_
    clock.mark("cluster")
    counts: Any = 0
    begin = 0
    for X, part in zip(pieces, points, strict=True):
        one = xp.eye(how.topics, dtype="float32")[codes[begin : begin + len(part)]]
        counts, begin = counts + X.T @ one, begin + len(part)
    topics = (counts.T + 1e-2).astype("float64")
    shares = xp.bincount(codes, minlength=how.topics) / len(codes)
    return Start(topics / topics.sum(axis=1, keepdims=True), shares, seconds=clock.seconds, spectrum=values)


def _embed(bags: moments.Bags, W: Any) -> Any:
    P = bags.X @ W
    norm = engine_of(P).xp.linalg.norm(P, axis=1, keepdims=True)
    return P / engine_of(P).xp.maximum(norm, 1e-12)


def random(words: Any, topics: int, seed: int) -> Start:
    """Shares of words, shaken: the start of most software."""
    xp = engine_of(words).xp
    shaken = xp.random.RandomState(seed).gamma(100.0, 0.01, (topics, len(words)))
    topics_ = shaken * (words / words.sum())
    return Start(topics_ / topics_.sum(axis=1, keepdims=True), xp.full(topics, 1.0 / topics))
