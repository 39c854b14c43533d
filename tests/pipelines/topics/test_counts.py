"""From counts of words to a run's folder: all kinds of files, and what the command line refuses."""

import errno
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix

from etl.text import long, npz, simulate, svmlight, uci
from pipelines import run_story
from pipelines.topics import data
from pipelines.topics.pipeline import Columns
from tests.support.topic_runs import left, metrics, run, shares


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same counts as all kinds of files."""
    folder = tmp_path_factory.mktemp("counts")
    counts, _ = simulate.corpus(1500, words=200, topics=4, alpha0=0.5, length=60, seed=1)
    terms = [f"word{number:03}" for number in range(200)]
    for kind in ("npz", "svm", "uci", "long"):
        (folder / kind).mkdir()
    npz.write(counts, folder / "npz/train.npz")
    svmlight.write(counts, folder / "svm/train.svm")
    uci.write(counts, folder / "uci/docword.mine.txt.gz")
    uci.write_terms(terms, folder / "uci/vocab.mine.txt")
    long.write(counts, terms, folder / "long/train.parquet")
    uci.write_terms(terms, folder / "words.txt")
    (folder / "years.txt").write_text("".join(f"{1990 + number % 3}\n" for number in range(1500)))
    return folder


@pytest.fixture(scope="module")
def reference(counted: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on the counts as scipy's file, whole."""
    columns = Columns(date=str(counted / "years.txt"))
    words = counted / "words.txt"
    out = tmp_path_factory.mktemp("npz")
    return run(out, counted / "npz/train.npz", vocabulary=words, columns=columns, topics=4)


@pytest.mark.parametrize(("kind", "in_pieces"), [("uci", True), ("svm", False), ("long", False)])
def test_counts_of_all_kinds_are_read_alike(
    kind: str,
    in_pieces: bool,
    counted: Path,
    reference: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if in_pieces:
        monkeypatch.setattr(data, "SHARE", 0)
        monkeypatch.setattr(data, "SIZE", 5000)
    words = {"vocabulary": counted / "words.txt"} if kind == "svm" else {}
    other = run(tmp_path, counted / kind, topics=4, **words)
    assert metrics(other)["perplexity"] == pytest.approx(metrics(reference)["perplexity"], rel=1e-3)
    assert np.allclose(shares(other), shares(reference), atol=0.01)
    assert set(pd.read_csv(other / "topics.csv").words.str[:4]) == {"word"}
    assert (reference / "figures/over_time.png").exists()


def test_words_without_names_are_numbered(counted: Path, tmp_path: Path) -> None:
    folder = run(tmp_path, counted / "svm", topics=4)
    words = " ".join(pd.read_csv(folder / "topics.csv").words).split()
    assert all(word[0] == "w" and 0 <= int(word[1:]) < 200 for word in words)


def test_documents_without_words_are_counted_and_keep_their_place(tmp_path: Path) -> None:
    counts, _ = simulate.corpus(400, words=50, topics=3, alpha0=0.5, length=40, seed=2)
    rows = counts.toarray()
    rows[[5, 9]] = 0
    rows[11] = 0
    rows[11, 3] = 2
    npz.write(csr_matrix(rows), tmp_path / "some.npz")
    folder = run(tmp_path / "runs", tmp_path / "some.npz")
    found = metrics(folder)
    assert (found["documents"], found["empty"], found["short"]) == (400, 2, 1)
    assert list(shares(folder).index) == [str(number) for number in range(400)]
    typical = pd.read_csv(folder / "typical.csv")
    assert not {5, 9, 11} & set(typical.id)


def test_a_disk_that_fills_up_is_named(
    tmp_path: Path, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data, "SHARE", 0)
    counts, _ = simulate.corpus(8000, words=2000, topics=4, alpha0=0.5, length=150, seed=1)
    npz.write(counts, tmp_path / "large.npz")
    with pytest.raises(OSError, match="--out") as caught:
        run(small_disk, tmp_path / "large.npz")
    assert caught.value.errno == errno.ENOSPC
    assert left(small_disk) == []


def call(monkeypatch: pytest.MonkeyPatch, *words: str) -> str:
    """What the command line says as it refuses."""
    monkeypatch.setattr(sys, "argv", ["topics", "--workers", "1", "--device", "cpu", *words])
    with pytest.raises(SystemExit) as caught:
        run_story("topics")
    return str(caught.value)


@pytest.fixture
def refusals(counted: Path, reference: Path, tmp_path: Path) -> dict[str, tuple[str, ...]]:
    """Calls that cannot be served, by what is wrong."""
    docword = tmp_path / "docword.bad.txt"
    docword.write_text("10\nmany\n3\n1 1 1\n")
    empty = tmp_path / "empty.txt"
    empty.write_text("")
    (tmp_path / "few.txt").write_text("1999\n2000\n")
    (tmp_path / "mixed").mkdir()
    (tmp_path / "mixed/a.csv").write_text("text\nx\n")
    (tmp_path / "mixed/b.svm").write_text("0 1:1\n")
    (tmp_path / "notes.docx").write_text("x")
    (tmp_path / "model.npz").write_bytes(b"PK no")
    npz_file, csv = str(counted / "npz/train.npz"), str(tmp_path / "texts.csv")
    rows = [f"t{n},{'salt flour' if n % 2 else 'mast sail rudder'} bread{n % 5}\n" for n in range(40)]
    Path(csv).write_text("title,body\n" + "".join(rows))
    return {
        "none.csv does not exist": ("--data", str(tmp_path / "none.csv")),
        "has no column summary; it has title, body": ("--data", csv, "--text", "title", "summary"),
        "has no column text": ("--data", csv),
        "names no column": ("--data", csv, "--text"),
        "line 2: 'many' should be the number of words": ("--data", str(docword)),
        "is empty; give a vocabulary, a word a line": ("--data", npz_file, "--vocabulary", str(empty)),
        "has 2 words, and": ("--data", npz_file, "--vocabulary", str(tmp_path / "few.txt")),
        "has 2 lines; there are 1,500 documents": ("--data", npz_file, "--date", str(tmp_path / "few.txt")),
        "files of several kinds, a.csv": ("--data", str(tmp_path / "mixed")),
        "is of an unknown format": ("--data", str(tmp_path / "notes.docx")),
        "Download docword.kos.txt.gz": ("--data", f"uci:{tmp_path}/kos"),
        "has no column theme; it has title, body": ("--data", csv, "--text", "body", "--label", "theme"),
        "lower min_df": (
            "--data",
            csv,
            "--text",
            "body",
            "--min-df",
            "39",
            "--max-df",
            "1.0",
        ),
        "model.npz of a run's folder": (
            "--data",
            csv,
            "--text",
            "body",
            "--model",
            str(tmp_path / "model.npz"),
        ),
        "not the model's": ("--data", npz_file, "--model", str(reference / "model.npz")),
        "--topics 900 is more than": ("--data", csv, "--text", "body", "--topics", "900"),
    }


def test_what_cannot_be_is_said_and_leaves_nothing(
    refusals: dict[str, tuple[str, ...]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "runs"
    for message, words in refusals.items():
        said = call(monkeypatch, *words, "--out", str(out))
        assert said.startswith("error: ")
        assert message in said
        assert left(out) == []
