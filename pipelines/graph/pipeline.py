"""Who matters, who belongs together, how far is it? Edges or votes in; ranks, communities and paths out.

``python -m pipelines.graph --data edges.csv --ends from to``
"""

from dataclasses import replace
from typing import Any

from etl import handoff
from etl.engine.types import Frame
from etl.graph.edges import Graph
from models.graphs import communities, neighbours, paths, ranks
from pipelines.graph.apply import model
from pipelines.graph.config import Config
from pipelines.graph.data import load
from pipelines.graph.figures import all_figures
from pipelines.graph.measures import measures
from pipelines.graph.story import story
from pipelines.run import Result, Run

__all__ = ["Config", "main"]

LARGE = 300_000
"""Edges above which communities, by NetworkX in Python, are left out on a CPU; so many take half a minute."""


def main(config: Config) -> Result:
    """Load, rank, part, walk, report; returns the run."""
    with Run("graph", config) as run:
        with run.step("load"):
            graph = load(config, run)
            strong, long = weights_by_role(config, graph)
            run.say(f"graph: {len(graph):,} nodes, {len(graph.source):,} edges, {graph.loops:,} self-loops")
        with run.step("rank"):
            nodes = ranks.pagerank(strong)
        with run.step("communities"):
            nodes["component"] = paths.components(graph)["component"]
            nodes["community"] = find_communities(config, run, strong)
            nodes["degree"] = neighbours.degrees(graph)["degree"]
            nodes["triangles"] = neighbours.triangles(graph.undirected())["triangles"]
        with run.step("paths"):
            start = source_node(config, run, nodes)
            reached = (paths.bfs if long.weight is None else paths.shortest_paths)(long, start)
            nodes = nodes.merge(reached, on="node", how="left").sort_values("node", ignore_index=True)
        return report(config, run, strong, nodes, start)


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


def source_node(config: Config, run: Run, nodes: Frame) -> Any:
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


def report(config: Config, run: Run, graph: Graph, nodes: Frame, start: Any) -> Result:
    """Write nodes, edges, metrics and figures, and close the run."""
    host = handoff.to_pandas(nodes)
    host.to_csv(run.path("nodes.csv"), index=False)
    edges = handoff.to_pandas(neighbours.jaccard(graph.undirected()))
    edges.to_csv(run.path("edges.csv"), index=False)
    learnt = model(graph, nodes, config)
    found = run.measured(measures(graph, host, run.records) | {"start": str(start)})
    pictures = all_figures(graph, host, found, config.drawn, config.seed)
    return run.finish(found, story=story(found, host), figures=pictures, model=learnt)
