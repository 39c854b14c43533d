"""What two nodes have in common: Jaccard's coefficient, and triangles. A node is no neighbour of itself."""

from itertools import pairwise

import networkx
import numpy as np

from etl.engine import array_namespace
from etl.engine.types import Array, ArrayModule, Csr, Frame
from etl.graph.edges import ENDS, Graph
from etl.handoff import to_host
from etl.handoff.networkx import answer_of
from etl.ids import places, tally
from models.graphs.dispatch import check_undirected, frame, on_networkx

HUB = 16
"""Times as many neighbours as the other node of a pair has, from which a node's own are not gone through."""
CHUNK = 1 << 22
"""Entries of neighbours' rows that are compared at a time."""


def degrees(graph: Graph) -> Frame:
    """Number of other nodes that each is linked with, whichever way.

    Returns
    -------
    DataFrame
        Columns node, degree (int64).
    """
    ties = _without_loops(graph.undirected()).matrix(weighted=False)
    return graph.frame(degree=graph.engine.xp.diff(ties.indptr).astype("int64"))


def jaccard(graph: Graph, pairs: Frame | None = None) -> Frame:
    """Share of common neighbours among all neighbours of two nodes; weights do not count.

    Parameters
    ----------
    graph : Graph
        Undirected.
    pairs : DataFrame, optional
        Columns source and target; the graph's edges by default.

    Returns
    -------
    DataFrame
        Columns source, target, jaccard (float64; 0 where neither has a neighbour), in the order of the pairs.

    Raises
    ------
    ValueError
        The graph is directed, or has no such node.
    """
    check_undirected(graph, "Jaccard's coefficient")
    source, target = (graph.source, graph.target) if pairs is None else _codes(graph, pairs)
    names = {"source": graph.nodes.take(source), "target": graph.nodes.take(target)}
    return graph.engine.df.DataFrame({**names, "jaccard": _shares(_without_loops(graph), source, target)})


def _codes(graph: Graph, pairs: Frame) -> list[Array]:
    codes = [places(graph.nodes, pairs[end]) for end in ENDS]
    for end, code in zip(ENDS, codes, strict=True):
        if bool((code < 0).any()):
            graph.code(pairs[end].iloc[int((code < 0).argmax())])
    return codes


def _shares(graph: Graph, source: Array, target: Array) -> Array:
    """``|A and B| / |A or B|`` of the neighbours A and B of two nodes, float64, (pairs,)."""
    xp, A = graph.engine.xp, graph.matrix(weighted=False)
    degree, common = xp.diff(A.indptr).astype("int64"), xp.zeros(len(source))
    swap = degree[source] > degree[target]
    few, many = xp.where(swap, target, source), xp.where(swap, source, target)
    uneven = degree[many] > HUB * degree[few]
    alike, apart = xp.flatnonzero(~uneven), xp.flatnonzero(uneven)
    for rows in _chunks((degree[source] + degree[target])[alike]):
        pairs = alike[rows]
        common[pairs] = xp.asarray(A[source[pairs]].multiply(A[target[pairs]]).sum(axis=1)).ravel()
    keys = xp.sort(_rows(A.indptr, xp) * len(degree) + A.indices) if len(apart) else A.indices
    for rows in _chunks(degree[few[apart]]):
        pairs = apart[rows]
        common[pairs] = _matches(A, keys, few[pairs], many[pairs])
    return common / xp.maximum(degree[source] + degree[target] - common, 1)


def _matches(A: Csr, keys: Array, few: Array, many: Array) -> Array:
    """How many neighbours of each node of ``few`` are neighbours of its partner, a hub.

    Parameters
    ----------
    A : CSR matrix, shape (nodes, nodes)
    keys : int64 array, shape (entries,)
        ``row * nodes + column`` of the entries of A, rising.
    few, many : int64 array, shape (pairs,)

    Returns
    -------
    int64 array, shape (pairs,)
    """
    xp = array_namespace(keys)
    begin = A.indptr[few].astype("int64")
    ends = xp.concatenate([xp.zeros(1, "int64"), xp.cumsum(A.indptr[few + 1] - begin)])
    pair = _rows(ends, xp)
    neighbour = A.indices[xp.arange(len(pair)) - ends[pair] + begin[pair]]
    wanted = many[pair] * A.shape[0] + neighbour
    place = xp.minimum(xp.searchsorted(keys, wanted), len(keys) - 1)
    return tally(pair[keys[place] == wanted], len(few))


def _rows(indptr: Array, xp: ArrayModule) -> Array:
    """Number of the row of each entry; CuPy repeats no array."""
    return xp.searchsorted(indptr, xp.arange(int(indptr[-1])), side="right") - 1


def triangles(graph: Graph) -> Frame:
    """Triangles through each node.

    On a CPU, edges are turned towards the node of higher degree, so that each triangle is found once, and few
    neighbours are compared.

    Returns
    -------
    DataFrame
        Columns node, triangles (int64).

    Raises
    ------
    ValueError
        The graph is directed.
    """
    check_undirected(graph, "a triangle")
    plain = _without_loops(graph)
    if graph.engine.name == "gpu":
        return frame(graph, triangles=answer_of(networkx.triangles, on_networkx(plain)))
    size = len(plain)
    rank = np.empty(size, dtype="int64")
    degree = np.bincount(np.concatenate([plain.source, plain.target]), minlength=size)
    rank[np.argsort(degree, kind="stable")] = np.arange(size)
    ends = rank[plain.source], rank[plain.target]
    up = Graph(range(size), np.minimum(*ends), np.maximum(*ends), directed=True)
    return graph.frame(triangles=_corners(up.matrix())[rank])


def _corners(up: Csr) -> np.ndarray:
    """Triangles at each node, of a matrix with each edge once and in no circle."""
    low, high = up.nonzero()
    length, size = np.diff(up.indptr), up.shape[0]
    triangles = np.zeros(size, dtype="int64")
    for rows in _chunks(length[low] + length[high]):
        third = up[low[rows]].multiply(up[high[rows]]).tocsr()
        count = np.diff(third.indptr)
        np.add.at(triangles, low[rows], count)
        np.add.at(triangles, high[rows], count)
        triangles += np.bincount(third.indices, minlength=size)
    return triangles


def _without_loops(graph: Graph) -> Graph:
    other = graph.source != graph.target
    return Graph(graph.nodes, graph.source[other], graph.target[other])


def _chunks(costs: Array) -> list[slice]:
    """Runs of entries whose costs sum to about `CHUNK`."""
    if not len(costs):
        return []
    xp = array_namespace(costs)
    cuts = xp.flatnonzero(xp.diff(xp.cumsum(costs, dtype="int64") // CHUNK)) + 1
    ends = [0, *to_host(cuts).tolist(), len(costs)]
    return [slice(*pair) for pair in pairwise(ends)]
