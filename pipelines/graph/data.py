"""Graphs for the graph pipeline: a file of edges or of votes, or the demonstration."""

from typing import Any

import networkx
import pyarrow as pa

from etl.crowd.votes import COLUMNS, encode
from etl.graph import read
from etl.graph.edges import ENDS, Graph, Repeated, graph
from etl.handoff import from_arrow
from pipelines.graph.config import Config
from pipelines.run import Run


def load(config: Config, run: Run) -> Graph:
    """Read the edges, and say what they are.

    Raises
    ------
    FileNotFoundError, ValueError
        There is no such file, or it holds no graph.
    """
    if config.data is None:
        run.say("data: none was given, so it is who meets whom in Les Miserables")
        novel = networkx.les_miserables_graph()
        rows = [(one, other, float(count)) for one, other, count in novel.edges(data="weight")]
        names = dict(zip((*ENDS, "weight"), map(list, zip(*rows, strict=True)), strict=True))
        return graph(from_arrow(pa.table(names), run.engine), weight="weight")
    rows = read.table(config.data)
    if set(COLUMNS) <= set(rows.column_names) and not set(config.ends) <= set(rows.column_names):
        run.say("data: votes; workers are linked by the number of tasks to which they gave the same label")
        votes: Any = from_arrow(rows.select(list(COLUMNS)).drop_null().combine_chunks(), run.engine)
        return read.agreements(encode(votes))
    run.say(f"data: edges from {config.ends[0]} to {config.ends[1]}, {_weights(config)}")
    frame = read.frame(rows, run.engine, config.ends, config.weight)
    repeated: Repeated = "sum" if config.weights == "strength" else "min"
    return graph(frame, config.ends, config.weight, config.directed, repeated=repeated)


def _weights(config: Config) -> str:
    if config.weight is None:
        return "without weights"
    if config.weights == "strength":
        return (
            f"by {config.weight}, a strength, which counts in ranks and communities; repeated ones are summed"
        )
    return f"by {config.weight}, a distance, which counts in paths; of repeated ones the least is taken"
