"""Who matters, who belongs together, how far is it? Edges or votes in; ranks, communities and paths out.

``python -m pipelines.graph --data edges.csv --ends from to``
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

from etl import handoff, records
from etl.engine import choose
from etl.graph.edges import Graph
from models.graphs import communities, neighbours, paths, ranks
from pipelines import figures
from pipelines.graph import figures as graph_figures
from pipelines.graph.data import Config, check, load
from pipelines.graph.story import story
from pipelines.run import Run, step

__all__ = ["Config", "main"]

LARGE = 300_000
"""Edges above which communities, by NetworkX in Python, are left out on a CPU; so many take half a minute."""


def main(config: Config) -> Path:
    """Load, rank, part, walk, report; returns the run's folder."""
    check(config)
    engine = choose(config.device)
    with Run("graph", config, out=config.out, engine=engine) as run, records.collect() as entries:
        with step(run, "load"):
            graph = load(config, run)
            strong, long = weights_by_role(config, graph)
            run.say(f"graph: {len(graph):,} nodes, {len(graph.source):,} edges, {graph.loops:,} self-loops")
        with step(run, "rank"):
            nodes = ranks.pagerank(strong)
        with step(run, "part"):
            nodes["component"] = paths.components(graph)["component"]
            nodes["community"] = find_communities(config, run, strong)
            nodes["degree"] = neighbours.degrees(graph)["degree"]
            nodes["triangles"] = neighbours.triangles(graph.undirected())["triangles"]
        with step(run, "walk"):
            start = source_node(config, run, nodes)
            reached = (paths.bfs if long.weight is None else paths.shortest_paths)(long, start)
            nodes = nodes.merge(reached, on="node", how="left").sort_values("node", ignore_index=True)
        return report(config, run, entries, strong, nodes, start)


def weights_by_role(config: Config, graph: Graph) -> tuple[Graph, Graph]:
    """The graph with weights where they are strengths, and where they are distances."""
    plain = replace(graph, weight=None)
    return (graph, plain) if config.weights == "strength" else (plain, graph)


def find_communities(config: Config, run: Run, graph: Graph) -> Any:
    """Communities of the graph without directions; components where it is too large for them."""
    if run.engine.name == "cpu" and len(graph.source) > LARGE:
        run.say(f"communities: components, as Louvain's take minutes beyond {LARGE:,} edges without a GPU")
        return paths.components(graph)["component"]
    return communities.louvain(graph.undirected(), seed=config.seed)["community"]


def source_node(config: Config, run: Run, nodes: Any) -> Any:
    """Node that paths start from.

    Raises
    ------
    ValueError
        There is none of that name.
    """
    if config.start is None:
        start = nodes["node"].iloc[int(nodes["pagerank"].values.argmax())]
        run.say(f"paths: from {start}, the node of the highest rank")
        return start
    named = nodes["node"][nodes["node"].astype("str") == config.start]
    if not len(named):
        raise ValueError(f"--start {config.start} is no node; nodes are such as {nodes['node'].iloc[0]}")
    return named.iloc[0]


def report(
    config: Config, run: Run, entries: list[records.Entry], graph: Graph, nodes: Any, start: Any
) -> Path:
    """Write nodes, edges, metrics, figures and the ledger, and close the run."""
    nodes.to_csv(run.path("nodes.csv"), index=False)
    tie = neighbours.jaccard(graph.undirected())
    tie.to_csv(run.path("edges.csv"), index=False)
    host = handoff.to_arrow(nodes).to_pandas()
    ledger = handoff.ledger(entries)
    measured = measures(graph, host, entries) | {
        "start": str(start),
        "host_crossings": sum(row["times"] for row in ledger if row["copies"] == "host"),
    }
    pictures = graph_figures.all_figures(graph, host, measured, config.drawn, config.seed)
    pictures |= {"timeline": figures.timeline(run.stages), "ledger": figures.ledger(ledger)}
    return run.finish(measured, story=story(measured, host), figures=pictures, ledger=ledger)


def measures(graph: Graph, nodes: Any, entries: list[records.Entry]) -> dict[str, Any]:
    """Numbers of the graph; distances are of the nodes that are reached."""
    xp, plain = graph.engine.xp, graph.undirected()
    label = xp.asarray(nodes["community"].to_numpy())
    wedges = float((nodes["degree"] * (nodes["degree"] - 1) / 2).sum())
    found, corners = nodes["distance"].dropna(), int(nodes["triangles"].sum())
    return {
        "nodes": len(graph),
        "edges": len(graph.source),
        "self_loops": graph.loops,
        "repeated": sum(row["edges"] for row in records.of_kind(entries, "repeated")),
        "quarantined": sum(row["rows"] for row in records.of_kind(entries, "rejected")),
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
