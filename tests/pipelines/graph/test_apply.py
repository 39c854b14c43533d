"""New nodes get the community and the rank that a loop over their edges gives, wherever a run is loaded."""

import shutil
from collections import defaultdict
from pathlib import Path

import networkx
import numpy as np
import pandas as pd
import pytest

from etl.engine import devices
from etl.handoff import to_pandas
from etl.records import Choice, collect, of_kind
from pipelines import load
from pipelines.graph.pipeline import Config, main
from tests.support.applied import elsewhere, on_gpu

EDGES = pd.DataFrame(
    [
        ("Anna", "Valjean", 3.0), ("Marius", "Anna", 5.0), ("Anna", "Valjean", 2.0), ("Cosette", "Anna", 1.0),
        ("Bert", "Javert", 1.0), ("Bert", "Carl", 2.0), ("Valjean", "Javert", 9.0), ("Carl", "Dora", 1.0),
    ],
    columns=["source", "target", "weight"],
)  # fmt: skip


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("edges") / "edges.csv"
    novel = networkx.les_miserables_graph()
    rows = [(one, other, float(weight)) for one, other, weight in novel.edges(data="weight")]
    pd.DataFrame(rows, columns=["source", "target", "weight"]).to_csv(path, index=False)
    return path


@pytest.fixture(scope="module", params=["weights", "plain", "directed"])
def run(request: pytest.FixtureRequest, table: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    weight = None if request.param == "plain" else "weight"
    out = tmp_path_factory.mktemp("runs")
    return main(
        Config(data=table, weight=weight, directed=request.param == "directed", device="cpu", out=out)
    ).folder


def by_hand(run: Path, table: Path) -> dict[str, tuple[int, float]]:
    """Community and rank of Anna and Bert."""
    saved = load(run, "cpu").facts["model"]
    nodes = pd.read_csv(run / "nodes.csv").set_index("node")
    away: dict[str, float] = defaultdict(float)
    for one, other, weight in pd.read_csv(table).itertuples(index=False):
        away[one] += weight if saved["weight"] else 1
        if not saved["directed"]:
            away[other] += weight if saved["weight"] else 1
    ends = sum(nodes["pagerank"][name] for name in nodes.index if not away[name])
    found = {}
    for new in ("Anna", "Bert"):
        near, into = defaultdict(float), defaultdict(float)
        for one, other, weight in EDGES.itertuples(index=False):
            for own, known, leads in ((one, other, not saved["directed"]), (other, one, True)):
                if own == new and known in nodes.index:
                    near[known] = near[known] + weight if saved["weight"] else 1
                    if leads:
                        into[known] = into[known] + weight if saved["weight"] else 1
        votes: dict[int, float] = defaultdict(float)
        for known, weight in near.items():
            votes[nodes["community"][known]] += weight
        rank = (0.15 + 0.85 * ends) / (len(nodes) + 1)
        rank += 0.85 * sum(nodes["pagerank"][u] * w / (away[u] + w) for u, w in into.items())
        found[new] = (min(votes, key=lambda label: (-votes[label], label)), rank)
    return found


def test_new_nodes_are_voted_and_ranked_as_by_hand(run: Path, table: Path) -> None:
    with collect() as entries:
        found = load(run, "cpu").predict(EDGES.assign(extra=1)[["extra", "weight", "target", "source"]])
    wanted = by_hand(run, table)
    assert found["node"].tolist() == ["Anna", "Bert"]
    assert found["community"].tolist() == [community for community, _ in wanted.values()]
    assert found["pagerank"].tolist() == pytest.approx([rank for _, rank in wanted.values()])
    assert found["neighbours"].tolist() == [3, 1]
    told = [entry.reason for entry in of_kind(entries, Choice)]
    assert "edges: 1 between two nodes of the run are not used" in told
    assert "edges: 2 between two new nodes are not used" in told


def test_the_rank_is_near_that_of_the_whole_graph(table: Path, tmp_path: Path) -> None:
    run = main(Config(data=table, weight="weight", device="cpu", out=tmp_path)).folder
    rows = EDGES.iloc[:4]
    found = load(run, "cpu").predict(rows)["pagerank"].iloc[0]
    whole = networkx.from_pandas_edgelist(pd.read_csv(table), edge_attr="weight")
    for one, other, weight in (
        rows.groupby(["source", "target"], as_index=False).sum().itertuples(index=False)
    ):
        whole.add_edge(one, other, weight=weight)
    assert found == pytest.approx(networkx.pagerank(whole)["Anna"], rel=0.1)


def test_another_process_elsewhere_finds_alike(run: Path, tmp_path: Path) -> None:
    EDGES.to_csv(tmp_path / "new.csv", index=False)
    out = elsewhere(run, tmp_path / "new.csv", tmp_path / "found.parquet")
    wanted = load(run, "cpu").predict(tmp_path / "new.csv")
    pd.testing.assert_frame_equal(pd.read_parquet(out), wanted, check_dtype=False)


def test_numbers_stay_numbers(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    pd.DataFrame(rng.integers(0, 30, (90, 2)), columns=["source", "target"]).to_csv(
        tmp_path / "e.csv", index=False
    )
    run = load(main(Config(data=tmp_path / "e.csv", device="cpu", out=tmp_path)).folder, "cpu")
    found = run.predict(pd.DataFrame({"source": [99, 7], "target": [7, 100]}))
    assert found["node"].tolist() == [99, 100]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: rows.drop(columns="target"), "there is no column target"),
        (lambda rows: rows.assign(source="x", target="y"), "none of 8 edges leads from a new node"),
    ],
)
def test_edges_that_say_nothing_are_refused_in_a_line(change, message: str, run: Path) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        load(run, "cpu").predict(change(EDGES))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda path: path.unlink(), "nodes.parquet is missing"),
        (lambda path: path.write_bytes(path.read_bytes()[:-50]), "is damaged"),
    ],
)
def test_a_damaged_model_says_so(spoil, message: str, run: Path, tmp_path: Path) -> None:
    shutil.copytree(run, tmp_path / "copy")
    spoil(tmp_path / "copy" / "model" / "nodes.parquet")
    with pytest.raises(ValueError, match=message) as caught:
        load(tmp_path / "copy", "cpu")
    assert "\n" not in str(caught.value)


@pytest.mark.gpu
def test_a_gpu_finds_what_the_cpu_finds(run: Path, tmp_path: Path) -> None:
    if not devices()[0]:
        pytest.skip(devices()[1])
    EDGES.to_csv(tmp_path / "new.csv", index=False)
    here = load(run, "cpu").predict(tmp_path / "new.csv")
    for data in (tmp_path / "new.csv", on_gpu(pd.read_csv(tmp_path / "new.csv"))):
        pd.testing.assert_frame_equal(to_pandas(load(run, "gpu").predict(data)), here, check_dtype=False)
