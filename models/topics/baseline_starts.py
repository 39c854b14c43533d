"""Starts of another kind for the same passes: k-means in the tensor's own embedding, and chance."""

import numpy as np

from etl.engine import array_namespace, engine_of
from etl.engine.types import Array
from etl.handoff import from_host, to_host
from etl.pieces import Pieces
from models.topics import clusters, moments, whiten
from models.topics.start import Clock, Settings, Start, summed


def kmeans(pieces: Pieces, settings: Settings) -> Start:
    """Topics that are the words of clusters of documents, by k-means from documents drawn at random.

    Parameters
    ----------
    pieces : Pieces of CSR of float32, shape (documents, words)
    settings : Settings
        ``topics`` is the number of clusters; ``alpha0``, ``restarts`` and ``method`` are not looked at.

    Returns
    -------
    Start
        ``alpha`` is each cluster's share of the documents.

    Raises
    ------
    ValueError
        No document has three words.
    """
    clock = Clock()
    bags, total = summed(pieces, settings.cap)
    scale = moments.scaling(total.M1, settings.power)
    values, U = whiten.directions(bags, total, scale, settings.topics, settings.passes, settings.seed)
    xp = array_namespace(U)
    W = (scale[:, None] * U / xp.sqrt(xp.maximum(values, 1e-12))).astype(U.dtype)
    clock.mark("moments")
    points = xp.concatenate(list(clusters.embedded(bags, W)))
    model = engine_of(U).ml.cluster.KMeans(n_clusters=settings.topics, n_init=1, random_state=settings.seed)
    centres = model.fit(points).cluster_centers_
    topics, shares = clusters.words(pieces, settings.cap, W, clusters.unit(xp.asarray(centres)))
    clock.mark("cluster")
    return Start(topics=topics, alpha=shares, seconds=clock.seconds, spectrum=to_host(values))


def random(words: Array, topics: int, seed: int) -> Start:
    """Shares of words, shaken: the start of most software.

    Parameters
    ----------
    words : array of float64, shape (words,)
        Tokens of each word in all documents.
    topics : int
    seed : int

    Returns
    -------
    Start
        ``alpha`` is ``1 / topics`` for each topic.
    """
    xp = array_namespace(words)
    shaken = np.random.RandomState(seed).gamma(100.0, 0.01, (topics, len(words)))
    rows = from_host(shaken, engine_of(words)) * (words / words.sum())
    return Start(topics=rows / rows.sum(axis=1, keepdims=True), alpha=xp.full(topics, 1.0 / topics))
