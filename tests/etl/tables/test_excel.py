"""Sheets as Excel shows them, and rows named by their numbers in it."""

from pathlib import Path

import openpyxl
import pytest

from etl.records import Choice, Rejected, collect, of_kind
from etl.tables.form import Told
from etl.tables.read import Column, read

COLUMNS = [Column("task"), Column("worker"), Column("label")]


def sheet(path: Path, rows: list[list[object]], *merged: str) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for one in merged:
        book.active.merge_cells(one)
    book.save(path)
    return path


@pytest.mark.parametrize(
    ("rows", "merged", "expected"),
    [
        (
            [[1, "a", "x"], [None, "b", "y"], [2, "a", "y"]],
            ["A2:A3"],
            [[1, 1, 2], ["a", "b", "a"], ["x", "y", "y"]],
        ),
        (
            [[1, "a", "x"], [2, None, None], [2, "b", None]],
            ["B2:B3", "C2:C4"],
            [[1, 2, 2], ["a", "a", "b"], ["x"] * 3],
        ),
        ([[1, "a", None], [2, "b", "y"]], ["B2:C2"], [[1, 2], ["a", "b"], ["a", "y"]]),
        (
            [[1, "a", "x"], [3, "b", "y"], [None, "c", "z"]],
            ["A3:A4"],
            [[1, 3, 3], ["a", "b", "c"], ["x", "y", "z"]],
        ),
    ],
)
def test_merged_cells_hold_what_they_show(
    tmp_path: Path, rows: list[list[object]], merged: list[str], expected: list[list[object]]
) -> None:
    path = sheet(tmp_path / "a.xlsx", [["task", "worker", "label"], *rows], *merged)
    with collect() as entries:
        found = read(path, COLUMNS, "votes")
    assert [found[name].to_pylist() for name in found.column_names] == expected
    assert not of_kind(entries, Rejected)
    assert f"{len(merged)} merged cells hold" in " ".join(one.reason for one in of_kind(entries, Choice))


@pytest.mark.parametrize("above", [0, 1, 3])
@pytest.mark.parametrize("named", [True, False])
def test_rows_are_named_by_their_numbers_in_the_sheet(tmp_path: Path, above: int, named: bool) -> None:
    rows = [*([[None] * 3] * above), *([["task", "worker", "label"]] if named else [])]
    rows += [[1, "a", "x"], [None, None, None], [2, None, "y"]]
    path = sheet(tmp_path / "a.xlsx", [*rows, [3, "b", "y"]])
    told = Told(names=None if named else ("task", "worker", "label"))
    with collect() as entries:
        read(path, COLUMNS, "votes", told)
    (lost,) = of_kind(entries, Rejected)
    assert (lost.unit, lost.line, lost.reason) == ("row", len(rows), "its worker is missing")
    with pytest.raises(ValueError, match=rf"a.xlsx: 1 of 3 rows .* the first is row {len(rows)}: its worker"):
        read(path, COLUMNS, "votes", Told(names=told.names, bad_share=0.1))
