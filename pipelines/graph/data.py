"""Graphs for the graph pipeline: a file of edges or of votes, or the demonstration."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import networkx

from etl.crowd.votes import COLUMNS, encode
from etl.engine import Device
from etl.graph import read
from etl.graph.edges import ENDS, Graph, Repeated, graph
from etl.handoff import from_arrow
from pipelines.run import Run


@dataclass(frozen=True)
class Config:
    """From edges, or votes, to ranks, communities, paths and triangles."""

    data: Path | None = None
    """CSV, TSV, Parquet, or text with an edge a line; a table of task, worker and label links workers who
    agree. None takes who meets whom in Les Miserables."""
    ends: tuple[str, str] = ENDS
    """Columns of the two nodes of an edge."""
    weight: str | None = None
    """Column of weights."""
    weights: Literal["strength", "distance"] = "strength"
    """What weights are: strengths count in ranks and communities, and are summed where an edge is repeated;
    distances count in paths, and the least is taken."""
    directed: bool = False
    """Whether edges lead from the first node to the second only."""
    start: str | None = None
    """Node that paths start from; None takes that of the highest rank."""
    drawn: int = 150
    """Most nodes that are drawn."""
    device: Device = "auto"
    """Where the data lives; auto takes a GPU if one answers."""
    out: Path = Path("runs")
    """Directory of run folders."""
    seed: int = 0
    """Of communities and of the drawing."""


def check(config: Config) -> None:
    """Refuse what cannot be run before any work, with a ValueError."""
    if config.drawn < 2:
        raise ValueError(f"--drawn is {config.drawn}; it is 2 at least")
    if config.weights == "distance" and config.weight is None:
        raise ValueError("--weights distance needs --weight, the column that holds them")


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
        return graph(run.engine.df.DataFrame(names), weight="weight")
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
