"""Starts of another kind for the same passes: k-means in the tensor's own embedding, and chance."""

from typing import Any

from etl.engine import array_namespace, engine_of
from etl.pieces import Pieces
from models.topics import clusters, moments, whiten
from models.topics.start import Clock, Settings, Start, summed


def kmeans(pieces: Pieces, how: Settings) -> Start:
    """Topics that are the words of clusters of documents, by k-means from documents drawn at random."""
    clock = Clock()
    bags, total = summed(pieces, how.cap)
    scale = moments.scaling(total.M1, how.power)
    values, U = whiten.directions(bags, total, scale, how.topics, how.passes, how.seed)
    xp = array_namespace(U)
    W = (scale[:, None] * U / xp.sqrt(xp.maximum(values, 1e-12))).astype(U.dtype)
    clock.mark("moments")
    points = xp.concatenate(list(clusters.embedded(bags, W)))
    model = engine_of(U).ml.cluster.KMeans(n_clusters=how.topics, n_init=1, random_state=how.seed)
    centres = model.fit(points).cluster_centers_
    topics, shares = clusters.words(pieces, how.cap, W, clusters.unit(xp.asarray(centres)))
    clock.mark("cluster")
    return Start(topics, shares, seconds=clock.seconds, spectrum=values)


def random(words: Any, topics: int, seed: int) -> Start:
    """Shares of words, shaken: the start of most software."""
    xp = array_namespace(words)
    shaken = xp.random.RandomState(seed).gamma(100.0, 0.01, (topics, len(words)))
    topics_ = shaken * (words / words.sum())
    return Start(topics_ / topics_.sum(axis=1, keepdims=True), xp.full(topics, 1.0 / topics))
