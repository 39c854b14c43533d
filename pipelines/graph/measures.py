"""What a graph tells in numbers."""

from collections.abc import Iterable
from typing import Any

from etl.engine.types import Frame
from etl.graph.edges import Graph
from etl.handoff import from_host
from etl.records import Record, Repeated, of_kind
from models.graphs import communities


def measures(graph: Graph, nodes: Frame, entries: Iterable[Record]) -> dict[str, Any]:
    """Numbers of the graph; distances are of the nodes that are reached."""
    plain = graph.undirected()
    label = from_host(nodes["community"].to_numpy(), graph.engine)
    wedges = float((nodes["degree"] * (nodes["degree"] - 1) / 2).sum())
    found, corners = nodes["distance"].dropna(), int(nodes["triangles"].sum())
    return {
        "nodes": len(graph),
        "edges": len(graph.source),
        "self_loops": graph.loops,
        "repeated": sum(entry.rows for entry in of_kind(entries, Repeated)),
        "components": int(nodes["component"].max()) + 1,
        "largest_component": int((nodes["component"] == 0).sum()),
        "communities": int(nodes["community"].max()) + 1,
        "modularity": communities.modularity(plain, label),
        "triangles": corners // 3,
        "clustering": corners / wedges if wedges else None,
        "reached": len(found),
        "farthest": float(found.max()),
        "mean_distance": float(found.mean()),
    }
