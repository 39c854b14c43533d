"""Series of a user's file: ids as written, in any form and order."""

import re
from pathlib import Path

import pandas as pd
import pytest

from etl.records import Rejected, collect, of_kind
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


ROWS = "a,2024-01-01,1\na,2024-01-02,2\na,2024-01-03,3\n"


@pytest.mark.parametrize(
    ("bad", "form", "reason"),
    [
        ("a,2024-02-30,4", None, "its ds is no date like 2024-01-31"),
        ("a,04.01.2024,4", None, "its ds is no date like 2024-01-31: .* --date-format %d.%m.%Y"),
        ("a,01/2024,4", "%Y-%m-%d", "its ds is no date like 2024-01-31: .* --date-format %m/%Y"),
        ("a,2024-01-04,1e400", None, "its y is no number"),
        ("a,2024-01-04,n.v.", None, "its y is no number"),
    ],
)
def test_rows_of_no_date_or_number_are_set_aside_with_their_lines(
    tmp_path: Path, bad: str, form: str | None, reason: str
) -> None:
    folder = tmp_path / "parts"
    folder.mkdir()
    (folder / "1.csv").write_text("unique_id,ds,y\n" + ROWS)
    (folder / "2.csv").write_text(f"unique_id,ds,y\n{ROWS.replace('a,', 'b,')}{bad}\n")
    with collect() as entries:
        found = table(folder, date_format=form)
    (lost,) = of_kind(entries, Rejected)
    assert (lost.file, lost.line) == (str(folder / "2.csv"), 5)
    assert re.match(reason, lost.reason)
    assert len(found) == 6
    with pytest.raises(ValueError, match=rf"2.csv: 1 of 4 rows .*, the first is line 5: {reason}"):
        table(folder, told=Told(bad_share=0.2), date_format=form)


@pytest.mark.parametrize("bad", ["x", "2024-01-01", "1.5"])
def test_a_step_that_is_no_whole_number_is_set_aside(tmp_path: Path, bad: str) -> None:
    rows = [f"a,{step},1" for step in range(20)]
    (tmp_path / "a.csv").write_text("\n".join(["unique_id,ds,y", *rows[:9], f"a,{bad},2", *rows[9:], ""]))
    with collect() as entries:
        found = table(tmp_path / "a.csv")
    assert found["ds"].to_pylist() == list(range(20))
    assert [(one.line, one.text) for one in of_kind(entries, Rejected)] == [(11, bad)]


def test_zones_of_some_files_alone_are_refused(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("unique_id,ds,y\n" + ROWS)
    (tmp_path / "2.csv").write_text("unique_id,ds,y\n" + ROWS.replace("2024-01-01", "2024-01-01T00:00Z"))
    with pytest.raises(ValueError, match=r"1 of 3 rows|name a zone"):
        table(tmp_path, told=Told(bad_share=0.1))
    (tmp_path / "2.csv").write_text("unique_id,ds,y\nb,2024-01-01T00:00Z,1\n")
    with pytest.raises(ValueError, match="some files name a zone"):
        table(tmp_path)


@pytest.mark.parametrize("form", ["csv", "semicolon", "parquet", "xlsx", "folder"])
def test_a_wide_table_is_the_long_one(tmp_path: Path, form: str) -> None:
    days = pd.date_range("2024-01-01", periods=5)
    values = {"007": [1.5, 2.25, None, -1e-7, 3], "7": [1, 2, 3, 4, 5.5], "x y": [None, 1, 2, 3, 4]}
    frame = pd.DataFrame({"when": days, **values})
    path = tmp_path / f"a.{form if form in ('parquet', 'xlsx') else 'csv'}"
    if form in ("parquet", "xlsx"):
        getattr(frame, {"parquet": "to_parquet", "xlsx": "to_excel"}[form])(path, index=False)
    elif form == "folder":
        path = tmp_path / "parts"
        path.mkdir()
        frame.iloc[:2].to_csv(path / "1.csv", index=False)
        frame.iloc[2:].to_csv(path / "2.csv", index=False)
    else:
        semicolon = form == "semicolon"
        frame.to_csv(path, index=False, sep=";" if semicolon else ",", decimal="," if semicolon else ".")
    found = table(path, told=Told(wide=True)).to_pandas().sort_values(["unique_id", "ds"])
    long = (
        frame.melt("when", var_name="unique_id", value_name="y").dropna().sort_values(["unique_id", "when"])
    )
    assert found["unique_id"].tolist() == long["unique_id"].tolist()
    assert found["y"].tolist() == long["y"].tolist()
    assert found["ds"].tolist() == long["when"].tolist()


def test_a_cell_of_a_wide_table_that_is_no_number_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("ds,a,b\n2024-01-01,1,2\n2024-01-02,x,3\nsoon,4,5\n2024-01-03,6,7\n")
    with collect() as entries:
        found = table(tmp_path / "a.csv", told=Told(wide=True, bad_share=1.0))
    assert found["y"].to_pylist() == [1, 2, 3, 6, 7]
    assert [(one.line, one.text) for one in of_kind(entries, Rejected)] == [
        (3, "x"),
        (4, "soon"),
        (4, "soon"),
    ]
    (tmp_path / "b.csv").write_text("ds\n2024-01-01\n")
    with pytest.raises(ValueError, match="b.csv has one column; a wide table has one of ds and others"):
        table(tmp_path / "b.csv", told=Told(wide=True))
