"""What can be reached from where: components, numbers of edges, shortest paths."""

import networkx
from scipy.sparse import csgraph

from etl.engine.types import Array, Frame
from etl.graph.edges import Graph
from etl.handoff.networkx import answer_of
from models.graphs.dispatch import by_size, frame, on_networkx, parts


def components(graph: Graph, strong: bool = False) -> Frame:
    """Connected components: of a directed graph the weak ones, or the strong ones.

    Parameters
    ----------
    graph : Graph
    strong : bool
        Of a directed graph: whether paths must lead both ways.

    Returns
    -------
    DataFrame
        Columns node, component (int64: 0 is the largest; of equal ones, that of the first node comes first).
    """
    if graph.engine.name == "gpu":
        kind = "connected" if not graph.directed else "strongly_connected" if strong else "weakly_connected"
        find = getattr(networkx, f"{kind}_components")
        return parts(graph, "component", answer_of(find, on_networkx(graph)))
    connection = "strong" if strong and graph.directed else "weak"
    _, label = csgraph.connected_components(graph.matrix(weighted=False), connection=connection)
    return graph.frame(component=by_size(label))


def bfs(graph: Graph, source: object) -> Frame:
    """Number of edges to each node that can be reached from a source.

    Parameters
    ----------
    graph : Graph
    source
        Id of a node.

    Returns
    -------
    DataFrame
        Columns node, distance (int64); the source is among them.

    Raises
    ------
    ValueError
        The graph has no such node.
    """
    code = graph.code(source)
    if graph.engine.name == "gpu":
        nodes = on_networkx(graph, weighted=False)
        lengths = answer_of(networkx.single_source_shortest_path_length, nodes, code)
        return frame(graph, distance=lengths)
    order, before = csgraph.breadth_first_order(graph.matrix(weighted=False), code)
    distance = dict.fromkeys([code], 0)
    for node, parent in zip(order[1:].tolist(), before[order[1:]].tolist(), strict=True):
        distance[node] = distance[parent] + 1
    return frame(graph, distance=distance)


def shortest_paths(graph: Graph, source: object) -> Frame:
    """Least sum of weights to each node that can be reached from a source.

    Dijkstra's algorithm, or Bellman and Ford's where a weight is negative.

    Parameters
    ----------
    graph : Graph
        Without weights, every edge weighs 1.
    source
        Id of a node.

    Returns
    -------
    DataFrame
        Columns node, distance (float64); the source is among them.

    Raises
    ------
    ValueError
        The graph has no such node; or it reaches a cycle of negative weight, such as a negative edge that can
        be walked both ways, so that no path is the shortest.

    Examples
    --------
    >>> import pandas
    >>> from etl.graph.edges import graph
    >>> table = pandas.DataFrame({"source": [*"aab"], "target": [*"bcc"], "weight": [1.0, 5.0, 2.0]})
    >>> shortest_paths(graph(table, weight="weight"), "a").to_numpy().tolist()
    [['a', 0.0], ['b', 1.0], ['c', 3.0]]
    """
    code, xp = graph.code(source), graph.engine.xp
    if graph.weight is not None and bool((graph.weight < 0).any()):
        distance = _bellman_ford(graph, code)
    elif graph.engine.name == "gpu":
        lengths = answer_of(networkx.single_source_dijkstra_path_length, on_networkx(graph), code)
        return frame(graph, distance=lengths)
    else:
        distance = csgraph.dijkstra(graph.matrix(), indices=code)
    reached = xp.flatnonzero(xp.isfinite(distance))
    return graph.frame(reached, distance=distance[reached])


def _bellman_ford(graph: Graph, code: int) -> Array:
    """Rounds over all edges until none shortens a path; SciPy's own does a round for each node."""
    xp, edges = graph.engine.xp, graph.matrix().tocoo()
    distance = xp.full(len(graph), xp.inf)
    distance[code] = 0
    for _ in range(len(graph)):
        nearer = distance.copy()
        xp.minimum.at(nearer, edges.col, distance[edges.row] + edges.data)
        if bool((nearer == distance).all()):
            return distance
        distance = nearer
    raise ValueError(
        "a cycle of negative weight can be reached from the source, so no path is the shortest; an "
        "undirected negative edge is such a cycle: pass directed=True, or weights of 0 and more"
    )
