"""What the graph pipeline tells of a run, from its metrics and its nodes."""

from typing import Any

from etl.engine.types import Frame
from pipelines.report import Story, Table

CAPTIONS = {
    "drawing": "Nodes coloured by community, larger by rank; the first are named where there is room.",
    "ranks": "The highest ranks (PageRank).",
    "communities": "Nodes of each community, in its colour, and its node of the highest rank.",
    "degrees": "Share of the nodes with so many neighbours or more.",
    "distances": "Nodes by their distance from the start, in edges or, with --weights distance, in weights.",
}
TOP = 10


def story(metrics: dict[str, Any], nodes: Frame) -> Story:
    """The graph in a paragraph, its first nodes, and its communities."""
    headline = {name: metrics[name] for name in ("modularity", "communities", "nodes", "edges")}
    tables = [_nodes(nodes), _communities(nodes)]
    return Story(_summary(metrics, nodes), tables, CAPTIONS, headline=headline)


def _summary(metrics: dict[str, Any], nodes: Frame) -> str:
    best = nodes["pagerank"].idxmax()
    plural = "s" * (metrics["components"] != 1)
    parts = [
        f"{metrics['nodes']:,} nodes and {metrics['edges']:,} edges in {metrics['components']:,} "
        f"component{plural}; the largest holds "
        f"{metrics['largest_component'] / metrics['nodes']:.0%} of the nodes.",
        f"{nodes['node'].loc[best]} ranks highest: it carries {nodes['pagerank'].loc[best]:.2%} of the "
        f"rank; an equal share is {100 / metrics['nodes']:.2g}%.",
        f"The partition into {metrics['communities']:,} communities has a modularity of "
        f"{metrics['modularity']:.2f} (0 is what chance gives).",
    ]
    if metrics["clustering"] is not None:
        parts.append(
            f"{metrics['triangles']:,} triangles close {metrics['clustering']:.1%} of the pairs of "
            "neighbours."
        )
    parts.append(
        f"From {metrics['start']}, {metrics['reached']:,} nodes are reached, itself included, at "
        f"{metrics['mean_distance']:.2f} on average and {metrics['farthest']:g} at most."
    )
    if metrics["quarantined"]:
        parts.append(f"{metrics['quarantined']:,} rows lacked an end or a weight and were set aside.")
    return " ".join(parts)


def _nodes(nodes: Frame) -> Table:
    head = ["node", "rank", "neighbours", "triangles", "community", "distance"]
    rows = [
        [
            str(row.node),
            f"{row.pagerank:.4f}",
            f"{row.degree:,}",
            f"{row.triangles:,}",
            str(row.community),
            f"{row.distance:g}" if row.distance == row.distance else "-",
        ]
        for row in nodes.nlargest(TOP, "pagerank").itertuples()
    ]
    return "Highest ranks", head, rows


def _communities(nodes: Frame) -> Table:
    rows = list[list[str]]()
    for number, part in nodes.groupby("community"):
        if len(rows) == TOP:
            break
        best = part.nlargest(3, "pagerank")["node"]
        rows.append([str(number), f"{len(part):,}", ", ".join(map(str, best))])
    return "Largest communities", ["community", "nodes", "of the highest rank"], rows
