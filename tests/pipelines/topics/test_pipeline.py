"""From texts to a run's folder: on known topics, on small files, on real abstracts."""

import math
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest
from sklearn.feature_extraction.text import CountVectorizer

from etl.executors import Dask
from pipelines.topics import data
from pipelines.topics.pipeline import Columns
from tests.support.topic_runs import left, metrics, run, shares

ROOT = Path(__file__).parents[3]
THEMES = {
    "ships": "anchor harbour sail mast rudder captain voyage deck".split(),
    "bread": "flour yeast oven dough crust knead loaf salt".split(),
    "stars": "orbit comet planet telescope galaxy eclipse lunar nebula".split(),
}
WORDS = [word for words in THEMES.values() for word in words]
TEXT = Columns(text=("title", "body"), id="key", date="day", label="theme")


def articles(documents: int = 300, seed: int = 0) -> pd.DataFrame:
    """Articles of mostly one theme each; ships are of 2001, the others of up to 2008."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(documents):
        theme = rng.choice(list(THEMES))
        words = rng.choice(THEMES[theme], rng.integers(20, 60))
        mixed = np.where(rng.random(len(words)) < 0.1, rng.choice(WORDS), words)
        year = 2001 if theme == "ships" else 2001 + number % 8
        rows.append((f"a{number:04}", f"{year}-06-01", "The " + mixed[0], " and ".join(mixed[1:]), theme))
    return pd.DataFrame(rows, columns=["key", "day", "title", "body", "theme"])


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("texts") / "articles.csv"
    articles().to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def whole(table: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on the articles, read whole."""
    return run(tmp_path_factory.mktemp("whole"), table, columns=TEXT)


def test_the_demonstration_finds_its_topics_and_leaves_a_whole_folder(tmp_path: Path) -> None:
    call = [sys.executable, "-m", "pipelines.topics", "--workers", "2", "--device", "cpu"]
    done = subprocess.run(
        [*call, "--out", str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    folder = Path(done.stdout.splitlines()[-1])
    found = metrics(folder)
    numbers = [value for value in found.values() if isinstance(value, int | float)]
    assert all(math.isfinite(value) for value in numbers)
    assert found["found"] == 1.0
    assert found["distance"] < 0.3
    assert (found["documents"], found["vocabulary"], found["topics"]) == (6000, 3000, 20)
    assert {path.name for path in folder.iterdir()} == {
        *("config.json", "metrics.json", "ledger.json", "story.json", "report.md", "report.html"),
        *("topics.csv", "typical.csv", "documents.parquet", "model", "figures"),
    }
    names = {path.stem for path in (folder / "figures").iterdir()}
    assert names == {"topics", "coherence", "map", "fit", "timeline"}
    assert "documents, held out" in done.stdout


def test_topics_of_texts_are_the_themes_they_were_made_of(whole: Path) -> None:
    table = pd.read_csv(whole / "topics.csv")
    assert {frozenset(words.split()[:8]) for words in table.words} == set(map(frozenset, THEMES.values()))
    assert (table.npmi > 0).all()
    told = metrics(whole)["labels"]
    assert told["accuracy"] == 1.0
    assert told["majority"] < 0.6
    assert (whole / "figures/over_time.png").exists()


def test_what_is_written_of_documents_agrees_with_itself(whole: Path, table: Path) -> None:
    frame, found = pd.read_csv(table), shares(whole)
    assert list(found.index) == list(frame.key)
    assert set(found.dtypes) == {np.dtype("float32")}
    assert np.allclose(found.sum(axis=1), 1, atol=1e-5)
    counts = CountVectorizer(stop_words="english", min_df=5, max_df=0.5).fit_transform(
        frame.title + " " + frame.body
    )
    lengths = pd.Series(np.asarray(counts.sum(axis=1)).ravel(), index=found.index)
    assert (metrics(whole)["nnz"], metrics(whole)["tokens"]) == (counts.nnz, lengths.sum())
    topics = pd.read_csv(whole / "topics.csv").set_index("topic")
    expected = found.mul(lengths, axis=0).sum() / lengths.sum()
    assert topics.prevalence.is_monotonic_decreasing
    assert np.allclose(topics.prevalence.sort_index(), expected, atol=1e-5)
    typical = pd.read_csv(whole / "typical.csv")
    for topic, rows in typical.groupby("topic"):
        best = found[f"topic_{topic}"][lengths >= lengths.median()].nlargest(3)
        assert np.allclose(rows.share, best, atol=1e-4)
    texts = (frame.title + " " + frame.body).str[:120].str.strip().set_axis(frame.key)
    assert (typical.text.str.strip() == texts[typical.id].to_numpy()).all()


def test_a_saved_model_describes_the_same_texts_alike(whole: Path, table: Path, tmp_path: Path) -> None:
    again = run(tmp_path, table, columns=TEXT, model=whole)
    pd.testing.assert_frame_equal(shares(again), shares(whole))
    with np.load(whole / "model" / "model.npz", allow_pickle=False) as file:
        assert file["vocabulary"].dtype.kind == "U"
        assert set(file["vocabulary"]) == set(WORDS)
        assert np.allclose(file["components"].sum(axis=1), 1)
    assert not (again / "model").exists()
    found = metrics(again)
    assert (found["topics"], found["held_out"], found["n_iter"]) == (3, 300, None)


def test_pieces_come_to_the_topics_of_the_whole(
    whole: Path, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data, "SHARE", 0)
    monkeypatch.setattr(data, "TEXTS", 47)
    cut = run(tmp_path, table, columns=TEXT)
    assert "documents: in pieces on disk" in (cut / "report.md").read_text()
    assert np.allclose(shares(cut), shares(whole), atol=1e-3)
    one, other = metrics(cut), metrics(whole)
    assert one["perplexity"] == pytest.approx(other["perplexity"], rel=1e-3)
    same = ("documents", "nnz", "held_out", "empty", "short", "vocabulary")
    assert [one[name] for name in same] == [other[name] for name in same]
    assert (cut / "typical.csv").read_text().count("\n") == (whole / "typical.csv").read_text().count("\n")


def test_a_cluster_that_loses_a_worker_comes_to_the_same_topics(
    whole: Path, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring, killed = Dask.bring, list[int]()

    def lossy(self: Dask, work: Any, items: Any) -> Any:
        if not killed:  # before anybody knows, and with work to come
            killed.append(next(iter(self.client.cluster.workers.values())).pid)
            os.kill(killed[0], signal.SIGKILL)
        return bring(self, work, items)

    monkeypatch.setattr(Dask, "bring", lossy)
    there = run(tmp_path, table, columns=TEXT, scheduler="local")
    assert killed
    assert np.allclose(shares(there), shares(whole), atol=1e-6)


def test_bad_rows_are_counted_and_left_out(tmp_path: Path) -> None:
    frame = articles(200)
    frame.loc[3, "body"] = None
    frame.loc[5, "day"] = "1 June"
    frame.loc[[7, 8], "key"] = None
    text = frame.to_csv(index=False)
    lines = text.splitlines()
    (tmp_path / "bad.csv").write_text("\n".join([*lines, "too,many,fields,for,this,file", "few", ""]))
    folder = run(tmp_path / "runs", tmp_path / "bad.csv", columns=TEXT)
    found = metrics(folder)
    assert (found["quarantined"], found["documents"]) == (4, 198)  # a body or date alone is no document lost
    assert "4 rows were set aside" in (folder / "report.md").read_text()
    assert "1 of 200 dates cannot be read" in (folder / "config.json").read_text()
    kept = frame.drop([7, 8])
    assert list(shares(folder).index) == list(kept.key)


def test_lists_of_tokens_in_a_directory_are_read_as_one(whole: Path, tmp_path: Path) -> None:
    frame = articles()
    tokens = (frame.title + " " + frame.body).str.lower().str.split()
    (tmp_path / "parts").mkdir()
    for number, rows in enumerate((slice(0, 100), slice(100, 300))):
        part = pa.table({"key": frame.key[rows].tolist(), "tokens": tokens[rows].tolist()})
        pyarrow.parquet.write_table(part, tmp_path / f"parts/{number}.parquet")
    folder = run(tmp_path / "runs", tmp_path / "parts", columns=Columns(text=("tokens",), id="key"))
    assert np.allclose(shares(folder), shares(whole), atol=1e-5)
    assert pd.read_csv(folder / "typical.csv").text.str.startswith("the ").all()


def test_texts_of_other_words_are_refused_by_a_model(whole: Path, tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("text\nnothing known here\nnor there\n")
    with pytest.raises(ValueError, match="none of 2 documents holds a word of the vocabulary; were they"):
        run(tmp_path / "runs", tmp_path / "other.csv", model=whole / "model.npz")
    assert left(tmp_path / "runs") == []


def test_real_abstracts_run_end_to_end(real_text: Path, tmp_path: Path) -> None:
    columns = Columns(
        text=("title", "abstract"),
        id="id",
        date="date",
        label="category",
        names=("id", "category", "date", "title", "abstract"),
    )
    folder = run(tmp_path, real_text / "arxiv/abstracts_30k.tsv.gz", columns=columns, topics=20)
    found = metrics(folder)
    assert found["documents"] == 30_000
    assert found["npmi"] > 0.15
    assert found["perplexity"] < 2500
    assert found["labels"]["accuracy"] > 5 * found["labels"]["majority"]
