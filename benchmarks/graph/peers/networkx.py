"""NetworkX in Python."""

from typing import Any

import networkx
import numpy as np

from benchmarks.graph.peers.ours import SOURCE, edges, sums

OPERATIONS = {
    "pagerank": networkx.pagerank,
    "components": networkx.connected_components,
    "bfs": lambda graph: networkx.single_source_shortest_path_length(graph, SOURCE),
    "shortest paths": lambda graph: networkx.single_source_dijkstra_path_length(graph, SOURCE),
    "triangles": networkx.triangles,
    "jaccard": lambda graph: list(networkx.jaccard_coefficient(graph, graph.edges)),
}


def build(table: Any) -> networkx.Graph:
    """The graph of a frame of edges."""
    return networkx.from_pandas_edgelist(table, edge_attr="weight")


def load(data: dict[str, Any]) -> Any:
    """Edges as a frame; and as a graph, unless that is timed."""
    table = edges(data["size"], data["seed"])
    return table if data["operation"] == "build" else build(table)


def run(data: Any, threads: int, operation: str) -> Any:
    """The graph, or what NetworkX returns."""
    if operation == "build":
        return build(data)
    found = OPERATIONS[operation](data)
    return list(found) if operation == "components" else found


def digest(result: Any) -> dict[str, float]:
    """As of ours."""
    if isinstance(result, networkx.Graph):
        return {"count": result.number_of_edges(), "nodes": len(result)}
    if isinstance(result, dict):
        return sums([np.array(list(result))], list(result.values()))
    if isinstance(result[0], set):
        first = [(part, min(part)) for part in result]
        rows = np.array([(node, least) for part, least in first for node in part])
        return sums([rows[:, 0]], rows[:, 1])
    rows = np.array(result)
    return sums([rows[:, 0], rows[:, 1]], rows[:, 2])
