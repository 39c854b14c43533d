"""What the graph pipeline tells of a run, from its metrics and its nodes."""

from typing import Any

from pipelines.report import Story, Table

CAPTIONS = {
    "drawing": "Nodes coloured by community, larger by rank; the highest ranks are named.",
    "ranks": "The highest ranks (PageRank).",
    "communities": "Nodes of each community, and its node of the highest rank.",
    "degrees": "Share of the nodes with so many neighbours or more.",
    "distances": "Nodes by their distance from the start.",
}
TOP = 10


def story(found: dict[str, Any], nodes: Any) -> Story:
    """The graph in a paragraph, its first nodes, and its communities."""
    return Story(_summary(found, nodes), [_nodes(nodes), _communities(nodes)], CAPTIONS)


def _summary(found: dict[str, Any], nodes: Any) -> str:
    best = nodes["pagerank"].idxmax()
    parts = [
        f"{found['nodes']:,} nodes and {found['edges']:,} edges in {found['components']:,} components; the "
        f"largest holds {found['largest_component'] / found['nodes']:.0%} of the nodes.",
        f"{nodes['node'].loc[best]} ranks highest: it carries {nodes['pagerank'].loc[best]:.2%} of the "
        f"rank; an equal share is {100 / found['nodes']:.2g}%.",
        f"{found['communities']:,} communities have a modularity of {found['modularity']:.2f} (0 is what "
        "chance gives).",
    ]
    if found["clustering"] is not None:
        parts.append(
            f"{found['triangles']:,} triangles close {found['clustering']:.1%} of the pairs of neighbours."
        )
    parts.append(
        f"From {found['start']}, {found['reached']:,} nodes are reached, at {found['mean_distance']:.2f} on "
        f"average and {found['farthest']:g} at most."
    )
    if found["quarantined"]:
        parts.append(f"{found['quarantined']:,} rows lacked an end or a weight and were left out.")
    return " ".join(parts)


def _nodes(nodes: Any) -> Table:
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


def _communities(nodes: Any) -> Table:
    rows = list[list[str]]()
    for number, part in nodes.groupby("community"):
        if len(rows) == TOP:
            break
        best = part.nlargest(3, "pagerank")["node"]
        rows.append([str(number), f"{len(part):,}", ", ".join(map(str, best))])
    return "Largest communities", ["community", "nodes", "of the highest rank"], rows
