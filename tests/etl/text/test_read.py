"""Counts that are written are the counts that are read, in every format, whole and in pieces."""

import errno
import gzip
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
import scipy.sparse as sp

from etl.engine import choose
from etl.executors import Threads
from etl.records import Rejected, collect, of_kind
from etl.text import long, npz, read, svmlight, uci
from tests.support.text import counts, same

CPU = choose("cpu")
COUNTS = counts()
WORDS = [f"w{n:02d}" for n in range(COUNTS.shape[1])]
WRITERS = {
    "docword.x.txt.gz": uci.write,
    "docword.x.txt": uci.write,
    "x.svmlight": svmlight.write,
    "x.svm.gz": svmlight.write,
    "x.npz": npz.write,
    "x.parquet": lambda counts, path: long.write(counts, WORDS, path),
}


@pytest.mark.parametrize("name", WRITERS)
def test_what_is_written_is_read(name: str, tmp_path: Path) -> None:
    WRITERS[name](COUNTS, tmp_path / name)
    used = np.asarray(COUNTS.sum(axis=0))[0] > 0

    assert used.all()  # or a format that knows no unused words would give fewer columns
    assert same(read.counts(tmp_path / name, CPU), COUNTS)


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("spooled", [True, False])
@pytest.mark.parametrize("size", [1, 60, 10_000])
def test_pieces_are_the_whole(name: str, spooled: bool, size: int, tmp_path: Path, monkeypatch) -> None:
    for module, small in ((uci, 200), (svmlight, 300), (npz, 70)):
        monkeypatch.setattr(module, "BLOCK", small)
    monkeypatch.setattr(long, "BATCH", 37)
    WRITERS[name](COUNTS, tmp_path / name)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    parts = read.pieces(tmp_path / name, CPU, scratch if spooled else None, size=size, executor=Threads(2))
    found = list(parts)

    assert len(list(scratch.iterdir())) == spooled * len(parts)
    assert len(found) > 5 or size > 60
    assert all(part.nnz <= size or part.shape[0] == 1 or size == 1 for part in found)
    assert {part.shape[1] for part in found} == {COUNTS.shape[1]}
    assert same(sp.vstack(found, format="csr"), COUNTS)
    assert same(sp.vstack(list(parts), format="csr"), COUNTS)  # a second pass


def test_a_corpus_of_empty_documents(tmp_path: Path) -> None:
    empty = sp.csr_matrix((3, 4), dtype="int32")
    for name in ("docword.x.txt", "x.npz", "x.svm"):
        WRITERS.get(name, svmlight.write)(empty, tmp_path / name)
        assert same(read.counts(tmp_path / name, CPU, width=4), empty)
        assert same(sp.vstack(list(read.pieces(tmp_path / name, CPU, width=4)), format="csr"), empty)


def test_words_of_one_a_line(tmp_path: Path) -> None:
    words = ["a", "naïve", "", "x y", "z"]
    uci.write_terms(pa.array(words), tmp_path / "vocab.txt")
    assert uci.terms(tmp_path / "vocab.txt", 5).to_pylist() == words
    (tmp_path / "windows.txt").write_bytes(b"a\r\nb")
    assert uci.terms(tmp_path / "windows.txt").to_pylist() == ["a", "b"]
    with pytest.raises(ValueError, match="has 5 lines; it should have 6"):
        uci.terms(tmp_path / "vocab.txt", 6)
    with pytest.raises(ValueError, match="line break"):
        uci.write_terms(["a\nb"], tmp_path / "v.txt")


GOOD = "3\n4\n3\n1 2 5\n1 4 1\n3 1 2\n"
CORRUPT = {
    "3\n4\n": "line 3: '' should be the number of pairs",
    "3\n4 5\n3\n": "line 2: '4 5' should be the number of words",
    "x\n4\n3\n": "line 1: 'x' should be the number of documents",
    GOOD.replace("\n3\n1 2", "\n4\n1 2"): "line 3: the header says that 4 lines follow, and 3 do",
    GOOD + "3 2 1\n": "line 3: the header says that 3 lines follow, and 4 do",
    GOOD.replace("3 1 2", "4 1 2"): "line 6: 4 should be a document of 1 to 3",
    GOOD.replace("1 2 5", "0 2 5"): "line 4: 0 should be a document of 1 to 3",
    GOOD.replace("1 4 1", "1 5 1"): "line 5: 5 should be a word of 1 to 4",
    GOOD.replace("1 4 1", "1 0 1"): "line 5: 0 should be a word of 1 to 4",
    GOOD.replace("1 4 1", "1 4 0"): "line 5: 0 should be a count from 1 upwards",
    GOOD.replace("1 4 1", "1 4 -3"): "line 5: -3 should be a count from 1 upwards",
    GOOD.replace("1 2 5", "2 2 5"): "line 5: 1 should be a document not before that of the last line",
    GOOD.replace("1 4 1", "1 4"): "Row #5: Expected 3 columns, got 2: 1 4.; each line there should be",
    GOOD.replace("1 4 1", ""): "Row #5: .*each line there should be a document, a word and a count",
    GOOD.replace("1 4 1", "1 four 1"): "is damaged after line 3.*'four'",
    GOOD.replace("1 4 1", "1 4 99999999999"): "is damaged after line 3.*'99999999999'",
}


@pytest.mark.parametrize(("text", "message"), CORRUPT.items(), ids=CORRUPT.values())
def test_corrupt_bags_of_words_are_said(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "docword.x.txt"
    path.write_text(text)
    with pytest.raises(ValueError, match=f"docword.x.txt.*{message}"):
        read.counts(path, CPU)


def test_the_good_one_is_read(tmp_path: Path) -> None:
    (tmp_path / "docword.x.txt").write_text(GOOD.rstrip("\n"))
    found = read.counts(tmp_path / "docword.x.txt", CPU)
    assert found.toarray().tolist() == [[0, 5, 0, 1], [0, 0, 0, 0], [2, 0, 0, 0]]


def test_lines_are_counted_over_blocks(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(uci, "BLOCK", 100)
    lines = [f"{n} 1 1" for n in range(1, 101)]
    lines[70] = "71 9 1"
    (tmp_path / "docword.x.txt").write_text("100\n4\n100\n" + "\n".join(lines))
    with pytest.raises(ValueError, match="line 74: 9 should be a word"):
        read.counts(tmp_path / "docword.x.txt", CPU)
    lines[70] = "71 x 1"
    (tmp_path / "docword.x.txt").write_text("100\n4\n100\n" + "\n".join(lines))
    with pytest.raises(ValueError, match="Row #74"):
        read.counts(tmp_path / "docword.x.txt", CPU)


def test_a_file_that_is_cut_off_is_said(tmp_path: Path) -> None:
    for name in ("docword.x.txt.gz", "x.npz", "x.parquet"):
        path = tmp_path / name
        WRITERS[name](counts(2000, 50), path)
        path.write_bytes(path.read_bytes()[:-500])
        with pytest.raises(ValueError, match=f"{name}.*(damaged|cannot be read)"):
            read.counts(path, CPU)


def test_what_is_no_matrix_of_counts_is_said(tmp_path: Path) -> None:
    halves = COUNTS.astype("float64") / 2
    sp.save_npz(tmp_path / "a.npz", halves)
    with pytest.raises(ValueError, match=r"a.npz, rows 0 to 199: \d+ values are no counts, the first is"):
        read.counts(tmp_path / "a.npz", CPU)
    sp.save_npz(tmp_path / "b.npz", COUNTS.tocsc())
    with pytest.raises(ValueError, match="holds a csc matrix; convert it with"):
        read.counts(tmp_path / "b.npz", CPU)
    np.savez(tmp_path / "c.npz", x=np.zeros(3))
    with pytest.raises(ValueError, match="give a file of scipy.sparse.save_npz"):
        read.counts(tmp_path / "c.npz", CPU)
    with gzip.open(tmp_path / "d.svm.gz", "wt") as file:
        file.write("0 1:2\n0 3:x\n")
    with pytest.raises(ValueError, match="d.svm.gz, lines 1 to 3: .*each should be: label word:count"):
        read.counts(tmp_path / "d.svm.gz", CPU)
    with pytest.raises(ValueError, match="format .* is not known; unpack it"):
        read.counts(tmp_path / "e.txt", CPU)
    for name in WRITERS:
        with pytest.raises(FileNotFoundError, match="does not exist"):
            read.counts(tmp_path / "none" / name, CPU)


def test_floats_that_are_whole_are_counts(tmp_path: Path) -> None:
    sp.save_npz(tmp_path / "a.npz", COUNTS.astype("float32"))
    assert same(read.counts(tmp_path / "a.npz", CPU), COUNTS)


def table(path: Path, **columns: list) -> Path:
    pyarrow.parquet.write_table(pa.table(columns), path)
    return path


def test_long_tables_of_others(tmp_path: Path) -> None:
    documents, words = ["b", "b", "a", "a", "c"], ["x", "z", "x", "y", None]
    path = table(tmp_path / "a.parquet", d=documents, w=words, n=[1, 2, 3, 4, 5])
    columns = ("d", "w", "n")
    with collect() as entries:
        found = read.counts(path, CPU, columns=columns)
    assert found.toarray().tolist() == [[1, 0, 2], [3, 4, 0]]
    assert long.terms_of(path, columns).to_pylist() == ["x", "y", "z"]
    assert [entry.rows for entry in of_kind(entries, Rejected)] == [1]
    fixed = read.counts(path, CPU, columns=columns, terms=pa.array(["z", "x"], pa.large_string()))
    assert fixed.toarray().tolist() == [[2, 1], [0, 3]]
    coded = table(tmp_path / "b.parquet", doc=[5, 5, 9], word=[0, 3, 1], count=[1, 1, 2])
    assert read.counts(coded, CPU).toarray().tolist() == [[1, 0, 0, 1], [0, 2, 0, 0]]


def test_corrupt_long_tables_are_said(tmp_path: Path) -> None:
    path = table(tmp_path / "a.parquet", doc=[1, 2, 1], word=["x", "x", "y"], count=[1, 1, 1])
    with pytest.raises(ValueError, match="rows of a document lie at two places; sort the table by doc"):
        read.counts(path, CPU)
    path = table(tmp_path / "b.parquet", doc=[1, 2], word=["x", "x"], count=[1, 0])
    with pytest.raises(ValueError, match="b.parquet: 0, after row 0, should be a count from 1 upwards"):
        read.counts(path, CPU)
    path = table(tmp_path / "c.parquet", doc=[1], word=[-1], count=[1])
    with pytest.raises(ValueError, match="-1, after row 0, should be a column from 0 upwards"):
        read.counts(path, CPU)
    with pytest.raises(ValueError, match="has no column term; it has doc, word, count"):
        read.counts(path, CPU, columns=("doc", "term", "count"))


def test_a_full_disk_is_named_and_left_clean(small_disk: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    npz.write(counts(40_000, 300), path)
    with pytest.raises(OSError, match=f"could not write counts to {small_disk}") as caught:
        read.pieces(path, CPU, small_disk, size=200_000)
    assert caught.value.errno == errno.ENOSPC
    assert not list(small_disk.iterdir())


def test_real_counts(real_text: Path) -> None:
    path = real_text / "arxiv" / "test.npz"
    expected = sp.load_npz(path)
    found = read.counts(path, CPU)
    assert found.shape == expected.shape
    assert found.shape[1] == len(uci.terms(real_text / "arxiv" / "vocab.txt"))
    assert (found != expected).nnz == 0


@pytest.mark.parametrize("documents", [[0, 3, 1], [0, 1, 4], [-1, 0, 1]])
def test_long_tables_that_say_their_size_are_checked(documents: list[int], tmp_path: Path) -> None:
    columns = pa.table({"doc": documents, "word": ["x"] * 3, "count": [1] * 3})
    pyarrow.parquet.write_table(columns.replace_schema_metadata({"documents": "4"}), tmp_path / "a.parquet")
    with pytest.raises(ValueError, match="should not be before the last, and below 4"):
        read.counts(tmp_path / "a.parquet", CPU)
