"""Documents gathered around directions of the whitened embedding, and the words of each such cluster.

In bursty text the components of the third moment point at topics, but their weights on words are noisy. The
words of the documents nearest to each component, after a few steps of spherical k-means, are a better start.
"""

from functools import partial
from typing import Any

from etl.engine import array_namespace, engine_of
from etl.pieces import Pieces
from models.topics.moments import Bags, capped

LLOYD = 10
"""Steps of k-means from the components; more neither helped nor harmed."""
SMOOTH = 1e-2
"""Tokens of each word in each cluster beforehand."""


def embedded(bags: Pieces, W: Any) -> Pieces:
    """Documents as unit vectors of the embedding, (documents, k)."""
    return bags.map("embed", partial(_embed, W=W))


def _embed(bags: Bags, W: Any) -> Any:
    return unit(bags.X @ W)


def unit(rows: Any) -> Any:
    """Rows of length one; those of length zero stay."""
    xp = array_namespace(rows)
    return rows / xp.maximum(xp.linalg.norm(rows, axis=1, keepdims=True), 1e-12)


def reassign(bags: Pieces, W: Any, centres: Any, steps: int = LLOYD) -> Any:
    """Centres after some steps of spherical k-means; one without documents stays where it is."""
    points = embedded(bags, W).persist()
    for _ in range(steps):
        sums = points.reduce(partial(_sums, centres=centres), _add)
        xp = array_namespace(sums)
        empty = xp.abs(sums).sum(axis=1, keepdims=True) == 0
        centres = xp.where(empty, centres, unit(sums))
    return centres


def words(pieces: Pieces, cap: float | None, W: Any, centres: Any) -> tuple[Any, Any]:
    """Shares of words in each cluster's documents, (k, words), and each cluster's share of documents, (k,).

    Documents are placed by counts up to ``cap``; then all their tokens count.
    """
    count, size = pieces.reduce(partial(_words, cap=cap, W=W, centres=centres), _both)
    topics = count.T.astype("float64") + SMOOTH
    return topics / topics.sum(axis=1, keepdims=True), size / size.sum()


def _sums(points: Any, centres: Any) -> Any:
    return _membership(points, centres).T @ points


def _words(X: Any, cap: float | None, W: Any, centres: Any) -> tuple[Any, Any]:
    member = _membership(unit(capped(X, cap) @ W), centres)
    xp = array_namespace(member)
    return (member.T @ X).toarray().T, xp.asarray(member.sum(axis=0), "float64").ravel()


def _membership(points: Any, centres: Any) -> Any:
    """A sparse one for each point in the column of its nearest centre, (points, centres)."""
    engine = engine_of(points)
    xp, n = engine.xp, len(points)
    nearest = (points @ centres.T).argmax(axis=1).astype("int32")
    ones = xp.ones(n, points.dtype)
    return engine.sparse.csr_matrix((ones, nearest, xp.arange(n + 1, dtype="int32")), shape=(n, len(centres)))


def _add(one: Any, other: Any) -> Any:
    return one + other


def _both(one: Any, other: Any) -> Any:
    return one[0] + other[0], one[1] + other[1]
