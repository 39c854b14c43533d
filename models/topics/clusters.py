"""Documents gathered around directions of the whitened embedding, and the words of each such cluster.

In bursty text the components of the third moment point at topics, but their weights on words are noisy. The
words of the documents nearest to each component, after a few steps of spherical k-means, are a better start.
"""

from functools import partial
from operator import add

from etl.engine import array_namespace, engine_of
from etl.engine.types import Array, Csr
from etl.pieces import Pieces
from models.topics.moments import Bags, add_pairs, capped

LLOYD = 10
"""Steps of k-means from the components; more neither helped nor harmed."""
SMOOTH = 1e-2
"""Tokens of each word in each cluster beforehand."""


def embedded(bags: Pieces, W: Array) -> Pieces:
    """Documents as unit vectors of the embedding.

    Parameters
    ----------
    bags : Pieces of Bags
    W : array of float32, shape (words, k)
        Whitening of counts.

    Returns
    -------
    Pieces of arrays of float32, shape (documents, k)
        Rows of zeros for documents without a word.
    """
    return bags.map("embed", partial(_embed, W=W))


def _embed(bags: Bags, W: Array) -> Array:
    return unit(bags.X @ W)


def unit(rows: Array) -> Array:
    """Rows of length one; those of length zero stay."""
    xp = array_namespace(rows)
    return rows / xp.maximum(xp.linalg.norm(rows, axis=1, keepdims=True), 1e-12)


def reassign(bags: Pieces, W: Array, centres: Array, steps: int = LLOYD) -> Array:
    """Centres after some steps of spherical k-means; one without documents stays where it is.

    Parameters
    ----------
    bags : Pieces of Bags
    W : array of float32, shape (words, k)
        Whitening of counts.
    centres : array of float32, shape (clusters, k)
        To begin with; rows of length one.
    steps : int

    Returns
    -------
    array of float32, shape (clusters, k)
        Rows of length one.
    """
    points = embedded(bags, W).persist()
    for _ in range(steps):
        sums = points.reduce(partial(_sums, centres=centres), add)
        xp = array_namespace(sums)
        empty = xp.abs(sums).sum(axis=1, keepdims=True) == 0
        centres = xp.where(empty, centres, unit(sums))
    return centres


def words(pieces: Pieces, cap: float | None, W: Array, centres: Array) -> tuple[Array, Array]:
    """Shares of words in each cluster's documents, and each cluster's share of the documents.

    Documents are placed by counts up to ``cap``; then all their tokens count.

    Parameters
    ----------
    pieces : Pieces of CSR of float32, shape (documents, words)
    cap : float or None
    W : array of float32, shape (words, k)
        Whitening of counts.
    centres : array of float32, shape (clusters, k)
        Rows of length one.

    Returns
    -------
    topics : array of float64, shape (clusters, words)
        Rows sum to one; no word has share 0.
    shares : array of float64, shape (clusters,)
    """
    count, size = pieces.reduce(partial(_words, cap=cap, W=W, centres=centres), add_pairs)
    topics = count.T.astype("float64") + SMOOTH
    return topics / topics.sum(axis=1, keepdims=True), size / size.sum()


def _sums(points: Array, centres: Array) -> Array:
    return _membership(points, centres).T @ points


def _words(X: Csr, cap: float | None, W: Array, centres: Array) -> tuple[Array, Array]:
    member = _membership(unit(capped(X, cap) @ W), centres)
    xp = array_namespace(member)
    return (member.T @ X).toarray().T, xp.asarray(member.sum(axis=0), "float64").ravel()


def _membership(points: Array, centres: Array) -> Csr:
    """A sparse one for each point in the column of its nearest centre, (points, centres)."""
    engine = engine_of(points)
    xp, n = engine.xp, len(points)
    nearest = (points @ centres.T).argmax(axis=1).astype("int32")
    ones = xp.ones(n, points.dtype)
    return engine.sparse.csr_matrix((ones, nearest, xp.arange(n + 1, dtype="int32")), shape=(n, len(centres)))
