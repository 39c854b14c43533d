"""Edge lists as graphs: a frame of edges in, codes and one sparse matrix out, on the device of the frame."""

from dataclasses import dataclass
from typing import Any, Literal

import pandas

from etl import ids
from etl.engine import Engine, array_namespace, engine_of
from etl.ids import spell
from etl.records import record

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

    nodes: Any
    source: Any
    target: Any
    weight: Any = None
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

    def code(self, node: Any) -> int:
        """Code of a node.

        Raises
        ------
        ValueError
            The graph has no such node.
        """
        place = int(self.nodes.get_indexer([node])[0]) if len(self) else -1
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
        kept, weight = _once(source * len(self) + target, self.weight, "sum")
        return Graph(self.nodes, source[kept], target[kept], weight)

    def matrix(self, weighted: bool = True) -> Any:
        """Adjacency as CSR, float64, shape (n, n): both ways if undirected, and 1 without weights."""
        xp, sparse = self.engine.xp, self.engine.sparse
        source, target = self.source, self.target
        used = weighted and self.weight is not None
        value = self.weight if used else xp.ones(len(source))
        if not self.directed:
            other = source != target
            source, target, value = (
                xp.concatenate(pair)
                for pair in ((source, target[other]), (target, source[other]), (value, value[other]))
            )
        places = (source.astype("int32"), target.astype("int32"))
        return sparse.coo_matrix((value, places), shape=(len(self), len(self))).tocsr()

    def frame(self, code: Any = None, **columns: Any) -> Any:
        """Results as a frame of the graph's library: ``node``, then columns; of all nodes without codes."""
        nodes = self.nodes if code is None else self.nodes.take(code)
        return self.engine.df.DataFrame({"node": nodes, **columns})


def graph(
    frame: Any,
    ends: tuple[str, str] = ENDS,
    weight: str | None = None,
    directed: bool = False,
    nodes: Any = None,
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
    try:
        kept, merged = _once(source * len(known) + target, values, repeated)
    except _Differs as found:
        one, other = (spell(frame[end].iloc[found.row]) for end in ends)
        raise ValueError(
            f"{found.count:,} edges are there several times with different weights, the first from {one} to "
            f"{other} ({found.low} and {found.high}); say which counts: repeated='sum', 'min' or 'max'"
        ) from None
    record("repeated", edges=len(source) - len(kept))
    return Graph(known, source[kept], target[kept], merged, directed)


def _check(frame: Any, ends: tuple[str, str], weight: str | None) -> None:
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


def _codes(frame: Any, ends: tuple[str, str], nodes: Any, engine: Engine) -> tuple[Any, Any, Any]:
    """Codes of both ends, and the nodes."""
    one, other = (frame[name].dtype for name in ends)
    numbers = [getattr(dtype, "kind", "O") in "biuf" for dtype in (one, other)]
    both = engine.df.concat([frame[name] for name in ends], ignore_index=True) if len(frame) else None
    if numbers[0] != numbers[1] or (both is not None and _mixed(both, engine)):
        raise ValueError(
            f"ids of nodes are of several types: {ends[0]} holds {one} and {ends[1]} {other}; make them one, "
            f"as with frame.astype({{{ends[0]!r}: str, {ends[1]!r}: str}})"
        )
    if nodes is not None:
        known = engine.df.Index(nodes).sort_values()
        if not known.is_unique:
            raise ValueError(f"node {spell(known[known.duplicated()][0])} is named twice in nodes")
        code = engine.xp.asarray(known.get_indexer(both), dtype="int64") if len(frame) else []
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


def _mixed(values: Any, engine: Engine) -> bool:
    if engine.name == "gpu" or values.dtype != object:
        return False
    return pandas.api.types.infer_dtype(values, skipna=False).startswith("mixed")


def _once(key: Any, values: Any, repeated: Repeated) -> tuple[Any, Any]:
    """Rows of one edge each, in the order of keys, and their weights.

    Raises
    ------
    _Differs
        Weights of an edge differ, and none was said to count.
    """
    xp = array_namespace(key)
    order = xp.arange(len(key)) if values is None else xp.argsort(values, kind="stable")
    order = order[xp.argsort(key[order], kind="stable")]
    key, first = key[order], xp.ones(len(key), dtype=bool)
    first[1:] = key[1:] != key[:-1]
    kept = order[first]
    if values is None:
        return kept, None
    if repeated == "sum":
        return kept, xp.bincount(xp.cumsum(first) - 1, weights=values[order], minlength=len(kept))
    last = xp.ones(len(key), dtype=bool)
    last[:-1] = first[1:]
    low, high = values[order[first]], values[order[last]]
    if repeated == "refuse" and bool((low != high).any()):
        raise _Differs(kept, low, high)
    return kept, high if repeated == "max" else low


class _Differs(Exception):
    def __init__(self, row: Any, low: Any, high: Any) -> None:
        places = array_namespace(low).flatnonzero(low != high)
        at, self.count = int(places[0]), len(places)
        self.row, self.low, self.high = int(row[at]), float(low[at]), float(high[at])
