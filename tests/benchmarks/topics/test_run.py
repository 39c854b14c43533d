"""The systems that learn topics are run, judged and compared as the rows say."""

import contextlib
import io
import json
import warnings
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix, save_npz

from benchmarks.topics import data, figure, judge, run, systems
from benchmarks.topics.peers import mallet
from benchmarks.topics.peers import meter as topics_meter
from etl.text import simulate
from etl.text.simulate import Design

DESIGN = Design(words=300, topics=4, alpha0=0.5, length=80, seed=5)


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """What a run on 400 documents writes, with what it printed."""
    folder = tmp_path_factory.mktemp("topics")
    (folder / "text" / "nyt").mkdir(parents=True)
    counts = simulate.draw((0, 500), DESIGN)
    save_npz(folder / "text" / "nyt" / "train_bow.npz", counts[:400])
    save_npz(folder / "text" / "nyt" / "test_bow.npz", counts[400:])
    config = run.Config(
        data=folder,
        sets=("nyt", "arxiv-100k"),
        k=(4,),
        systems=("ours", "mallet", "sklearn"),
        curves=(("nyt", 4),),
        growth=(),
        repeat=1,
        figure=folder / "curves.png",
        out=folder / "topics.json",
    )
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        returned = run.main(config)
    written = json.loads((folder / "topics.json").read_text())
    assert written["results"] == returned["results"]
    lines = printed.getvalue().replace(str(folder), "DATA").splitlines()
    return written | {"printed": lines, "figure": (folder / "curves.png").stat().st_size}


def test_a_small_run_writes_a_row_of_each_system_and_says_what_it_left_out(facts: dict) -> None:
    assert [(row["system"], row["stop"], row["runs"]) for row in facts["results"]] == [
        ("ours", 12, 1),
        ("sklearn", 5, 1),
    ]
    assert [line for line in facts["printed"] if "left out" in line] == [
        "mallet is left out: no folder is given with --mallet",
        "arxiv-100k is left out: DATA/text/arxiv/docs_200k.npz does not exist",
    ]
    assert facts["figure"] > 10_000
    assert {"gensim", "numba", "tomotopy"} >= facts["versions"].keys() & {"gensim", "numba", "tomotopy"}


def test_rows_hold_medians_beside_the_values_of_each_run(facts: dict) -> None:
    for row in facts["results"]:
        assert set(row["samples"]) == set(judge.DIGITS) - {"l1", "found"}
        assert all(values == [row[name]] for name, values in row["samples"].items())
    runs = [{"system": "a", "cpu_s": cpu, "npmi": npmi} for cpu, npmi in ((3.0, 0.1), (1.0, 0.2), (9.0, 0.3))]
    merged = judge.merge(runs)
    assert (merged["cpu_s"], merged["npmi"], merged["runs"]) == (3.0, 0.2, 3)
    assert merged["samples"] == {"cpu_s": [3.0, 1.0, 9.0], "npmi": [0.1, 0.2, 0.3]}


def test_ratios_are_what_the_rows_say(facts: dict) -> None:
    ours, other = facts["results"]
    (ratio,) = facts["ratios"]
    assert ratio["system"] == "sklearn"
    assert ratio["cpu"] == pytest.approx(other["cpu_s"] / ours["cpu_s"], abs=0.006)
    assert ratio["perplexity_no_worse"] == (ours["perplexity"] <= other["perplexity"])
    assert ratio["npmi_no_worse"] == (ours["npmi"] >= other["npmi"])
    assert ratio["as_good"] == (ratio["perplexity_no_worse"] and ratio["npmi_no_worse"])


def test_costs_of_a_curve_grow_and_end_near_those_of_the_table(facts: dict) -> None:
    for system in ("ours", "sklearn"):
        costs = [row["cpu_s"] for row in facts["curves"] if row["system"] == system]
        assert len(costs) > 2
        assert costs == sorted(costs)
    last = facts["curves"][-1]
    end = next(row for row in facts["results"] if row["system"] == "sklearn")
    assert (last["stop"], last["perplexity"]) == (end["stop"], end["perplexity"])


def _row(system: str, stop: int, cpu: float, perplexity: float, npmi: float = 0.1) -> dict:
    place = {"set": "one", "k": 5, "system": system, "stop": stop}
    return place | {"cpu_s": cpu, "perplexity": perplexity, "npmi": npmi}


def test_better_prediction_with_worse_coherence_is_not_as_good() -> None:
    rows = [_row("ours", 6, 2.0, 90.0, 0.10), _row("gensim", 5, 9.0, 95.0, 0.11)]
    (ratio,) = judge.ratios([*rows, _row("sklearn", 5, 1, 1) | {"k": 6}])
    assert (ratio["cpu"], ratio["perplexity_no_worse"], ratio["as_good"]) == (4.5, True, False)
    assert ratio["npmi_less_ours"] == 0.01


def test_reach_takes_our_cheapest_stop_that_predicts_as_well() -> None:
    ours = [_row("ours", 1, 2.0, 100.0), _row("ours", 2, 3.0, 95.0), _row("ours", 3, 4.0, 96.0)]
    peers = [_row("mallet", 50, 30.0, 97.0), _row("mallet", 200, 120.0, 90.0)]
    first, second = judge.reach(ours + peers)
    assert (first["ours_s"], first["cpu"]) == (3.0, 10.0)
    assert (second["ours_s"], second["cpu"]) == (None, None)
    assert figure.title(ours + peers) == "Mallet predicts best on 5 topics of one"
    assert "takes 10 times our core-seconds" in figure.title([*ours, peers[0]])


def test_known_topics_are_found_at_no_distance(tmp_path: Path) -> None:
    parts = data.drawn(300, DESIGN)
    corpus = data.write("known", parts, tmp_path)
    right, wrong = (judge.judge(t, corpus) for t in (parts[2][::-1], np.full((4, 300), 1 / 300)))
    assert (right["l1"], right["found"]) == (0, 1)
    assert wrong["found"] == 0
    assert right["perplexity"] < wrong["perplexity"]
    assert abs(corpus.test - simulate.draw((300, 1000), DESIGN)).nnz == 0


def test_counts_of_mallet_are_read_in_the_order_of_our_columns(tmp_path: Path) -> None:
    path = tmp_path / "counts.txt"
    path.write_text("0 3 1:7 0:2\n1 0 0:5\n")
    table = np.array([[5, 0, 0, 2], [0, 0, 0, 7]]) + 0.01
    np.testing.assert_allclose(mallet.topics(path, 2, 4), table / table.sum(axis=1, keepdims=True))


@pytest.mark.parametrize("line", ["1 9 0:5", "1 2 2:5", "1 2 0:x", "1", "1 word 0:5", "1 -1 0:5"])
def test_a_line_that_is_none_of_mallets_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "counts.txt"
    path.write_text(f"0 3 1:7\n{line}\n")
    with pytest.raises(ValueError, match=f"line 2: '{line}' should be"):
        mallet.topics(path, 2, 4)


def test_tokens_for_mallet_repeat_as_often_as_counted(tmp_path: Path) -> None:
    data.write_tokens(csr_matrix([[0, 2, 1], [0, 0, 0], [1, 0, 0]]), tmp_path / "text")
    assert (tmp_path / "text").read_text() == "0 x 1 1 2\n1 x \n2 x 0\n"


def test_folders_that_hold_no_mallet_are_refused(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "damaged.jar").write_bytes(b"")
    assert mallet.lacks(tmp_path).endswith("has no folder classes and no jar in dist or lib")
    (tmp_path / "classes").mkdir()
    assert mallet.classpath(str(tmp_path)) == [tmp_path / "classes"]


def test_an_unknown_set_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'wiki' is no set; there are arxiv-100k"):
        data.prepare("wiki", tmp_path, tmp_path, None)


def test_peers_that_are_stopped_on_the_way_learn_what_a_whole_fit_learns(tmp_path: Path) -> None:
    gensim = pytest.importorskip("gensim.models", reason="gensim is an extra")
    from sklearn.decomposition import LatentDirichletAllocation

    from benchmarks.topics.peers import gensim as topics_gensim
    from benchmarks.topics.peers import sklearn

    counts = simulate.draw((0, 60), DESIGN)
    data.write("small", (counts, counts, None), tmp_path)
    corpus = topics_gensim.load(str(tmp_path / "small"))
    options = {"threads": 1, "k": 3, "stops": [1, 2], "seed": 4, "out": str(tmp_path)}
    with warnings.catch_warnings(category=DeprecationWarning, action="ignore"):
        rows = topics_gensim.run(corpus, **options)
        whole = gensim.LdaModel(
            corpus,
            num_topics=3,
            id2word=dict.fromkeys(range(300), ""),
            passes=2,
            alpha="auto",
            eval_every=None,
            random_state=4,
        )
    assert [row["stop"] for row in rows] == [1, 2]
    np.testing.assert_allclose(np.load(rows[1]["topics"]), whole.get_topics(), rtol=1e-4)
    rows = sklearn.run(sklearn.load(str(tmp_path / "small")), **options)
    fitted = LatentDirichletAllocation(
        3, learning_method="online", batch_size=2048, max_iter=2, random_state=4
    ).fit(counts.astype(float))
    shares = fitted.components_ / fitted.components_.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(np.load(rows[1]["topics"]), shares, rtol=1e-4)


def test_topics_of_tomotopy_lie_in_the_order_of_our_columns(tmp_path: Path) -> None:
    pytest.importorskip("tomotopy", reason="tomotopy is an extra")
    from benchmarks.topics.peers import tomotopy

    counts = csr_matrix(np.kron(np.eye(2, dtype=int), np.ones((40, 3), int)))
    counts = csr_matrix(counts.toarray()[:, [0, 3, 1, 4, 2, 5]])
    wide = csr_matrix((counts.data, counts.indices, counts.indptr), shape=(80, 8))
    options = {"threads": 1, "k": 2, "stops": [50], "seed": 1, "out": str(tmp_path)}
    (row,) = tomotopy.run(wide, **options)
    found = np.load(row["topics"])
    assert found.shape == (2, 8)
    assert sorted(map(tuple, (found > 0.1).astype(int).tolist())) == [
        (0, 1, 0, 1, 0, 1, 0, 0),
        (1, 0, 1, 0, 1, 0, 0, 0),
    ]


def test_the_clock_rests_while_topics_are_kept(tmp_path: Path) -> None:
    meter = topics_meter.Meter(str(tmp_path))
    meter.read(1)
    sum(range(3_000_000))
    meter.keep(np.ones((1, 1)))
    meter.read(2)
    first, second = meter.rows
    assert second["cpu_s"] - first["cpu_s"] < 0.02
    assert first["peak_mb"] > 10


def test_growth_is_measured_on_documents_from_disk(tmp_path: Path) -> None:
    from benchmarks.topics import growth

    (row,) = growth.documents((500,), tmp_path, 1, DESIGN)
    assert (row["documents"], row["counts"], row["k"]) == (500, simulate.draw((0, 500), DESIGN).nnz, 4)
    assert row["cpu_s"] > 0
    assert not list(tmp_path.iterdir())


def test_systems_whose_library_is_missing_are_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setitem(systems.SYSTEMS, "other", systems.System("topics_other", 1, (1,), "nolib"))
    assert systems.available(("ours", "other"), None) == ["ours"]
    assert capsys.readouterr().out == "other is left out: nolib is not installed\n"
