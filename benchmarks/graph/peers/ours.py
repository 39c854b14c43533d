"""Trinity's graphs: SciPy on a CPU, NetworkX's backend cuGraph on a GPU."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from etl.engine import choose
from etl.graph.edges import Graph, graph
from etl.handoff import to_host
from models.graphs import communities, neighbours, paths, ranks

SOURCE = 0
"""Node that paths start from."""
OPERATIONS: dict[str, Callable[[Graph], Any]] = {
    "pagerank": ranks.pagerank,
    "components": paths.components,
    "bfs": lambda found: paths.bfs(found, SOURCE),
    "shortest paths": lambda found: paths.shortest_paths(found, SOURCE),
    "triangles": neighbours.triangles,
    "jaccard": neighbours.jaccard,
    "louvain": communities.louvain,
}


def edges(size: int, seed: int) -> pd.DataFrame:
    """About so many edges: most among an eighth as many nodes, low numbers oftener; some in chains."""
    rng = np.random.default_rng(seed)
    ends = (size // 8 * rng.random((size, 2)) ** 2).astype("int64")
    chain = size // 8 + rng.integers(0, size // 5, size // 10)
    ends[: len(chain)] = np.stack([chain, chain + 1], axis=1)
    table = pd.DataFrame(ends, columns=["source", "target"])
    table[["source", "target"]] = np.sort(ends, axis=1)
    table = table.assign(weight=rng.integers(1, 9, size) / 4)
    return table[ends[:, 0] != ends[:, 1]].drop_duplicates(["source", "target"], ignore_index=True)


def load(data: dict[str, Any]) -> Any:
    """Edges as a frame on the device; and as a graph, unless that is timed."""
    table = edges(data["size"], data["seed"])
    engine = choose(data["device"])
    frame = engine.df.DataFrame({name: engine.xp.asarray(table[name].to_numpy()) for name in table})
    return frame if data["operation"] == "build" else graph(frame, weight="weight")


def run(data: Any, threads: int, operation: str) -> Any:
    """The graph, or a frame of results."""
    return graph(data, weight="weight") if operation == "build" else OPERATIONS[operation](data)


def digest(result: Any) -> dict[str, float]:
    """How many results there are, and sums of them that no two results share by chance."""
    if isinstance(result, Graph):
        return {"count": len(result.source), "nodes": len(result)}
    value = to_host(result.iloc[:, -1].values)
    keys = [to_host(result[name].values) for name in result.columns[:-1]]
    if result.columns[-1] in ("component", "community"):
        value = first_of(keys[0], value)
    return sums(keys, value)


def first_of(nodes: Any, label: Any) -> np.ndarray:
    """The smallest node of each node's part: a name that does not depend on numbering."""
    return pd.Series(nodes).groupby(np.asarray(label)).transform("min").to_numpy()


def sums(keys: list[Any], value: Any) -> dict[str, float]:
    """Sums of values, weighed by waves of their keys; each end of a pair counts alike."""
    value = np.asarray(value, dtype="float64")
    found = {"count": len(value), "sum": float(value.sum())}
    for wave in (0.7, 1.3, 2.9):
        found[f"wave {wave}"] = float(
            sum((value * (2 + np.sin(wave * np.asarray(key)))).sum() for key in keys)
        )
    return found
