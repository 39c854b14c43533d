"""What waits on disk is read as it was written, and on any number of threads at a time."""

import ast
import gc
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import scipy.sparse as sp

from etl import spill
from etl.engine import choose
from etl.executors import Threads
from etl.pieces import Pieces
from etl.spill import PassStore
from etl.text import npz, read
from tests.support.text import counts, same

RANDOM = np.random.default_rng(0)
ARRAYS = {
    "C order": RANDOM.random((5, 3)),
    "Fortran order": np.asfortranarray(RANDOM.random((5, 3), "float32")),
    "strided": RANDOM.random((8, 6))[::2, ::3],
    "one dimension": np.arange(7, dtype="int32"),
    "no rows": np.empty((0, 4), "float32"),
    "no columns": np.empty((4, 0)),
    "not finite": np.array([np.nan, -0.0, np.inf, -np.inf]),
}


@pytest.fixture
def eager_switches() -> Iterator[None]:
    """Switch threads inside whatever allocates: collections that run Python code, at every few objects."""
    interval, threshold = sys.getswitchinterval(), gc.get_threshold()

    def let_others_run(_phase: str, _info: dict[str, int]) -> None:
        for _ in range(20):
            pass

    gc.callbacks.append(let_others_run)
    sys.setswitchinterval(1e-6)
    gc.set_threshold(20)
    yield
    gc.set_threshold(*threshold)
    sys.setswitchinterval(interval)
    gc.callbacks.remove(let_others_run)


@pytest.mark.parametrize("name", ARRAYS)
def test_an_array_comes_back_bit_for_bit(name: str, tmp_path: Path) -> None:
    array = ARRAYS[name]
    spill.save_array(array, tmp_path / "x")
    found = spill.load_array(tmp_path / "x")
    np.save(tmp_path / "x.npy", array)
    expected = np.load(tmp_path / "x.npy")

    assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
    assert found.flags.c_contiguous == expected.flags.c_contiguous
    assert found.flags.f_contiguous == expected.flags.f_contiguous
    assert found.tobytes() == expected.tobytes()
    assert found.flags.writeable


def test_counts_come_back_with_their_width(tmp_path: Path) -> None:
    drawn = counts()
    wider = sp.csr_matrix((drawn.data, drawn.indices, drawn.indptr), shape=(drawn.shape[0], 9999))
    for matrix in (drawn, wider, drawn.astype("float32"), sp.csr_matrix((3, 4), dtype="int32")):
        found = spill.load_csr(spill.save_csr(matrix, tmp_path))
        assert (found.dtype, found.shape) == (matrix.dtype, matrix.shape)
        for name in ("data", "indices", "indptr"):
            assert getattr(found, name).tobytes() == getattr(matrix, name).tobytes()
            assert getattr(found, name).flags.writeable


def test_threads_read_and_write_pieces_at_the_same_time(eager_switches, tmp_path: Path) -> None:
    matrix, mixtures = counts(), RANDOM.random((50, 5), "float32")
    path, store = spill.save_csr(matrix, tmp_path), PassStore(tmp_path)
    store.put(0, 0, mixtures)

    def work(number: int) -> bool:
        if number % 20 == 0:
            store.put(number + 1, 0, mixtures + number)
            assert (store.get(number + 1, 0) == mixtures + number).all()
        return same(spill.load_csr(path), matrix) and bool((store.get(0, 0) == mixtures).all())

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(work, range(2000)))


def test_no_piece_is_read_by_parsing_python(tmp_path: Path, monkeypatch) -> None:
    npz.write(counts(), tmp_path / "x.npz")
    (tmp_path / "scratch").mkdir()
    pieces = read.pieces(
        tmp_path / "x.npz", choose("cpu"), tmp_path / "scratch", size=60, executor=Threads(4)
    )
    store = PassStore(tmp_path)
    store.put(0, 0, ARRAYS["C order"])
    parsed: list[str] = []
    literal_eval = ast.literal_eval
    monkeypatch.setattr(ast, "literal_eval", lambda text: parsed.append(text) or literal_eval(text))

    assert same(sp.vstack(list(pieces), format="csr"), counts())
    assert (store.get(0, 0) == ARRAYS["C order"]).all()
    assert parsed == []
    np.load(tmp_path / "x.npz")["data"]
    assert len(parsed) == 1  # or this would find nothing


def test_frames_that_lie_in_one_file_stay_there_when_one_is_worked_on(tmp_path: Path) -> None:
    tables = [pa.table({"text": [f"text {n}" for n in range(begin, begin + 4)]}) for begin in (0, 4)]
    path = spill.save_tables(tables, tmp_path)
    places = [(0, 3), (3, 5), (5, 8)]
    items = [spill.Spilled(path, end - begin, "cpu", begin) for begin, end in places]
    kept = Pieces(list(items)).map("copy", lambda frame: frame.copy()).persist(tmp_path)
    found = [frame["text"].tolist() for frame in (*map(spill.load, items), *kept)]
    assert found == 2 * [[f"text {n}" for n in range(begin, end)] for begin, end in places]
