"""Tables of parents: what was written is read, and what cannot be is said."""

import csv
import gzip
from pathlib import Path

import pytest

from etl.hierarchy.table import read
from etl.records import Repeated, collect, of_kind

ROWS = [
    ("animal", "", "an animal"),
    ("dog", "animal", ""),
    ("cat", "animal", "house cat, tame"),
    ("pine", "plant", ""),
]


def write(
    path: Path, rows: list[tuple[str, ...]], names: tuple[str, ...] = ("child", "parent", "title")
) -> Path:
    with (gzip.open if path.suffix == ".gz" else open)(path, "wt", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t" if ".tsv" in path.name else ",")
        writer.writerows([names, *rows])
    return path


@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t.csv.gz", "t.tsv.gz"])
def test_leaves_come_in_file_order_with_titles(name: str, tmp_path: Path) -> None:
    tree = read(write(tmp_path / name, ROWS))
    assert tree.classes == ("dog", "cat", "pine")
    assert tree.parents == {"dog": ("animal",), "cat": ("animal",), "pine": ("plant",)}
    assert [tree.title(node) for node in ("animal", "cat", "plant")] == [
        "an animal",
        "house cat, tame",
        "plant",
    ]
    nodes, below = tree.members()
    assert nodes[3:] == ["animal", "plant"]
    assert below[3:].tolist() == [[True, True, False], [False, False, True]]


def test_classes_may_be_asked_for_by_name_or_file(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", ROWS)
    (tmp_path / "ids.txt").write_text("pine\r\n\ncat\n")
    assert read(path, tmp_path / "ids.txt").classes == read(path, ["pine", "cat"]).classes == ("pine", "cat")
    assert read(path, ["animal", "plant"]).members()[0] == ["animal", "plant"]


def test_repeated_rows_are_counted(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", [*ROWS, ROWS[1], ROWS[1]])
    with collect() as entries:
        assert read(path).classes == ("dog", "cat", "pine")
    assert [entry.rows for entry in of_kind(entries, Repeated)] == [2]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            [*ROWS, ("cat", "plant", "")],
            "'cat' lies below 'animal' on line 4 and below 'plant' on line 6; keep one",
        ),
        (
            [*ROWS, ("animal", "thing", "")],
            "'animal' lies below 'nothing' on line 2 and below 'thing' on line 6",
        ),
        ([*ROWS, ("", "plant", "")], "line 6, names no child"),
        ([*ROWS, ("oak", "plant")], "line 6, has 2 fields, and there are 3 columns"),
        ([("a", "b", ""), ("b", "a", "")], "t.csv: there is a cycle of 2,.*take out"),
        ([("a", "b", ""), ("b", "", "")], r"t.csv: the classes are \['a'\]; give two"),
        ([], r"t.csv: the classes are \[\]"),
    ],
)
def test_bad_rows_are_named(rows: list[tuple[str, ...]], message: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=message):
        read(write(tmp_path / "t.csv", rows))


def test_classes_the_table_lacks_are_counted_with_a_near_match(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", ROWS)
    with pytest.raises(
        ValueError, match=r"lacks 2 of the 3 .* 'pines' \(classes\[1\]\); did you mean 'pine'"
    ):
        read(path, ["dog", "pines", "zzz"])
    with pytest.raises(ValueError, match="'zzz'.*correct the names"):
        read(path, ["dog", "zzz"])
    with pytest.raises(ValueError, match="t.csv: class 'animal' lies above class 'dog'"):
        read(path, ["animal", "dog"])


def test_what_is_no_table_is_said(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no column parent; it has child, above"):
        read(write(tmp_path / "t.csv", [], ("child", "above")))
    (tmp_path / "empty.csv").write_text("\n")
    with pytest.raises(ValueError, match="empty.csv is empty; give a table"):
        read(tmp_path / "empty.csv")
    (tmp_path / "quote.csv").write_text('child,parent\na,"b\n')
    with pytest.raises(ValueError, match="quote.csv, line 2: .*mend the quotes"):
        read(tmp_path / "quote.csv")
    (tmp_path / "latin.csv").write_bytes("child,parent\na,b\ncaf\xe9,b\n".encode("latin-1"))
    with pytest.raises(ValueError, match="latin.csv cannot be read after line .*UTF-8"):
        read(tmp_path / "latin.csv")
    whole = write(tmp_path / "t.csv.gz", [(str(n), "top", str(n * n)) for n in range(5000)])
    whole.write_bytes(whole.read_bytes()[:-2000])
    with pytest.raises(ValueError, match="t.csv.gz cannot be read after line [1-9][0-9]*"):
        read(whole)
    with pytest.raises(FileNotFoundError, match="none.csv is no file"):
        read(tmp_path / "none.csv")
