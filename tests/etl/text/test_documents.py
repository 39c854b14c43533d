"""Texts from files are the texts that were written; rows that are no rows are set aside and counted."""

import gzip
import random
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.engine import choose
from etl.records import Choice, Rejected, collect, of_kind
from etl.tables import decode, typed
from etl.tables.form import Told
from etl.text import read
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


def write(frame: pd.DataFrame, path: Path) -> Path:
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    else:
        frame.to_csv(path, index=False)
    return path


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz", "t.parquet"])
def test_texts_ids_and_dates(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode, "BLOCK", 2000)
    monkeypatch.setattr(typed, "BATCH", 17)
    found, about = read.texts(write(FRAME, tmp_path / name), CPU, LAYOUT)

    assert found["text"].tolist() == (FRAME["head"] + " " + FRAME["body"]).tolist()
    assert about["id"].to_pylist() == FRAME["key"].tolist()
    assert (about["date"].to_pandas() == pd.to_datetime(FRAME["day"])).all()


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
        found, about = read.texts(
            path, CPU, Layout(text=("title", "body"), id="id", names=["id", "title", "body"])
        )

    assert found["text"].tolist() == ['A "quoted, title Body', "Body only", "Last one"]
    assert about["id"].to_pylist() == ["7", "8", "11"]
    assert [entry.line for entry in of_kind(entries, Rejected)] == [3, 4]


@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_rows_with_holes_and_dates_that_are_none(name: str, tmp_path: Path) -> None:
    holed = FRAME.iloc[:6].copy()
    holed.loc[1, "body"] = None
    holed.loc[4, ["head", "body"]] = None
    holed.loc[2, "day"] = "2020-13-01"
    holed.loc[3, "key"] = None
    with collect() as entries:
        found, about = read.texts(write(holed, tmp_path / name), CPU, LAYOUT)
    assert about["id"].to_pylist() == ["d0", "d1", "d2", "d5"]
    assert found["text"][1] == holed["head"][1]
    assert about["date"].is_null().to_pylist() == [False, False, True, False]
    lost = [(entry.line, entry.reason) for entry in of_kind(entries, Rejected)]
    assert [reason for _, reason in lost] == ["its id is missing", "its text is missing"]
    assert name == "t.csv" or [line for line, _ in lost] == [4, 5]
    (told,) = [entry.reason for entry in of_kind(entries, Choice) if "dates" in entry.reason]
    unit = "line" if name == "t.csv" else "row 3,"
    assert (
        f"column day: 1 of 6 dates cannot be read, and these documents have none; the first, on {unit}"
        in told
    )
    assert "'2020-13-01', is no date like 2024-01-31" in told


def test_pieces_are_counted_as_the_whole_is(tmp_path: Path) -> None:
    path = write(FRAME, tmp_path / "t.parquet")
    (tmp_path / "scratch").mkdir()

    def thirties(rows: int) -> list[tuple[int, int]]:
        return [(begin, min(rows, begin + 30)) for begin in range(0, rows, 30)]

    parts, about = read.text_pieces(path, CPU, tmp_path / "scratch", thirties, LAYOUT)
    whole, same_about = read.texts(path, CPU, LAYOUT)
    model = CountVectorizer(min_df=3)
    expected = model.fit_transform(whole["text"])
    texts_only = parts.map("text", lambda frame: frame["text"])
    found = list(CountVectorizer(min_df=3).fit_transform(texts_only))

    assert about.equals(same_about)
    assert [len(part) for part in parts] == [30] * (len(FRAME) // 30) + [len(FRAME) % 30]
    assert all(same(part, expected[30 * n : 30 * n + part.shape[0]]) for n, part in enumerate(found))


def test_lists_of_tokens_stay_lists(tmp_path: Path) -> None:
    lists = [["a b", "c"], [], ["c"]]
    path = write(pd.DataFrame({"text": lists}), tmp_path / "t.parquet")
    frame, _ = read.texts(path, CPU)
    found = CountVectorizer().fit(frame["text"])

    assert found.get_feature_names_out().tolist() == ["a b", "c"]
    assert found.transform(frame["text"]).toarray().tolist() == [[1, 1], [0, 0], [0, 1]]


def test_numbers_are_those_of_the_rows_of_all_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [f"row {n} {'x' * (n % 7)}" for n in range(60)]
    cells = [row if n % 5 else "" for n, row in enumerate(rows)]
    lines = [f"{cell},more" if n % 7 == 3 else f'"{cell}"' for n, cell in enumerate(cells)]
    kept = [n for n, cell in enumerate(cells) if cell and n % 7 != 3]
    (tmp_path / "a.csv").write_text("text\n" + "\n".join(lines))
    (tmp_path / "b.jsonl").write_text('{"text": "one"}\n\n[]\n{"text": "two"}\n')
    write(pd.DataFrame({"text": ["", "p"]}), tmp_path / "c.parquet")
    paths = [tmp_path / name for name in ("a.csv", "b.jsonl", "c.parquet")]
    expected = ([rows[n] for n in kept] + ["one", "two", "p"], [*map(str, [*kept, 60, 62, 64])])
    for size in (1 << 20, 90):
        monkeypatch.setattr(decode, "BLOCK", size)
        found, about = read.texts(paths, CPU, told=Told(bad_share=0.9))
        assert (found["text"].tolist(), about["id"].to_pylist()) == expected


@pytest.mark.parametrize(
    ("dates", "form", "expected"),
    [
        (["2021-02-11T10:00:00", "2021-01-10 09:15Z", ""], "%Y-%m-%d", ["2021-02-11", "2021-01-10", None]),
        (["11/02/2021", "", "x"], "%d/%m/%Y", ["2021-02-11", None, None]),
        (["1990", "1991", "-50"], "%Y-%m-%d", [1990, 1991, -50]),
        (["20210211", "20191231", "2021"], "%Y-%m-%d", [20210211, 20191231, 2021]),
        (["20210211", "20191231", ""], "%Y-%m-%d", ["2021-02-11", "2019-12-31", None]),
        (["202102", "201912", ""], None, ["2021-02-01", "2019-12-01", None]),
        (["2021-02", "2019-12-31", "2019-02-30"], None, ["2021-02-01", "2019-12-31", None]),
        (["Feb 2021", "Dec 2019", "x"], "%b %Y", ["2021-02-01", "2019-12-01", None]),
        ([1990, 1991, 2000], "%Y-%m-%d", [1990, 1991, 2000]),
        ([1990.0, None, 2000.0], "%Y-%m-%d", [1990, None, 2000]),
        (["2021-02-11", "1990", "spring"], "%Y-%m-%d", ["2021-02-11", None, None]),
    ],
)  # fmt: skip
def test_dates_are_days_or_whole_numbers(tmp_path: Path, dates: list, form: str, expected: list) -> None:
    frame = pd.DataFrame({"text": list("abc"), "when": dates})
    names = ("t.csv", "t.parquet") if isinstance(dates[0], str) else ("t.parquet",)
    for name in names:
        layout = Layout(date="when", date_format=form)
        _, about = read.texts(write(frame, tmp_path / name), CPU, layout)
        found = [cell if cell is None or isinstance(cell, int) else str(cell.date())
                 for cell in about["date"].to_pylist()]  # fmt: skip
        assert found == expected


def test_no_date_that_is_like_the_format_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("text,when\na,10/01/2021\nb,11/01/2021\n")
    with pytest.raises(
        ValueError, match=r"none of 2 dates .*, on line 2, '10/01/2021', is no date .*%d/%m/%Y"
    ):
        read.texts(tmp_path / "t.csv", CPU, Layout(date="when"))


def test_plain_text_is_a_document_a_line_or_a_file(tmp_path: Path) -> None:
    text = "one\u2028line\r\n\n  \nform\x0cfeed\n\u00fc\x85end"
    (tmp_path / "a.txt").write_bytes(text.encode("utf-16"))
    with collect() as entries:
        found, about = read.texts(tmp_path / "a.txt", CPU)
    assert found["text"].tolist() == ["one\u2028line", "form\x0cfeed", "\u00fc\x85end"]
    assert about["id"].to_pylist() == ["0", "3", "4"]
    assert [entry.line for entry in of_kind(entries, Rejected)] == [2, 3]
    for name, own in (("b.txt", "two\nlines"), ("c.txt", " \n"), ("d.txt", "three")):
        (tmp_path / name).write_text(own)
    found, about = read.texts([tmp_path / f"{name}.txt" for name in "bcd"], CPU)
    assert dict(zip(about["id"].to_pylist(), found["text"], strict=True)) == {
        "b.txt": "two\nlines",
        "d.txt": "three",
    }
    (tmp_path / "d.txt").write_bytes(b"one\nf\xfcr")
    with pytest.raises(ValueError, match=r"d\.txt, line 2, is not UTF-8 .* --encoding latin-1"):
        read.texts([tmp_path / "b.txt", tmp_path / "d.txt"], CPU)
    found, _ = read.texts(tmp_path / "d.txt", CPU, told=Told("latin-1"))
    assert found["text"].tolist() == ["one", "f\u00fcr"]


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="does not exist; give a file or folder of texts"):
        read.texts(tmp_path / "none.csv", CPU)
    with pytest.raises(ValueError, match="has no column text; it has key, day, head, body"):
        read.texts(write(FRAME, tmp_path / "a.csv"), CPU)
    with pytest.raises(ValueError, match="has no column text; it has key, day, head, body"):
        read.texts(write(FRAME, tmp_path / "a.parquet"), CPU)
    with pytest.raises(ValueError, match="holds no document: no row has text in head and body"):
        read.texts(write(FRAME[:0], tmp_path / "b.csv"), CPU, LAYOUT)
    (tmp_path / "c.parquet").write_bytes(b"PAR1 nothing PAR1")
    with pytest.raises(ValueError, match="is damaged or not what its name says"):
        read.texts(tmp_path / "c.parquet", CPU)
    (tmp_path / "d.csv").write_bytes(b"text\n\xff\xfe broken\n")
    with pytest.raises(ValueError, match=r"d\.csv, line 2, is not UTF-8 .* --encoding latin-1"):
        read.texts(tmp_path / "d.csv", CPU)
    (tmp_path / "e.csv").write_text('id,text\n1,"open\n2,b\n')
    with pytest.raises(ValueError, match=r"e\.csv, line 2: the quote that opens there is never closed"):
        read.texts(tmp_path / "e.csv", CPU)
    write(pd.DataFrame({"text": [1, 2]}), tmp_path / "f.parquet")
    with pytest.raises(ValueError, match="column text holds int64 and no text; name the column of texts"):
        read.texts(tmp_path / "f.parquet", CPU)
    (tmp_path / "g.csv").write_text("id,text\n1,a\n2,b, c\n3,d, e\n")
    with pytest.raises(ValueError, match=r"2 of 3 rows cannot be used, the first is line 3: it has 3 fields"):
        read.texts(tmp_path / "g.csv", CPU)


@given(
    st.lists(st.text(st.sampled_from("ab \"',;\n\t\u00e9"), max_size=5), min_size=1, max_size=8), st.randoms()
)
def test_the_order_of_columns_and_a_further_one_change_no_document(
    tmp_path_factory: pytest.TempPathFactory, cells: list[str], draw: random.Random
) -> None:
    folder = tmp_path_factory.mktemp("t")
    cells = ["kept", *cells, "kept"]
    frame = pd.DataFrame({"key": [f"k{n}" for n in range(len(cells))], "text": cells, "more": "a,b"})
    frame[["key", "text"]].to_csv(folder / "a.csv", index=False)
    order = draw.sample(list(frame), 3)
    cut = draw.randrange(1, len(cells))
    frame[order][:cut].to_csv(folder / "b.csv", index=False)
    frame[order][cut:].to_csv(folder / "c.csv", index=False, sep=";")
    told = Told(bad_share=1.0)
    one = read.texts(folder / "a.csv", CPU, Layout(id="key"), told)
    other = read.texts([folder / "b.csv", folder / "c.csv"], CPU, Layout(id="key"), told)
    assert one[0]["text"].tolist() == other[0]["text"].tolist()
    assert one[1].equals(other[1])
    assert one[0]["text"].tolist() == [cell for cell in cells if cell.strip()]
