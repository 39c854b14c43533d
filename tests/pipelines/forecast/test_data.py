"""Series of a user's file: ids as written, in any form and order."""

from pathlib import Path

import pytest

from etl.tables.form import Told
from pipelines.forecast.data import clean, table

NAMES = ("unique_id", "ds", "y")
TEXT = "unique_id,ds,y\n007,2024-01-01,1.5\n7,2024-01-02,\n007,2024-01-03,inf\nNA,2024-01-04,-2\n"


@pytest.mark.parametrize("form", ["plain", "semicolon", "latin-1", "folder"])
def test_ids_are_kept_as_they_are_written(tmp_path: Path, form: str) -> None:
    text, told, path = TEXT.replace("NA", "Z\u00fcrich"), Told(), tmp_path / "a.csv"
    if form == "semicolon":
        text = text.replace(",", ";").replace("1.5", "1,5")
    if form == "folder":
        head, *lines = text.splitlines(keepends=True)
        (tmp_path / "parts").mkdir()
        (tmp_path / "parts/b.csv").write_text(head + "".join(lines[:1]), encoding="utf-8")
        (tmp_path / "parts/c.csv").write_text(head + "".join(lines[1:]), encoding="utf-8")
        path = tmp_path / "parts"
    else:
        path.write_bytes(text.encode("latin-1" if form == "latin-1" else "utf-8"))
    if form == "latin-1":
        with pytest.raises(ValueError, match=r"line 5, is not UTF-8 .* --encoding latin-1"):
            table(path)
        told = Told("latin-1")
    rows = table(path, told=told)
    assert rows["unique_id"].to_pylist() == ["007", "7", "007", "Z\u00fcrich"]
    assert rows["y"].to_pylist() == [1.5, None, float("inf"), -2.0]
    _, counts = clean(rows, NAMES)
    assert counts["infinite_values"] == 1


def test_whole_numbers_count_steps_and_twice_named_columns_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("unique_id,ds,y\n1,5,1\n1,6,2\n")
    assert table(path)["ds"].to_pylist() == [5, 6]
    path.write_text("unique_id,ds,y,y\n1,5,1,2\n")
    with pytest.raises(ValueError, match="has 2 columns named y; rename all but one"):
        table(path)
