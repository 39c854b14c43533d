"""Graphs against brute force on small ones and NetworkX on others, on the CPU and where a device answers."""

from itertools import combinations
from typing import Any

import networkx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl import records
from etl.engine import Engine
from etl.graph.edges import Graph, graph
from etl.handoff import to_host
from models.graphs import communities, dispatch, neighbours, paths, ranks

EDGES = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(-2, 6)), max_size=16)


def build(edges: list[tuple[int, int, int]], directed: bool, engine: Engine | None = None) -> Graph:
    """Seven nodes, some without an edge; weights of -2 to 6, the last of an edge's counts."""
    table = pd.DataFrame(edges, columns=["source", "target", "weight"]).astype("int64")
    if not directed:
        table[["source", "target"]] = np.sort(table[["source", "target"]], axis=1)
    table = table.drop_duplicates(["source", "target"], keep="last")
    frame = engine.df.DataFrame(table) if engine else table
    return graph(frame, weight="weight", directed=directed, nodes=range(7))


def dense(found: Graph, absent: float, weighted: bool = True) -> np.ndarray:
    out = np.full((len(found), len(found)), absent)
    for u, v, w in zip(found.source, found.target, found.weight, strict=True):
        out[u, v] = w if weighted else 1
        if not found.directed:
            out[v, u] = out[u, v]
    return out


def closure(found: Graph, weighted: bool) -> tuple[np.ndarray, bool]:
    """Floyd and Warshall's distances; nan where a negative cycle lies on the way."""
    d = dense(found, np.inf, weighted)
    np.fill_diagonal(d, np.minimum(d.diagonal(), 0))
    for k in range(len(d)):
        d = np.minimum(d, d[:, k, None] + d[None, k])
    looping = np.flatnonzero(d.diagonal() < 0)
    return d, bool(np.isfinite(d[0, looping]).any())


def told(frame: Any, name: str) -> dict[Any, Any]:
    host = frame.to_pandas() if hasattr(frame, "to_pandas") else frame
    return dict(zip(host["node"], host[name], strict=True))


@given(EDGES, st.booleans())
@settings(max_examples=80, deadline=None)
def test_paths_equal_floyd_and_warshalls(edges: list, directed: bool) -> None:
    found = build(edges, directed)
    hops, _ = closure(found, weighted=False)
    assert told(paths.bfs(found, 0), "distance") == {v: h for v, h in enumerate(hops[0]) if h < np.inf}
    length, cycle = closure(found, weighted=True)
    if cycle:
        with pytest.raises(ValueError, match="cycle of negative weight can be reached"):
            paths.shortest_paths(found, 0)
    else:
        expected = {v: d for v, d in enumerate(length[0]) if d < np.inf}
        assert told(paths.shortest_paths(found, 0), "distance") == expected


@given(EDGES, st.booleans(), st.booleans())
@settings(max_examples=80, deadline=None)
def test_components_are_classes_of_reach(edges: list, directed: bool, strong: bool) -> None:
    found = build(edges, directed)
    label = paths.components(found, strong=strong)["component"].to_numpy()
    both = Graph(found.nodes, found.source, found.target, found.weight, directed and strong)
    reach = np.isfinite(closure(both, weighted=False)[0])

    np.testing.assert_array_equal(label[:, None] == label, reach & reach.T)
    assert (np.diff(np.bincount(label)) <= 0).all()


@given(EDGES, st.booleans())
@settings(max_examples=60, deadline=None)
def test_pagerank_solves_its_equation(edges: list, directed: bool) -> None:
    found = build([(u, v, abs(w)) for u, v, w in edges], directed)
    P = dense(found, 0)
    total = P.sum(axis=1, keepdims=True)
    P = np.where(total > 0, P / np.where(total > 0, total, 1), 1 / 7)
    expected = np.linalg.solve(np.eye(7) - 0.85 * P.T, np.full(7, 0.15 / 7))

    rank = ranks.pagerank(found, tol=1e-12, max_iter=500)["pagerank"]

    np.testing.assert_allclose(rank, expected, atol=1e-9)


@given(EDGES)
@settings(max_examples=80, deadline=None)
def test_triangles_and_jaccard_equal_sets(edges: list) -> None:
    found = build(edges, directed=False)
    ties = dense(found, 0, weighted=False) > 0
    np.fill_diagonal(ties, False)
    near = [set(np.flatnonzero(row)) for row in ties]
    count = dict.fromkeys(range(7), 0)
    for trio in combinations(range(7), 3):
        if all(ties[u, v] for u, v in combinations(trio, 2)):
            count |= {node: count[node] + 1 for node in trio}
    assert told(neighbours.triangles(found), "triangles") == count

    pairs = pd.DataFrame(list(combinations(range(7), 2)), columns=["source", "target"])
    share = [len(near[u] & near[v]) / max(1, len(near[u] | near[v])) for u, v in pairs.to_numpy()]
    np.testing.assert_allclose(neighbours.jaccard(found, pairs)["jaccard"], share)


@given(EDGES)
@settings(max_examples=40, deadline=None)
def test_modularity_is_networkxs(edges: list) -> None:
    found = build([(u, v, abs(w)) for u, v, w in edges], directed=False)
    label = communities.louvain(found)["community"].to_numpy()
    assert set(label) == set(range(label.max() + 1))
    if found.weight.sum():
        parts = [set(np.flatnonzero(label == part)) for part in np.unique(label)]
        other = networkx.community.modularity(dispatch.on_networkx(found), parts)
        assert communities.modularity(found, label) == pytest.approx(other, abs=1e-12)
        assert communities.modularity(found, label) >= communities.modularity(found, np.arange(7)) - 1e-12


@pytest.fixture(scope="module")
def large() -> pd.DataFrame:
    """Two thousand nodes, some of them hubs, named by texts; repeated edges and self-loops too."""
    rng = np.random.default_rng(0)
    ends = (2000 * rng.random((9000, 2)) ** 2.5).astype(int)
    table = pd.DataFrame(np.char.add("n", ends.astype(str)), columns=["source", "target"])
    return table.assign(weight=rng.integers(1, 9, 9000) / 4)


@pytest.mark.parametrize("directed", [False, True])
def test_all_equals_networkx(engine: Engine, large: pd.DataFrame, directed: bool) -> None:
    """By the sum of repeated edges, as NetworkX's PageRank has it of multigraphs."""
    found = graph(engine.df.DataFrame(large), weight="weight", directed=directed, repeated="sum")
    kind = networkx.DiGraph if directed else networkx.Graph
    other = kind()
    for u, v, w in large.itertuples(index=False):
        other.add_edge(u, v, weight=w + other.get_edge_data(u, v, {"weight": 0})["weight"])
    assert len(found.source) == other.number_of_edges()
    assert found.loops == networkx.number_of_selfloops(other)

    rank = networkx.pagerank(other)
    mine = told(ranks.pagerank(found), "pagerank")
    assert mine == pytest.approx(
        {node: rank[node] for node in mine}, rel=1e-3 if engine.name == "gpu" else 1e-9
    )
    assert told(paths.bfs(found, "n0"), "distance") == networkx.single_source_shortest_path_length(
        other, "n0"
    )
    length = networkx.single_source_dijkstra_path_length(other, "n0")
    assert told(paths.shortest_paths(found, "n0"), "distance") == pytest.approx(length)
    parts = told(paths.components(found, strong=directed), "component")
    split = networkx.strongly_connected_components if directed else networkx.connected_components
    assert {frozenset(part) for part in split(other)} == {
        frozenset(node for node in parts if parts[node] == number) for number in set(parts.values())
    }
    if not directed:
        assert told(neighbours.triangles(found), "triangles") == networkx.triangles(other)
        other.remove_edges_from(list(networkx.selfloop_edges(other)))
        share = neighbours.jaccard(found).iloc[:500]
        pairs = zip(to_host_list(share["source"]), to_host_list(share["target"]), strict=True)
        expected = [value for *_, value in networkx.jaccard_coefficient(other, list(pairs))]
        np.testing.assert_allclose(to_host(share["jaccard"].values), expected, rtol=1e-5)


def to_host_list(values: Any) -> list:
    return (values.to_pandas() if hasattr(values, "to_pandas") else values).tolist()


def test_few_neighbours_at_a_time_are_enough(large: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    found = graph(large[["source", "target"]])
    whole = neighbours.triangles(found), neighbours.jaccard(found)
    monkeypatch.setattr(neighbours, "CHUNK", 97)
    parts = neighbours.triangles(found), neighbours.jaccard(found)

    for one, other in zip(whole, parts, strict=True):
        pd.testing.assert_frame_equal(one, other)


def test_planted_communities_are_found(engine: Engine) -> None:
    planted = networkx.planted_partition_graph(4, 30, 0.5, 0.01, seed=1)
    table = engine.df.DataFrame(np.array(planted.edges), columns=["source", "target"])
    label = communities.louvain(graph(table, nodes=range(120)))["community"]

    parts = to_host(label.values).reshape(4, 30)
    assert (parts == parts[:, :1]).all()
    assert len(set(parts[:, 0])) == 4


def test_an_empty_graph_and_lone_nodes(engine: Engine) -> None:
    none = engine.df.DataFrame({"source": engine.xp.zeros(0, "int64"), "target": engine.xp.zeros(0, "int64")})
    found = graph(none, nodes=["a", "b"])

    assert told(ranks.pagerank(found), "pagerank") == {"a": 0.5, "b": 0.5}
    assert told(paths.components(found), "component") == {"a": 0, "b": 1}
    assert told(paths.bfs(found, "b"), "distance") == {"b": 0}
    assert told(paths.shortest_paths(found, "b"), "distance") == {"b": 0.0}
    assert told(neighbours.triangles(found), "triangles") == {"a": 0, "b": 0}
    assert told(communities.louvain(found), "community") == {"a": 0, "b": 1}
    assert len(neighbours.jaccard(found)) == 0


def test_bad_questions_are_refused() -> None:
    table = pd.DataFrame({"source": ["a", "b"], "target": ["b", "c"], "weight": [1.0, -2.0]})
    found, way = graph(table, weight="weight"), graph(table, weight="weight", directed=True)
    with pytest.raises(ValueError, match=r"edge from b to c weighs -2.0; PageRank follows"):
        ranks.pagerank(found)
    with pytest.raises(ValueError, match=r"modularity is of shares of the weight, which are 0 or more"):
        communities.louvain(found)
    with pytest.raises(ValueError, match=r"undirected negative edge is such a cycle: pass directed=True"):
        paths.shortest_paths(found, "a")
    assert told(paths.shortest_paths(way, "a"), "distance") == {"a": 0, "b": 1, "c": -1}
    for ask in (neighbours.triangles, neighbours.jaccard, communities.louvain):
        with pytest.raises(ValueError, match="is of an undirected graph; make it with directed=False"):
            ask(way)
    with pytest.raises(ValueError, match=r"no node 'z'; it has 3, such as 'a'"):
        paths.bfs(found, "z")
    with pytest.raises(ValueError, match="no node 'z'"):
        neighbours.jaccard(found, pd.DataFrame({"source": ["a", "z"], "target": ["b", "c"]}))
    with pytest.raises(RuntimeError, match="did not converge in 2 steps; raise max_iter"):
        ranks.pagerank(graph(table[["source", "target"]]), tol=1e-12, max_iter=2)


def test_results_that_leave_networkx_are_booked() -> None:
    found = graph(pd.DataFrame({"source": [0, 1], "target": [1, 2]}))
    with records.collect() as entries:
        paths.bfs(found, 0)
    assert {(row.source, row.target) for row in records.of_kind(entries, records.Bridge)} == {
        ("pyarrow", "pandas")
    }
