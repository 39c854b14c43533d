"""Texts from files are the texts that were written; rows that are no rows are set aside and counted."""

import gzip
from pathlib import Path

import pandas as pd
import pytest

from etl.engine import choose
from etl.records import Rejected, collect, of_kind
from etl.text import documents, read
from etl.text.count_vectorizer import CountVectorizer
from etl.text.documents import Layout
from tests.support.text import same, texts

CPU = choose("cpu")
TEXTS = [text.replace("\0", " ") for text in texts(200) if text]
FRAME = pd.DataFrame(
    {
        "key": [f"d{n}" for n in range(len(TEXTS))],
        "day": pd.date_range("2019-12-30", periods=len(TEXTS)).strftime("%Y-%m-%d"),
        "head": [f'He said "{n}, no"' for n in range(len(TEXTS))],
        "body": TEXTS,
    }
)
LAYOUT = Layout(text=("head", "body"), id="key", date="day")


def rejected(entries: list) -> int:
    return sum(entry.rows for entry in of_kind(entries, Rejected))


def write(frame: pd.DataFrame, path: Path) -> Path:
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    else:
        frame.to_csv(path, index=False)
    return path


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz", "t.parquet"])
def test_texts_ids_and_dates(name: str, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(documents, "BLOCK", 2000)
    monkeypatch.setattr(documents, "ROWS", 17)
    found = read.texts(write(FRAME, tmp_path / name), CPU, LAYOUT)

    assert found["text"].tolist() == (FRAME["head"] + " " + FRAME["body"]).tolist()
    assert found["id"].tolist() == FRAME["key"].tolist()
    assert (found["date"] == pd.to_datetime(FRAME["day"])).all()


def test_tabs_without_quotes_or_names(tmp_path: Path) -> None:
    lines = [
        '7\tA "quoted, title\tBody',
        "8\t\tBody only",
        "9\ttoo few",
        "10\tT\tB\ttoo many",
        "11\tLast\tone",
    ]
    path = tmp_path / "t.tsv.gz"
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    with collect() as entries:
        found = read.texts(path, CPU, Layout(text=("title", "body"), id="id", names=["id", "title", "body"]))

    assert found["text"].tolist() == ['A "quoted, title Body', "Last one"]
    assert found["id"].tolist() == ["7", "11"]
    assert rejected(entries) == 3


def test_rows_with_holes_and_dates_that_are_none(tmp_path: Path) -> None:
    holed = FRAME.iloc[:6].copy()
    holed.loc[1, "body"] = None
    holed.loc[2, "day"] = "2020-13-01"
    holed.loc[3, "key"] = None
    for name in ("t.csv", "t.parquet"):
        with collect() as entries:
            found = read.texts(write(holed, tmp_path / name), CPU, LAYOUT)
        assert found["id"].tolist() == ["d0", "d4", "d5"]
        assert rejected(entries) == 3


@pytest.mark.parametrize("spooled", [True, False])
def test_pieces_are_counted_as_the_whole_is(spooled: bool, tmp_path: Path) -> None:
    path = write(FRAME, tmp_path / "t.parquet")
    (tmp_path / "scratch").mkdir()
    parts = read.text_pieces(path, CPU, tmp_path / "scratch" if spooled else None, LAYOUT, size=30)
    whole = read.texts(path, CPU, LAYOUT)
    model = CountVectorizer(min_df=3)
    expected = model.fit_transform(whole["text"])
    texts_only = parts.map("text", lambda frame: frame["text"])
    found = list(CountVectorizer(min_df=3).fit_transform(texts_only))

    assert [len(part) for part in parts] == [30] * (len(FRAME) // 30) + [len(FRAME) % 30]
    assert all(same(part, expected[30 * n : 30 * n + part.shape[0]]) for n, part in enumerate(found))


def test_lists_of_tokens_stay_lists(tmp_path: Path) -> None:
    lists = [["a b", "c"], [], ["c"]]
    path = write(pd.DataFrame({"text": lists}), tmp_path / "t.parquet")
    found = CountVectorizer().fit(read.texts(path, CPU)["text"])

    assert found.get_feature_names_out().tolist() == ["a b", "c"]
    assert found.transform(read.texts(path, CPU)["text"]).toarray().tolist() == [[1, 1], [0, 0], [0, 1]]


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="does not exist; give a CSV, TSV or Parquet"):
        read.texts(tmp_path / "none.csv", CPU)
    with pytest.raises(ValueError, match="has no column text; it has key, day, head, body"):
        read.texts(write(FRAME, tmp_path / "a.csv"), CPU)
    with pytest.raises(ValueError, match="has no column text; it has key, day, head, body"):
        read.texts(write(FRAME, tmp_path / "a.parquet"), CPU)
    with pytest.raises(ValueError, match="holds no rows"):
        read.texts(write(FRAME[:0], tmp_path / "b.csv"), CPU, LAYOUT)
    (tmp_path / "c.parquet").write_bytes(b"PAR1 nothing PAR1")
    with pytest.raises(ValueError, match="is damaged or not of its kind"):
        read.texts(tmp_path / "c.parquet", CPU)
    (tmp_path / "d.csv").write_bytes(b"text\n\xff\xfe broken\n")
    with pytest.raises(ValueError, match="is damaged or not of its kind"):
        read.texts(tmp_path / "d.csv", CPU)
