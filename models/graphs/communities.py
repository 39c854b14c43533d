"""Communities of nodes, and how far apart they are."""

from typing import Any

import networkx

from etl.graph.edges import Graph
from models.graphs.dispatch import check_undirected, check_weights, on_networkx, parts


def louvain(graph: Graph, resolution: float = 1.0, seed: int = 0) -> Any:
    """Communities of high modularity, by NetworkX.

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
    xp = graph.engine.xp
    weighs = len(graph.source) and (graph.weight is None or bool((graph.weight > 0).any()))
    if not weighs:
        return graph.frame(community=xp.arange(len(graph)))
    on = {"backend": "cugraph"} if graph.engine.name == "gpu" else {}
    options = {"weight": "weight", "resolution": resolution, "seed": seed}
    found = networkx.community.louvain_communities(on_networkx(graph), **options, **on)
    return parts(graph, "community", found)


def modularity(graph: Graph, label: Any) -> float:
    """Share of the weight that lies within communities, less what chance would put there.

    Parameters
    ----------
    label : int array, shape (n,)
        Community of each node, in the order of ``graph.nodes``.
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
