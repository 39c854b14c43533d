"""Matrices of Matrix Market are the graphs that SciPy reads, with their nodes without edges."""

from pathlib import Path

import numpy as np
import pytest
from scipy.io import mmwrite
from scipy.sparse import coo_array, csr_array

from etl.engine import choose
from etl.graph.edges import graph
from etl.graph.read import edges, frame

BANNER = "%%MatrixMarket matrix coordinate"


@pytest.mark.parametrize("symmetry", ["general", "symmetric"])
@pytest.mark.parametrize("field", ["real", "integer", "pattern"])
@pytest.mark.parametrize("directed", [True, False])
def test_a_matrix_is_scipys(tmp_path: Path, symmetry: str, field: str, directed: bool) -> None:
    rng = np.random.default_rng(0)
    dense = rng.integers(1, 9, (7, 7)) * (rng.random((7, 7)) < 0.3)
    dense[:, 5] = dense[5] = 0
    if symmetry == "symmetric" or not directed:
        dense = dense + dense.T
    path = tmp_path / ("a.mtx" if field == "real" else "a.txt")
    with path.open("wb") as file:
        mmwrite(file, coo_array(dense), field=field, symmetry=symmetry, comment="made here")

    weight = None if field == "pattern" else "weight"
    found = edges(path, weight=weight, directed=directed)
    rows = frame(found.rows, choose("cpu"), ("source", "target"), weight)
    nodes = range(1, found.nodes + 1)
    made = graph(rows, weight=weight, directed=directed, nodes=nodes, repeated="max").matrix()

    assert found.nodes == 7
    expected = dense if weight else (dense > 0).astype(int)
    np.testing.assert_array_equal(csr_array(made).toarray(), expected)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{BANNER} pattern general\n2 3 1\n1 1\n", "a matrix of 2 rows and 3 columns; a graph's is square"),
        (f"{BANNER} complex general\n2 2 1\n1 1 0 0\n", "that is complex and general is no graph here"),
        (f"{BANNER} real skew-symmetric\n2 2 0\n", "that is real and skew-symmetric"),
        ("%%MatrixMarket matrix array real general\n1 1\n3\n", "is no sparse matrix; give a matrix of coord"),
        (f"{BANNER} pattern general\n% c\n2 2\n", "line 3: '2 2' should be rows, columns, entries"),
        (f"{BANNER} pattern general\n2 2 2\n1 2\n", "says 2 entries, and 1 follow"),
        (f"{BANNER} pattern general\n2 2 1\n1 3\n", "line 3: 3 is none of the 2 nodes, numbered from 1"),
        (f"{BANNER} pattern general\n2 2 1\n0 1\n", "line 3: 0 is none of the 2 nodes"),
        (f"{BANNER} pattern general\n2 2 1\n1 x\n", "entries are numbers"),
        (f"{BANNER} real general\n2 2 1\n1 2\n", "line 3: an entry is 3 numbers"),
        (
            f"{BANNER} pattern general\n1{'0' * 17} 1{'0' * 17} 1\n1 2\n",
            "line 2: .* nodes take .* and there are",
        ),
        (f"{BANNER} pattern general\n", "ends before its line of sizes"),
    ],
)
def test_what_is_no_graph_is_refused_by_its_line(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "a.mtx").write_text(text)
    with pytest.raises(ValueError, match=message):
        edges(tmp_path / "a.mtx")


def test_a_pattern_has_no_weights(tmp_path: Path) -> None:
    (tmp_path / "a.mtx").write_text(f"{BANNER} pattern symmetric\n2 2 1\n2 1\n")
    with pytest.raises(ValueError, match="is a pattern, which has no weights; leave --weight out"):
        edges(tmp_path / "a.mtx", weight="w")
