"""Jaccard's coefficient where a node has many neighbours: equal to sets, and no hub is copied."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix

from etl.engine import Engine
from etl.graph.edges import Graph, graph
from etl.handoff import to_host
from models.graphs import neighbours


def build(engine: Engine, edges: list[tuple[int, int]]) -> Graph:
    ends = np.array(edges)
    frame = engine.df.DataFrame({"source": ends[:, 0], "target": ends[:, 1]})
    return graph(frame).undirected()


GRAPHS = {
    "star": nx.star_graph(60),
    "two hubs": nx.complete_bipartite_graph(2, 80),
    "hub in a ring": nx.wheel_graph(70),
    "preferential": nx.barabasi_albert_graph(150, 2, seed=0),
    "hub and clique": nx.compose(nx.star_graph(90), nx.complete_graph(range(85, 95))),
}


@pytest.mark.parametrize("factor", [0, 2, 16, 1_000_000])
@pytest.mark.parametrize("name", GRAPHS)
def test_pairs_of_hubs_equal_networkx(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, name: str, factor: int
) -> None:
    monkeypatch.setattr(neighbours, "HUB", factor)
    monkeypatch.setattr(neighbours, "CHUNK", 64)
    plain = GRAPHS[name]

    found = neighbours.jaccard(build(engine, list(plain.edges)))

    pairs = list(zip(to_host(found["source"].values), to_host(found["target"].values), strict=True))
    expected = [value for *_, value in nx.jaccard_coefficient(plain, pairs)]
    np.testing.assert_allclose(to_host(found["jaccard"].values), expected, rtol=1e-12)


def test_nodes_without_neighbours_share_none() -> None:
    lonely = Graph(pd.Index(["a", "b", "c", "d"]), np.array([0, 3]), np.array([1, 3]))
    pairs = pd.DataFrame({"source": ["c", "a", "d"], "target": ["d", "c", "c"]})

    assert neighbours.jaccard(lonely, pairs)["jaccard"].tolist() == [0, 0, 0]


def test_a_hub_is_not_copied_for_each_leaf(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    taken = csr_matrix.__getitem__

    def counted(self: csr_matrix, key: object) -> csr_matrix:
        part = taken(self, key)
        sizes.append(part.nnz)
        return part

    monkeypatch.setattr(csr_matrix, "__getitem__", counted)
    star = graph(pd.DataFrame({"source": ["hub"] * 3_000, "target": [f"n{n}" for n in range(3_000)]}))

    assert (neighbours.jaccard(star.undirected())["jaccard"] == 0).all()
    assert sum(sizes) <= 12_000
