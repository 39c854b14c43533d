"""How graphs reach NetworkX and its backend, and how results come back as frames."""

import importlib.util
from collections.abc import Iterable, Mapping

import networkx
import numpy as np
import pyarrow as pa

from etl.engine.types import Frame
from etl.graph.edges import Graph
from etl.handoff import from_arrow, from_host


def on_networkx(graph: Graph, weighted: bool = True) -> networkx.Graph:
    """The graph as NetworkX has it, nodes by their codes; on a GPU, cuGraph's.

    Parameters
    ----------
    graph : Graph
    weighted : bool
        Whether edges keep their weights.

    Raises
    ------
    RuntimeError
        The graph lies on a GPU, and the backend is not installed.
    """
    kind = networkx.DiGraph if graph.directed else networkx.Graph
    backend = {}
    if graph.engine.name == "gpu":
        if importlib.util.find_spec("nx_cugraph") is None:
            raise RuntimeError(
                "graphs on a GPU need NetworkX's backend cuGraph, which is not installed: pip install "
                "'trinity[gpu]', or read the edges with --device cpu"
            )
        backend = {"backend": "cugraph"}
    return networkx.from_scipy_sparse_array(graph.matrix(weighted), create_using=kind, **backend)


def frame(graph: Graph, **column: Mapping[int, float]) -> Frame:
    """Values by nodes' codes, given as ``name=values``, as a frame of columns node and name, by code."""
    ((name, values),) = column.items()
    table = pa.table({"code": pa.array(values.keys(), "int64"), name: pa.array(values.values())})
    frame = from_arrow(table, graph.engine).sort_values("code")
    return graph.frame(frame["code"].values, **{name: frame[name].values})


def parts(graph: Graph, name: str, sets: Iterable[set[int]]) -> Frame:
    """Disjoint sets of nodes as a frame.

    Parameters
    ----------
    graph : Graph
    name : str
        Of the column.
    sets : iterable of sets of int
        Codes; each node is in one.

    Returns
    -------
    DataFrame
        Columns node and ``name``, int64; see `by_size`.
    """
    label = np.empty(len(graph), dtype="int64")
    for number, part in enumerate(sets):
        label[list(part)] = number
    return graph.frame(**{name: from_host(by_size(label), graph.engine)})


def by_size(label: np.ndarray) -> np.ndarray:
    """Labels anew: the largest part is 0; of equal ones, that with the first node comes first."""
    _, first, code, size = np.unique(label, return_index=True, return_inverse=True, return_counts=True)
    place = np.empty(len(first), dtype="int64")
    place[np.lexsort((first, -size))] = np.arange(len(first))
    return place[code]


def has_weight(graph: Graph) -> bool:
    """Whether there is an edge, and one of a weight above 0."""
    return bool(len(graph.source)) and (graph.weight is None or bool((graph.weight > 0).any()))


def check_undirected(graph: Graph, what: str) -> None:
    """Refuse a directed graph.

    Parameters
    ----------
    graph : Graph
    what : str
        What was asked for; the message begins with it.

    Raises
    ------
    ValueError
        The graph is directed.
    """
    if graph.directed:
        raise ValueError(f"{what} is of an undirected graph; make it with directed=False")


def check_weights(graph: Graph, why: str) -> None:
    """Refuse a negative weight.

    Parameters
    ----------
    graph : Graph
    why : str
        What needs weights of 0 or more; a part of the message.

    Raises
    ------
    ValueError
        A weight is negative; the message names the first such edge.
    """
    if graph.weight is not None and bool((graph.weight < 0).any()):
        edge = int((graph.weight < 0).argmax())
        ends = [graph.nodes[int(end[edge])] for end in (graph.source, graph.target)]
        raise ValueError(
            f"the edge from {ends[0]} to {ends[1]} weighs {float(graph.weight[edge])}; {why}, "
            "which are 0 or more"
        )
