"""A wide table is the long one of its cells: no long one is taken for wide, and shares count its cells."""

from pathlib import Path

import pytest

from etl.tables.form import Told
from etl.tables.read import Column, read
from etl.tables.whole import together

COLUMNS = [Column("task"), Column("worker"), Column("label", "number")]


@pytest.mark.parametrize("names", ["task,worker,label", "Label,note,task,WORKER "])
def test_a_long_table_is_not_taken_for_a_wide_one(tmp_path: Path, names: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(names + "\n" + ",".join(["1"] * names.count(",")) + ",2\n")
    with pytest.raises(ValueError, match=r"has the columns task, worker, label, so it is long .*--wide"):
        read(path, COLUMNS, "votes", Told(wide=True))


def test_the_share_of_rows_that_are_lost_is_of_cells(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("task,a,b,c,d\n1,x,x,x,x\n" + "2,1,2,3,4\n3,1,2,3,4\n")
    assert len(read(path, COLUMNS, "votes", Told(wide=True))) == 8, "4 of 12 are fewer than a half"
    with pytest.raises(ValueError, match="4 of 12 rows cannot be used, the first is line 2: its label"):
        read(path, COLUMNS, "votes", Told(wide=True, bad_share=0.3))


VOTES = [(1, "Anna", "ja"), (1, "Zoë", "nö"), (2, "Bjørn", "ja")]
SHEET = [["Aufgabe", "Anna", "Bjørn", "Zoë"], ["1", "ja", None, "nö"], ["2", None, "ja", None], [None] * 4]


def saved(path: Path, sheet: list[list[str | None]], encoding: str = "utf-8-sig") -> Path:
    """As Excel saves it."""
    if path.suffix == ".xlsx":
        book = pytest.importorskip("openpyxl").Workbook()
        for row in sheet:
            book.active.append([int(cell) if cell and cell.isdigit() else cell for cell in row])
        book.save(path)
    else:
        path.write_bytes(
            "".join(";".join(cell or "" for cell in row) + "\r\n" for row in sheet).encode(encoding)
        )
    return path


@pytest.mark.parametrize(
    ("name", "encoding"), [("a.csv", "utf-8-sig"), ("a.csv", "cp1252"), ("a.csv", "utf-16"), ("a.xlsx", None)]
)
def test_what_excel_saves_is_read_as_it_is_seen(tmp_path: Path, name: str, encoding: str | None) -> None:
    path = saved(tmp_path / name, [[*row, None] for row in SHEET], encoding or "")
    told = Told(wide=True, encoding="cp1252" if encoding == "cp1252" else None)
    table = read(path, [Column("task"), Column("worker"), Column("label")], "votes", told)
    assert [tuple(row.values()) for row in table.to_pylist()] == VOTES


@pytest.mark.parametrize(("name", "place"), [("a.csv", "line 2"), ("a.xlsx", "row 2")])
def test_a_title_above_the_names_is_refused(tmp_path: Path, name: str, place: str) -> None:
    path = saved(tmp_path / name, [["Answers of March", None, None, None], *SHEET])
    with pytest.raises(
        ValueError, match=rf"{place}: 'Anna' stands in column 2, which has no .* a title above"
    ):
        read(path, COLUMNS, "votes", Told(wide=True))
    path = saved(tmp_path / "b.csv", [["Answers of March"], *SHEET])
    with pytest.raises(ValueError, match="has one column; .* remove a title above the names"):
        read(path, COLUMNS, "votes", Told(wide=True))


def test_a_column_that_lacks_is_named_beside_those_of_the_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("item,said\n1,2\n")
    message = "it has item, said: call its columns so in the first line$"
    with pytest.raises(ValueError, match=message):
        together(path, [Column("task"), Column("label")], "labels", Told(), "its first line")
