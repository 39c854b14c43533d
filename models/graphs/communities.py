"""Communities of nodes, and how far apart they are."""

import networkx

from etl.engine.types import Array, Frame
from etl.graph.edges import Graph
from etl.handoff.networkx import answer_of
from models.graphs.dispatch import check_undirected, check_weights, has_weight, on_networkx, parts


def louvain(graph: Graph, resolution: float = 1.0, seed: int = 0) -> Frame:
    """Communities of high modularity, by NetworkX.

    Parameters
    ----------
    graph : Graph
    resolution : float
        Above 1, more and smaller communities.
    seed : int
        Of the order in which nodes are moved.

    Returns
    -------
    DataFrame
        Columns node, community (int64: 0 is the largest).

    Raises
    ------
    ValueError
        The graph is directed, or a weight is negative.

    References
    ----------
    .. [1] Blondel, Guillaume, Lambiotte, Lefebvre, Fast unfolding of communities in large networks, 2008.
    """
    check_undirected(graph, "a community")
    check_weights(graph, "modularity is of shares of the weight")
    if not has_weight(graph):
        return graph.frame(community=graph.engine.xp.arange(len(graph)))
    find, options = networkx.community.louvain_communities, {"resolution": resolution, "seed": seed}
    if graph.engine.name == "gpu":
        return parts(graph, "community", answer_of(find, on_networkx(graph), weight="weight", **options))
    return parts(graph, "community", find(on_networkx(graph), weight="weight", **options))


def modularity(graph: Graph, label: Array) -> float:
    """Share of the weight that lies within communities, less what chance would put there.

    Parameters
    ----------
    graph : Graph
        Undirected.
    label : int array, shape (n,)
        Community of each node, in the order of ``graph.nodes``.

    Raises
    ------
    ValueError
        The graph is directed.

    References
    ----------
    .. [1] Newman and Girvan, Finding and evaluating community structure in networks, 2004, equation 5.
    """
    xp = graph.engine.xp
    check_undirected(graph, "modularity here")
    weight = xp.ones(len(graph.source)) if graph.weight is None else graph.weight
    total = float(weight.sum())
    if not total:
        return 0.0
    ends = xp.concatenate([label[graph.source], label[graph.target]])
    degree = xp.bincount(ends, weights=xp.concatenate([weight, weight]))
    inside = float(weight[label[graph.source] == label[graph.target]].sum())
    return inside / total - float(((degree / (2 * total)) ** 2).sum())
