"""New nodes beside a graph that was ranked and parted: each by its edges to nodes that are known."""

from dataclasses import dataclass

from etl.engine import engine_of
from etl.engine.types import Array, Frame, Index, Series
from etl.graph.edges import Graph
from etl.ids import factorize, places, tally, together

ALPHA = 0.85
"""Share of steps that follow an edge, as in `models.graphs.ranks`."""


@dataclass(frozen=True, eq=False)
class Known:
    """Nodes of a graph, and what was found of them.

    Attributes
    ----------
    nodes : Index, shape (n,)
    pagerank, strength : float64 array, shape (n,)
        Strength is the weight of the edges that lead away.
    community : int64 array, shape (n,)
    directed : bool
    """

    nodes: Index
    pagerank: Array
    strength: Array
    community: Array
    directed: bool = False


@dataclass(frozen=True, eq=False)
class Attached:
    """What edges say of new nodes.

    Attributes
    ----------
    frame : DataFrame
        See `attach`.
    old, apart : int
        Edges between two known nodes, and between two new ones: neither is used.
    """

    frame: Frame
    old: int
    apart: int


def strength(graph: Graph) -> Array:
    """Weight of the edges that lead away from each node, float64, shape (n,); a self-loop counts once.

    Parameters
    ----------
    graph : Graph
    """
    value = graph.engine.xp.ones(len(graph.source)) if graph.weight is None else graph.weight
    away = tally(graph.source, len(graph), value)
    if graph.directed:
        return away
    moves = graph.source != graph.target
    return away + tally(graph.target[moves], len(graph), value[moves])


def attach(known: Known, source: Series, target: Series, weight: Array | None = None) -> Attached:
    """Community and rank of new nodes, each as if it alone were added.

    The community is that of most of the weight of a node's known neighbours, the larger one of equals. The
    rank is one step from the known ranks: ``(1 - a + a d) / (n + 1) + a * sum(r[u] * w / (s[u] + w))`` over
    neighbours u that lead to it, d being the rank of nodes from which no edge leads.

    Parameters
    ----------
    known : Known
    source, target : Series, shape (edges,)
    weight : float64 array, shape (edges,), optional
        Those of a repeated edge are summed; without weights it counts once.

    Returns
    -------
    Attached
        With columns node, community, share (of the weight, in that community), pagerank and neighbours.
    """
    engine = engine_of(source)
    xp, size = engine.xp, len(known.nodes)
    one, other = places(known.nodes, source), places(known.nodes, target)
    away, toward = (one < 0) & (other >= 0), (one >= 0) & (other < 0)
    node = together([source[away].reset_index(drop=True), target[toward].reset_index(drop=True)])
    old, apart = int(((one >= 0) & (other >= 0)).sum()), int(((one < 0) & (other < 0)).sum())
    if not len(node):
        return Attached(engine.df.DataFrame({"node": node}), old, apart)
    code, names = factorize(node)
    near = xp.concatenate([other[away], one[toward]])
    leads = xp.concatenate(
        [xp.full(int(away.sum()), not known.directed), xp.ones(int(toward.sum()), dtype=bool)]
    )
    value = xp.ones(len(near)) if weight is None else xp.concatenate([weight[away], weight[toward]])
    pair = code * size + near
    edges, sums = _summed(pair, value, weight is None)
    community, share = _voted(edges // size, known.community[edges % size], sums, len(names))
    steps, sums_in = _summed(pair[leads], value[leads], weight is None)
    columns = {
        "community": community,
        "share": share,
        "pagerank": _pushed(known, steps, sums_in, len(names)),
        "neighbours": tally(edges // size, len(names)),
    }
    return Attached(engine.df.DataFrame({"node": names, **columns}), old, apart)


def _summed(key: Array, value: Array, once: bool) -> tuple[Array, Array]:
    """Keys, each once, and the sums of their values, or 1."""
    xp = engine_of(key).xp
    found, place = xp.unique(key, return_inverse=True)
    return found, xp.ones(len(found)) if once else tally(place, len(found), value)


def _voted(node: Array, community: Array, value: Array, count: int) -> tuple[Array, Array]:
    """Community of the largest sum of each node, and its share."""
    xp = engine_of(node).xp
    groups = int(community.max()) + 1
    keys, sums = _summed(node * groups + community, value, False)
    order = xp.argsort(-sums, kind="stable")  # of equals the first: communities go by size
    order = order[xp.argsort(keys[order] // groups, kind="stable")]
    first = xp.flatnonzero(xp.diff(keys[order] // groups, prepend=-1))
    whole = tally(keys // groups, count, sums)
    return keys[order][first] % groups, sums[order][first] / xp.where(whole > 0, whole, 1)


def _pushed(known: Known, steps: Array, value: Array, count: int) -> Array:
    xp, size = engine_of(steps).xp, len(known.nodes)
    near = steps % size
    total = known.strength[near] + value
    share = known.pagerank[near] * value / xp.where(total > 0, total, 1)
    ends = float(known.pagerank[known.strength == 0].sum())
    return (1 - ALPHA + ALPHA * ends) / (size + 1) + ALPHA * tally(steps // size, count, share)
