"""Frames of edges become graphs; those that cannot be are refused by their first row."""

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy.sparse import coo_array

from etl import records
from etl.crowd.votes import encode
from etl.engine import Engine, choose
from etl.graph.edges import graph
from etl.graph.read import agreements, edges, frame
from etl.handoff import to_host
from etl.tables.form import Told


def made(engine: Engine, *rows: tuple) -> pd.DataFrame:
    names = ["source", "target", "weight"][: len(rows[0])]
    return engine.df.DataFrame(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


def test_a_matrix_of_both_ways(engine: Engine) -> None:
    found = graph(made(engine, (7, 3, 2.0), (3, 3, 5.0), (9, 7, 1.0)), weight="weight")

    assert to_host(found.nodes.values).tolist() == [3, 7, 9]
    assert to_host(found.matrix().toarray()).tolist() == [[5, 2, 0], [2, 0, 1], [0, 1, 0]]
    assert to_host(found.matrix(weighted=False).toarray()).tolist() == [[1, 1, 0], [1, 0, 1], [0, 1, 0]]
    assert (len(found), found.loops, found.code(9)) == (3, 1, 2)


def test_a_directed_matrix_is_scipys(engine: Engine) -> None:
    rng = np.random.default_rng(0)
    source, target, weight = rng.integers(0, 30, 200), rng.integers(0, 30, 200), rng.integers(1, 9, 200)
    table = made(engine, *zip(source.tolist(), target.tolist(), weight.tolist(), strict=True))

    found = graph(table, weight="weight", directed=True, nodes=range(30), repeated="sum")

    expected = coo_array((weight, (source, target)), shape=(30, 30)).toarray()
    np.testing.assert_array_equal(to_host(found.matrix().toarray()), expected)


@pytest.mark.parametrize(("how", "value"), [("sum", 8.0), ("min", 2.0), ("max", 5.0)])
def test_repeated_edges_count_as_told(engine: Engine, how: str, value: float) -> None:
    last = 1.0 if how == "sum" else 5.0
    table = made(engine, ("b", "a", 5.0), ("c", "b", 4.0), ("a", "b", 2.0), ("b", "a", last))

    with records.collect() as entries:
        found = graph(table, weight="weight", repeated=how)

    assert to_host(found.weight).tolist() == [value, 4.0]
    assert [row.rows for row in records.of_kind(entries, records.Repeated)] == [2]


def test_equal_repeats_are_one_edge(engine: Engine) -> None:
    found = graph(made(engine, (1, 2, 3.0), (2, 1, 3.0)), weight="weight")

    assert (to_host(found.source).tolist(), to_host(found.weight).tolist()) == ([0], [3.0])
    assert len(graph(made(engine, (1, 2), (2, 1)), directed=True).source) == 2


def test_bad_edges_are_refused(engine: Engine) -> None:
    with pytest.raises(ValueError, match=r"no column weight; they have \['source', 'target'\]"):
        graph(made(engine, (1, 2)), weight="weight")
    with pytest.raises(ValueError, match=r"1 edges have no target, the first in row 1; drop them with"):
        graph(made(engine, ("a", "b"), ("a", None)))
    with pytest.raises(ValueError, match=r"1 edges have no weight, the first in row 0"):
        graph(made(engine, (1, 2, None), (2, 3, 1.0)), weight="weight")
    with pytest.raises(ValueError, match=r"the weight of row 1 is not finite"):
        graph(made(engine, (1, 2, 1.0), (2, 3, float("inf"))), weight="weight")
    with pytest.raises(ValueError, match=r"weights are numbers, and column weight holds"):
        graph(made(engine, (1, 2, "heavy")), weight="weight")
    with pytest.raises(ValueError, match=r"of several types: source holds int64 and target .*astype"):
        graph(made(engine, (1, "2")))
    with pytest.raises(ValueError, match=r"from 1 to 2 \(3.0 and 4.0\); say which counts: repeated='sum'"):
        graph(made(engine, (1, 2, 3.0), (2, 1, 4.0)), weight="weight")
    with pytest.raises(ValueError, match=r"the target of row 1, 5, is none of the 3 nodes; add it"):
        graph(made(engine, (0, 2), (1, 5)), nodes=[0, 1, 2])
    with pytest.raises(ValueError, match=r"node 1 is named twice in nodes"):
        graph(made(engine, (0, 1)), nodes=[0, 1, 1])
    with pytest.raises(ValueError, match=r"there is no edge, so no node is known"):
        graph(made(engine, (0, 1)).iloc[:0])


def test_ids_of_two_types_in_one_column() -> None:
    with pytest.raises(ValueError, match="ids of nodes are of several types"):
        graph(pd.DataFrame({"source": ["a", 1], "target": ["b", "c"]}))


def test_agreements_count_tasks_with_equal_labels(engine: Engine) -> None:
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.integers(0, 3, (12, 5))).stack().reset_index()
    table.columns = ["task", "worker", "label"]
    table = table[rng.random(len(table)) < 0.7]

    found = agreements(encode(engine.df.DataFrame(table.sample(frac=1, random_state=0))))

    wide = table.pivot(index="task", columns="worker", values="label")
    pairs = zip(*(to_host(part).tolist() for part in (found.source, found.target, found.weight)), strict=True)
    expected = [(u, v, float((wide[u] == wide[v]).sum())) for u in range(5) for v in range(u + 1, 5)]
    assert list(pairs) == [row for row in expected if row[2]]


@pytest.mark.parametrize("name", ["e.csv", "e.tsv", "e.parquet", "e.txt", "e.txt.gz", "e.csv.gz"])
def test_every_format_gives_the_same_edges(tmp_path: Path, name: str, engine: Engine) -> None:
    rows = pd.DataFrame({"source": [3, 1, 3], "target": [1, 2, 2], "weight": [0.5, 2.0, 1.0]})
    path = tmp_path / name
    if name.endswith("parquet"):
        rows.to_parquet(path)
    elif "txt" in name:
        text = "# a comment\n" + "".join(f"{s:.0f}\t{t:.0f}  {w}\n" for s, t, w in rows.to_numpy())
        path.write_bytes(gzip.compress(text.encode()) if name.endswith("gz") else text.encode())
    else:
        rows.to_csv(path, index=False, sep="\t" if "tsv" in name else ",")

    rows_read = edges(path, weight="weight").rows
    found = frame(rows_read, engine, ("source", "target"), "weight")

    host = found.to_pandas() if engine.name == "gpu" else found
    np.testing.assert_array_equal(host.to_numpy(), rows.to_numpy())


def test_rows_that_lack_an_end_are_counted_and_types_are_made_one() -> None:
    rows = pa.table({"a": [1, None, 3], "b": ["x", "y", None]})
    with records.collect() as entries:
        found = frame(rows, choose("cpu"), ("a", "b"))
    assert found.to_numpy().tolist() == [["1", "x"]]
    assert [row.rows for row in records.of_kind(entries, records.Rejected)] == [2]
    with pytest.raises(ValueError, match="there is no column source, target; there are a, b: name"):
        frame(rows, choose("cpu"), ("source", "target"))


def test_an_empty_name_is_missing_and_na_is_a_name(tmp_path: Path) -> None:
    (tmp_path / "e.csv").write_text("source,target,weight\nNA,b,\n,b,2\nx,b,1\n")
    with records.collect() as entries:
        assert edges(tmp_path / "e.csv").rows.to_pylist() == [
            {"source": "NA", "target": "b"},
            {"source": "x", "target": "b"},
        ]
        assert len(edges(tmp_path / "e.csv", weight="weight", told=Told(bad_share=0.7)).rows) == 1
    lost = [(row.line, row.reason) for row in records.of_kind(entries, records.Rejected)]
    assert lost == [
        (3, "its source is missing"),
        (2, "its weight is missing"),
        (3, "its source is missing"),
    ]


def test_bad_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no.csv does not exist; give a file or folder of edges"):
        edges(tmp_path / "no.csv")
    for name, text, message in (
        ("e.json", "{}", "is of an unknown format"),
        ("e.parquet", "PAR", "is damaged or not what its name says"),
        ("e.csv", "a,b\n1,2\n", "has no column source, target; it has a, b: name its columns with --ends"),
        ("twice.csv", "source,source,target\na,a,b\n", "has 2 columns named source; rename all but one"),
        ("e.mtx", "1 2\n", "does not begin with %%MatrixMarket"),
    ):
        (tmp_path / name).write_text(text)
        with pytest.raises(ValueError, match=message):
            edges(tmp_path / name)
    (tmp_path / "mixed").mkdir()
    (tmp_path / "mixed/a.csv").write_text("source,target\n1,2\n")
    (tmp_path / "mixed/b.txt").write_text("1 3\n")
    with pytest.raises(ValueError, match="is a table or plain text, and .* the other; give one of the two"):
        edges(tmp_path / "mixed")


def test_both_ways_become_one() -> None:
    rows = pd.DataFrame({"source": [0, 1, 1], "target": [1, 0, 2], "weight": [1.0, 2.0, 4.0]})
    found = graph(rows, weight="weight", directed=True).undirected()
    assert (found.source.tolist(), found.target.tolist(), found.weight.tolist()) == ([0, 1], [1, 2], [3, 4])
