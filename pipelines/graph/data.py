"""Graphs for the graph pipeline: a file of edges or of votes, or the demonstration."""

import networkx
import pyarrow as pa

from etl.crowd.votes import COLUMNS, encode
from etl.graph import read
from etl.graph.edges import ENDS, Graph, Repeated, graph
from etl.handoff import from_arrow
from etl.tables import read as door
from etl.tables.read import Column
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
    if _are_votes(config):
        run.say("data: votes; workers are linked by the number of tasks to which they gave the same label")
        rows = door.read(config.data, [Column(name) for name in COLUMNS], "votes", config.told())
        return read.agreements(encode(from_arrow(rows, run.engine)))
    run.say(f"data: edges from {config.ends[0]} to {config.ends[1]}, {_weights(config)}")
    found = read.edges(config.data, config.ends, config.weight, config.told(), config.directed)
    if found.nodes:
        run.say(f"nodes: {found.nodes:,}, those without an edge too, as the file says how many there are")
    nodes = run.engine.xp.arange(1, found.nodes + 1) if found.nodes else None
    frame = read.frame(found.rows, run.engine, config.ends, config.weight)
    repeated: Repeated = "sum" if config.weights == "strength" else "min"
    return graph(frame, config.ends, config.weight, config.directed, nodes, repeated)


def _are_votes(config: Config) -> bool:
    """Whether the file is a table that has the columns of votes, and not those of edges."""
    assert config.data is not None
    if read.files(config.data)[0].kind in read.PLAIN:
        return False
    names = {name.strip().casefold() for name in door.names(config.data, "edges", config.told(), config.ends)}
    ends = {end.strip().casefold() for end in config.ends}
    return set(COLUMNS) <= names and not ends <= names


def _weights(config: Config) -> str:
    if config.weight is None:
        return "without weights"
    if config.weights == "strength":
        return (
            f"by {config.weight}, a strength, which counts in ranks and communities; repeated ones are summed"
        )
    return f"by {config.weight}, a distance, which counts in paths; of repeated ones the least is taken"
