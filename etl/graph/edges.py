"""Edge lists as graphs: a frame of edges in, codes and one sparse matrix out, on the device of the frame."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas
import pyarrow as pa

from etl import ids, records
from etl.engine import Engine, array_namespace, engine_of
from etl.engine.types import Array, Csr, Frame, Index, Series
from etl.handoff import from_arrow
from etl.ids import spell

Repeated = Literal["refuse", "sum", "min", "max"]
ENDS = ("source", "target")


@dataclass(frozen=True, eq=False)
class Graph:
    """A simple graph; self-loops are kept, no edge is there twice.

    Attributes
    ----------
    nodes : Index, shape (n,)
        Sorted; codes stand for their places.
    source, target : int64 arrays, shape (edges,)
        Codes; of an undirected graph, source <= target.
    weight : float64 array, shape (edges,), optional
        Finite.
    directed : bool
    """

    nodes: Index
    source: Array
    target: Array
    weight: Array | None = None
    directed: bool = False

    def __len__(self) -> int:
        return len(self.nodes)

    @property
    def engine(self) -> Engine:
        """Where the graph lies."""
        return engine_of(self.source)

    @property
    def loops(self) -> int:
        """Edges from a node to itself."""
        return int((self.source == self.target).sum())

    def code(self, node: object) -> int:
        """Code of a node.

        Raises
        ------
        ValueError
            The graph has no such node.
        """
        asked: Any = [node]
        if self.engine.name == "gpu":
            asked = from_arrow(pa.table({"node": asked}), self.engine)["node"]
        place = int(ids.places(self.nodes, asked)[0]) if len(self) else -1
        if place < 0:
            known = f"; it has {len(self):,}, such as {spell(self.nodes[0])}" if len(self) else ""
            raise ValueError(f"the graph has no node {spell(node)}{known}")
        return place

    def undirected(self) -> "Graph":
        """The graph without directions; weights of both ways are summed."""
        if not self.directed:
            return self
        xp = self.engine.xp
        source, target = xp.minimum(self.source, self.target), xp.maximum(self.source, self.target)
        runs = _runs(source * len(self) + target, self.weight)
        kept = runs.rows
        return Graph(self.nodes, source[kept], target[kept], _merged(runs, self.weight, "sum"))

    def matrix(self, weighted: bool = True) -> Csr:
        """Adjacency as CSR, float64, shape (n, n): both ways if undirected, and 1 without weights."""
        xp, sparse = self.engine.xp, self.engine.sparse
        source, target = self.source, self.target
        used = weighted and self.weight is not None
        value: Array = self.weight if used else xp.ones(len(source))
        if not self.directed:
            moves = source != target  # a self-loop is in the matrix once
            source, target, value = (
                xp.concatenate(pair)
                for pair in ((source, target[moves]), (target, source[moves]), (value, value[moves]))
            )
        places = (source.astype("int32"), target.astype("int32"))
        return sparse.coo_matrix((value, places), shape=(len(self), len(self))).tocsr()

    def frame(self, code: Array | None = None, **columns: Array) -> Frame:
        """Results as a frame of the graph's library.

        Parameters
        ----------
        code : int64 array, shape (rows,), optional
            Codes of the nodes of the rows; all nodes by default.
        **columns : arrays, shape (rows,)
            Results, by the name of their column.

        Returns
        -------
        DataFrame
            ``node``, then the columns.
        """
        nodes = self.nodes if code is None else self.nodes.take(code)
        return self.engine.df.DataFrame({"node": nodes, **columns})


def graph(
    frame: Frame,
    ends: tuple[str, str] = ENDS,
    weight: str | None = None,
    directed: bool = False,
    nodes: Sequence[object] | Index | None = None,
    repeated: Repeated = "refuse",
) -> Graph:
    """A graph from a frame with a row an edge.

    Parameters
    ----------
    frame : DataFrame
        pandas or cuDF.
    ends : (source, target)
        Columns of node ids of one type.
    weight : str, optional
        Column of finite numbers.
    directed : bool
        Whether an edge and its reverse are two edges.
    nodes : sequence, optional
        All nodes, those without an edge too; an edge to any other is refused.
    repeated : {"refuse", "sum", "min", "max"}
        What becomes of an edge that is there several times with different weights. Without weights, or where
        they are equal and not to be summed, one is kept.

    Raises
    ------
    ValueError
        A column is missing; an end or a weight is; ids are of several types; a weight is not a finite number;
        an edge is repeated with another weight, or leads to none of ``nodes``; there is no node. Each names
        the first row.

    Examples
    --------
    >>> import pandas
    >>> found = graph(pandas.DataFrame({"source": ["b", "a", "c"], "target": ["a", "b", "c"]}))
    >>> list(found.nodes), found.source.tolist(), found.target.tolist()
    (['a', 'b', 'c'], [0, 2], [1, 2])
    """
    _check(frame, ends, weight)
    engine = engine_of(frame)
    source, target, known = _codes(frame, ends, nodes, engine)
    values = None if weight is None else engine.xp.asarray(frame[weight].values, dtype="float64")
    if not directed:
        source, target = engine.xp.minimum(source, target), engine.xp.maximum(source, target)
    runs = _runs(source * len(known) + target, values)
    if repeated == "refuse" and values is not None:
        _refuse_conflicts(frame, ends, runs, values)
    kept = runs.rows
    records.record(records.Repeated(rows=len(source) - len(kept), what="edges"))
    return Graph(known, source[kept], target[kept], _merged(runs, values, repeated), directed)


def _check(frame: Frame, ends: tuple[str, str], weight: str | None) -> None:
    names = [*ends, *([] if weight is None else [weight])]
    if lacking := [name for name in names if name not in frame.columns]:
        raise ValueError(f"the edges have no column {', '.join(lacking)}; they have {list(frame.columns)}")
    xp = array_namespace(frame)
    for name in names:
        missing = xp.flatnonzero(xp.asarray(frame[name].isna().values))
        if len(missing):
            raise ValueError(
                f"{len(missing):,} edges have no {name}, the first in row {int(missing[0])}; "
                f"drop them with frame.dropna(subset={names})"
            )
    if weight is None:
        return
    if frame[weight].dtype.kind not in "biuf":
        raise ValueError(f"weights are numbers, and column {weight} holds {frame[weight].dtype}")
    wild = xp.flatnonzero(~xp.isfinite(xp.asarray(frame[weight].values, dtype="float64")))
    if len(wild):
        raise ValueError(f"the {weight} of row {int(wild[0])} is not finite; drop the edge, or mend it")


def _codes(
    frame: Frame, ends: tuple[str, str], nodes: Sequence[object] | Index | None, engine: Engine
) -> tuple[Array, Array, Index]:
    """Codes of both ends, and the nodes."""
    one, other = (frame[name].dtype for name in ends)
    numbers = [getattr(dtype, "kind", "O") in "biuf" for dtype in (one, other)]
    several = (
        f"ids of nodes are of several types: {ends[0]} holds {one} and {ends[1]} {other}; make them one, "
        f"as with frame.astype({{{ends[0]!r}: str, {ends[1]!r}: str}})"
    )
    if numbers[0] != numbers[1]:
        raise ValueError(several)
    both = ids.together([frame[name] for name in ends]) if len(frame) else None
    if both is not None and _mixed(both, engine):
        raise ValueError(several)
    if nodes is not None:
        known = engine.df.Index(nodes).sort_values()
        if not known.is_unique:
            raise ValueError(f"node {spell(known[known.duplicated()][0])} is named twice in nodes")
        code: Array = ids.places(known, both) if len(frame) else []
    elif both is None:
        raise ValueError("there is no edge, so no node is known; give edges, or nodes=")
    else:
        code, known = ids.factorize(both)
    code = engine.xp.asarray(code, dtype="int64")
    bad = engine.xp.flatnonzero(code < 0)
    if len(bad):
        row, end = int(bad[0]) % len(frame), ends[int(bad[0]) >= len(frame)]
        raise ValueError(
            f"the {end} of row {row}, {spell(frame[end].iloc[row])}, is none of the {len(known):,} nodes; "
            "add it to nodes, or drop the edge"
        )
    return code[: len(frame)], code[len(frame) :], known


def _mixed(values: Series, engine: Engine) -> bool:
    if engine.name == "gpu" or values.dtype != object:
        return False
    return pandas.api.types.infer_dtype(values, skipna=False).startswith("mixed")


@dataclass(frozen=True, eq=False)
class _Runs:
    """Rows of a frame sorted by edge: the rows of one edge are a run, from its least weight to its greatest.

    Attributes
    ----------
    order : int64 array, shape (rows,)
        Rows of the frame, sorted by key, then weight, then row.
    first : bool array, shape (rows,)
        Where a run begins in that order.
    """

    order: Array
    first: Array

    @property
    def rows(self) -> Array:
        """The first row of each run, int64, shape (edges,): that of the least weight."""
        return self.order[self.first]

    @property
    def last_rows(self) -> Array:
        """The last row of each run, int64, shape (edges,): that of the greatest weight."""
        last = array_namespace(self.first).ones(len(self.first), dtype=bool)
        last[:-1] = self.first[1:]
        return self.order[last]


def _runs(key: Array, weight: Array | None) -> _Runs:
    """Sort rows by the key of their edge, ``source * nodes + target``, and by weight within an edge."""
    xp = array_namespace(key)
    by_weight = xp.arange(len(key)) if weight is None else xp.argsort(weight, kind="stable")
    order = by_weight[xp.argsort(key[by_weight], kind="stable")]
    ordered, first = key[order], xp.ones(len(key), dtype=bool)
    first[1:] = ordered[1:] != ordered[:-1]
    return _Runs(order, first)


def _merged(runs: _Runs, weight: Array | None, repeated: Repeated) -> Array | None:
    """The weight that counts for each edge, float64, shape (edges,)."""
    if weight is None:
        return None
    if repeated == "sum":
        xp = array_namespace(weight)
        run = xp.cumsum(runs.first) - 1
        return ids.tally(run, len(runs.rows), weight[runs.order])
    return weight[runs.last_rows if repeated == "max" else runs.rows]


def _refuse_conflicts(frame: Frame, ends: tuple[str, str], runs: _Runs, weight: Array) -> None:
    """Raise a ValueError if an edge has several weights; it names the first such edge and its extremes."""
    rows, low, high = runs.rows, weight[runs.rows], weight[runs.last_rows]
    conflicts = array_namespace(low).flatnonzero(low != high)
    if not len(conflicts):
        return
    edge = int(conflicts[0])
    source, target = (spell(frame[end].iloc[int(rows[edge])]) for end in ends)
    raise ValueError(
        f"{len(conflicts):,} edges are there several times with different weights, the first from {source} "
        f"to {target} ({float(low[edge])} and {float(high[edge])}); say which counts: "
        "repeated='sum', 'min' or 'max'"
    )
