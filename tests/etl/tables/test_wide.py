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


def test_a_column_that_lacks_is_named_beside_those_of_the_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("item,said\n1,2\n")
    message = "it has item, said: call its columns so in the first line$"
    with pytest.raises(ValueError, match=message):
        together(path, [Column("task"), Column("label")], "labels", Told(), "its first line")
