"""New nodes of a graph by their edges to those of a run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from etl.engine import Engine
from etl.engine.types import Frame
from etl.files import kept, reading
from etl.graph import read
from etl.graph.edges import Graph
from etl.handoff import column, from_arrow, to_arrow
from etl.records import Choice, record
from models.graphs.attach import Known, attach, strength
from pipelines.graph.config import Config
from pipelines.run import told_of

NODES = "nodes.parquet"


@dataclass
class GraphModel:
    """Nodes of a run, and how its edges were read.

    Attributes
    ----------
    known : Known
    ends : (source, target)
    weight : str, optional
        Column of strengths.
    engine : Engine
    form : dict
        How files are written: ``encoding, bad_share``.
    """

    known: Known
    ends: tuple[str, str]
    weight: str | None
    engine: Engine
    form: Mapping[str, Any] = field(default_factory=dict)

    def save(self, folder: Path) -> Mapping[str, Any]:
        """A row a node as Parquet; the rest goes into ``model.json``."""
        known = self.known
        columns = {name: getattr(known, name) for name in ("pagerank", "strength", "community")}
        frame = self.engine.df.DataFrame({"node": known.nodes, **columns})
        pq.write_table(to_arrow(frame), folder / NODES)
        facts = {"ends": self.ends, "weight": self.weight, "directed": known.directed, "nodes": len(frame)}
        return facts | {"form": dict(self.form)}

    def predict(self, data: Frame | Path) -> Frame:
        """Community and rank of the nodes that the run did not know.

        Parameters
        ----------
        data : Path, or DataFrame
            Edges as in training; those between a new node and a known one count.

        Returns
        -------
        DataFrame
            ``node, community, share, pagerank, neighbours``, see `models.graphs.attach.attach`.

        Raises
        ------
        ValueError
            A column is missing, a weight is negative, or no edge leads from a new node to a known one.
        """
        directed = self.known.directed
        found = (
            read.edges(data, self.ends, self.weight, told_of(self.form), directed).rows
            if isinstance(data, Path)
            else None
        )
        rows = to_arrow(data) if found is None else found
        frame = read.frame(rows, self.engine, self.ends, self.weight)
        value = None if self.weight is None else column(frame, self.weight).astype("float64")
        if value is not None and bool((value < 0).any()):
            raise ValueError(
                f"{int((value < 0).sum()):,} weights are negative; ranks need weights of 0 or more"
            )
        source, target = self._typed(frame, self.ends[0]), self._typed(frame, self.ends[1])
        attached = attach(self.known, source, target, value)
        if not len(attached.frame):
            raise ValueError(
                f"none of {len(frame):,} edges leads from a new node to one of the run's "
                f"{len(self.known.nodes):,}, such as {self.known.nodes[0]}; write their names alike"
            )
        for count, what in ((attached.old, "nodes of the run"), (attached.apart, "new nodes")):
            if count:
                record(Choice(reason=f"edges: {count:,} between two {what} are not used"))
        return attached.frame

    def _typed(self, frame: Frame, end: str) -> Any:
        """Names as texts, where those of the run are."""
        text = getattr(self.known.nodes.dtype, "kind", "O") not in "iuf"
        return frame[end].astype("str") if text else frame[end]


def model(graph: Graph, nodes: Frame, config: Config) -> GraphModel:
    """What a run learnt; ``nodes`` are in the order of the graph's."""
    rank, community = column(nodes, "pagerank"), column(nodes, "community").astype("int64")
    known = Known(graph.nodes, rank, strength(graph), community, graph.directed)
    weight = config.weight if graph.weight is not None else None
    return GraphModel(known, config.ends, weight, graph.engine, config.of_files())


def load(folder: Path, facts: Mapping[str, Any], engine: Engine) -> GraphModel:
    """Read a model again.

    Parameters
    ----------
    folder : Path
    facts : mapping
        What `GraphModel.save` returned.
    engine : Engine
    """
    with reading(place := kept(folder / NODES), "a whole model folder"):
        frame = from_arrow(pq.read_table(place).combine_chunks(), engine)
    if len(frame) != facts["nodes"]:
        raise EOFError(f"{NODES} has {len(frame):,} nodes, and the run had {facts['nodes']:,}")
    parts = {name: column(frame, name) for name in ("pagerank", "strength", "community")}
    known = Known(engine.df.Index(frame["node"]), **parts, directed=facts["directed"])
    form = facts.get("form", {"encoding": None, "bad_share": 0.5})
    return GraphModel(known, tuple(facts["ends"]), facts["weight"], engine, form)
