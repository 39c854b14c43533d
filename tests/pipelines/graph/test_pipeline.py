"""From edges or votes to a run's folder, and what is refused."""

import json
from pathlib import Path

import networkx
import numpy as np
import pandas as pd
import pytest

from pipelines.graph.figures import layout
from pipelines.graph.pipeline import Config, main

pytestmark = pytest.mark.usefixtures("no_pictures")

FIGURES = {"drawing", "ranks", "communities", "degrees", "distances", "timeline", "ledger"}


def metrics(folder: Path) -> dict:
    return json.loads((folder / "metrics.json").read_text())


def test_the_demonstration_is_networkxs_novel(tmp_path: Path) -> None:
    folder = main(Config(out=tmp_path)).folder
    novel = networkx.les_miserables_graph()

    found, nodes = metrics(folder), pd.read_csv(folder / "nodes.csv").set_index("node")
    assert (found["nodes"], found["edges"], found["components"], found["start"]) == (77, 254, 1, "Valjean")
    assert found["triangles"] == sum(networkx.triangles(novel).values()) // 3
    assert found["clustering"] == pytest.approx(networkx.transitivity(novel))
    assert nodes["pagerank"].to_dict() == pytest.approx(networkx.pagerank(novel), rel=1e-9)
    hops = networkx.single_source_shortest_path_length(novel, "Valjean")
    assert nodes["distance"].to_dict() == hops
    parts = [set(part.index) for _, part in nodes.groupby("community")]
    assert found["modularity"] == pytest.approx(networkx.community.modularity(novel, parts))
    share = {(one, other): value for one, other, value in networkx.jaccard_coefficient(novel, novel.edges)}
    for one, other, value in pd.read_csv(folder / "edges.csv").itertuples(index=False):
        assert value == pytest.approx(share.get((one, other), share.get((other, one))))
    assert {path.stem for path in (folder / "figures").iterdir()} == FIGURES
    assert "Valjean ranks highest" in (folder / "report.md").read_text()


def test_distances_count_in_paths_only(tmp_path: Path) -> None:
    rows = [
        ("a", "b", 4.0),
        ("b", "c", 1.0),
        ("a", "c", 9.0),
        ("d", "d", 1.0),
        (None, "a", 1.0),
        ("a", "b", 1.0),
    ]
    path = tmp_path / "roads.csv"
    pd.DataFrame(rows, columns=["from", "to", "km"]).to_csv(path, index=False)

    folder = main(
        Config(data=path, ends=("from", "to"), weight="km", weights="distance", start="a", out=tmp_path)
    ).folder

    found, nodes = metrics(folder), pd.read_csv(folder / "nodes.csv").set_index("node")
    assert (found["quarantined"], found["repeated"], found["self_loops"], found["components"]) == (1, 1, 1, 2)
    assert nodes["distance"].to_dict() == pytest.approx({"a": 0, "b": 1, "c": 2, "d": np.nan}, nan_ok=True)
    plain = networkx.Graph([("a", "b"), ("b", "c"), ("a", "c"), ("d", "d")])
    assert nodes["pagerank"].to_dict() == pytest.approx(networkx.pagerank(plain))
    assert "1 rows lacked an end" in (folder / "report.md").read_text()


def test_votes_become_agreements(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    truth, copied = rng.integers(0, 4, 60), rng.integers(0, 4, 60)
    said = dict.fromkeys("abc", truth) | dict.fromkeys("xyz", copied)
    rows = [(task, name, label) for name, labels in said.items() for task, label in enumerate(labels)]
    path = tmp_path / "votes.parquet"
    pd.DataFrame(rows, columns=["task", "worker", "label"]).to_parquet(path)

    folder = main(Config(data=path, out=tmp_path)).folder

    nodes = pd.read_csv(folder / "nodes.csv").set_index("node")["community"]
    assert nodes["a"] == nodes["b"] == nodes["c"] != nodes["x"] == nodes["y"] == nodes["z"]
    assert any("workers are linked" in c for c in json.loads((folder / "config.json").read_text())["choices"])


def test_a_directed_graph_of_many_parts(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    path = tmp_path / "e.txt"
    np.savetxt(path, rng.integers(0, 400, (300, 2)), fmt="%d")

    found = metrics(main(Config(data=path, directed=True, drawn=40, out=tmp_path)).folder)

    other = networkx.DiGraph(np.loadtxt(path, dtype=int).tolist())
    assert found["components"] == networkx.number_weakly_connected_components(other)
    assert found["edges"] == other.number_of_edges()


def test_what_cannot_be_run_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    path.write_text("source,target\n1,2\n")
    for options, message in (
        ({"drawn": 1}, "--drawn is 1; it must be at least 2"),
        ({"weights": "distance"}, "--weights distance needs --weight"),
        ({"start": "7"}, "--start 7 is no node; nodes are such as 1"),
        ({"ends": ("a", "b")}, "has no column a, b; it has source, target: name its columns with --ends"),
    ):
        with pytest.raises(ValueError, match=message):
            main(Config(data=path, out=tmp_path, **options))
    path.write_text("source,target\n")
    with pytest.raises(ValueError, match="holds no row of edges"):
        main(Config(data=path, out=tmp_path))


def test_nodes_lie_apart() -> None:
    at = layout(7, np.array([[0, 1], [1, 2], [3, 4]]), seed=0)
    gaps = np.hypot(*(at[:, None] - at).transpose(2, 0, 1)) + np.eye(7)
    assert gaps.min() > 0.1
