"""What nobody declared is numbers where every cell is one, over the whole column and all files."""

import random
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.records import Choice, Rejected, collect, of_kind
from etl.tables.form import Told
from etl.tables.infer import FEW
from etl.tables.infer import read as infer
from etl.tables.read import names


def read(*args, **options) -> pa.Table:
    return infer(*args, **options).table


def table(path: Path, text: str) -> pa.Table:
    path.write_text(text, encoding="utf-8")
    return read(path, "rows")


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1", "2.5", "-3e2"], [1.0, 2.5, -300.0]),
        (["1", "", "NA", "4"], [1.0, None, None, 4.0]),
        (["True", "", "False", "true"], [1.0, None, 0.0, 1.0]),
        (["inf", "1", "-Infinity", "2"], [float("inf"), 1.0, float("-inf"), 2.0]),
        ([" 1", "+2", ".5"], [1.0, 2.0, 0.5]),
        (["01", "2", "3"], ["01", "2", "3"]),
        (["1", "2", "three"], ["1", "2", "three"]),
        (["True", "yes", "False"], ["True", "yes", "False"]),
        (["2024-01-01", "2024-01-02"], ["2024-01-01", "2024-01-02"]),
        (["NA", "", "null"], ["NA", None, "null"]),
    ],
)
def test_a_column_is_numbers_where_all_cells_are(tmp_path: Path, cells: list, expected: list) -> None:
    found = table(tmp_path / "a.csv", "other,n,x\n" + "".join(f"o,1,{cell}\n" for cell in cells))
    assert found["x"].to_pylist() == expected


def test_why_a_column_is_text_is_told(tmp_path: Path) -> None:
    with collect() as entries:
        table(tmp_path / "a.csv", "a,b,c,d\n1,01,x,1\n2,2,y,\n3,3,z,2\nfour,4,4,3\n")
    told = [entry.reason.partition(": ")[2] for entry in of_kind(entries, Choice)]
    assert told == [
        "column a is text, as 1 of 4 cells are no numbers, such as 'four'",
        "column b is text, as some begin with zeros, as ids do",
    ]


def test_decimal_commas_are_numbers_where_semicolons_part_fields(tmp_path: Path) -> None:
    found = table(tmp_path / "a.csv", "a;b;word\n1,5;2;x,y\n2,25;1.000,5;z\n")
    assert found.to_pydict() == {"a": [1.5, 2.25], "b": [2.0, 1000.5], "word": ["x,y", "z"]}
    assert table(tmp_path / "b.csv", 'a,b\n"1,500",2\n3,4\n')["a"].to_pylist() == ["1,500", "3"]


def test_files_of_a_folder_are_one_table(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,y\n1,1\n")
    (tmp_path / "b.csv").write_text("y;x\n2,5;two\n")
    assert read(tmp_path, "rows").to_pydict() == {"x": ["1", "two"], "y": [1.0, 2.5]}
    (tmp_path / "b.csv").write_text("y\n2\n")
    with pytest.raises(ValueError, match=r"b\.csv has no column x; it has y"):
        read(tmp_path, "rows")


@pytest.mark.parametrize("kind", ["csv", "parquet", "jsonl"])
def test_a_column_that_stands_twice_is_named(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"a.{kind}"
    if kind == "parquet":
        pyarrow.parquet.write_table(pa.Table.from_arrays([pa.array([1])] * 2, names=["x", "x"]), path)
    else:
        path.write_text("x,x\n1,2\n" if kind == "csv" else '{"x": 1}\n')
    if kind == "jsonl":
        assert read(path, "rows").to_pydict() == {"x": [1.0]}
        return
    with pytest.raises(ValueError, match=r"has 2 columns named x; rename all but one"):
        read(path, "rows")


def test_types_of_parquet_stay_or_become_numbers(tmp_path: Path) -> None:
    frame = pa.table(
        {
            "price": pa.array(["1.25", None]).cast(pa.decimal128(5, 2)),
            "yes": [True, None],
            "whole": [1, 2],
            "day": pa.array([0, 1], pa.date32()),
            "kind": pa.array(["u", "v"]).dictionary_encode(),
            "key": ["007", "7"],
        }
    )
    pyarrow.parquet.write_table(frame, tmp_path / "a.parquet")
    found = read(tmp_path / "a.parquet", "rows", ids=["key"])
    assert found["price"].to_pylist() == [1.25, None]
    assert found["yes"].to_pylist() == [1.0, None]
    assert found["day"].type == pa.date32()
    assert found["kind"].to_pylist() == ["u", "v"]
    assert found["key"].to_pylist() == ["007", "7"]


def test_names_are_those_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a;b,c\n1;2\n")
    assert names(tmp_path / "a.csv", "rows") == ["a", "b,c"]
    assert names(tmp_path / "a.csv", "rows", Told(names=("x", "y"))) == ["x", "y"]


@pytest.mark.parametrize(
    ("cells", "bad"),
    [
        (["1.5", "2", "n.v.", "4"], "n.v."),
        (["1", "-2", "1e400", "3"], "1e400"),
        (["inf", "2", "-2e999", "3"], "-2e999"),
        (["1", "2", "3", "1,5"], "1,5"),
        (["True", "false", "NA", "maybe"], "maybe"),
        (["12", "13", "2024-01-01", "12"], "2024-01-01"),
    ],
)
@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet", "xlsx"])
def test_a_few_cells_that_are_none_leave_a_column_of_numbers(
    tmp_path: Path, cells: list[str], bad: str, kind: str
) -> None:
    frame = pd.DataFrame({"n": range(40), "x": 10 * cells})
    frame.loc[frame.x.eq(bad) & (frame.n > 3), "x"] = cells[0]
    path, first = tmp_path / f"a.{kind}", cells.index(bad)
    write = {"csv": frame.to_csv, "xlsx": frame.to_excel, "parquet": frame.to_parquet}
    if kind == "jsonl":
        frame.to_json(path, orient="records", lines=True)
    else:
        write[kind](path, index=False)
    with collect() as entries:
        found, number = infer(path, "rows")
    (lost,) = of_kind(entries, Rejected)
    start = {"csv": 2, "xlsx": 2, "jsonl": 1, "parquet": 1}[kind]
    unit = "row" if kind in ("parquet", "xlsx") else "line"
    assert (lost.reason, lost.text, lost.line, lost.unit) == ("its x is no number", bad, first + start, unit)
    assert number.tolist() == found["n"].to_pylist() == [n for n in range(40) if n != first]
    assert found["x"].type == pa.float64()
    if kind == "csv":
        with pytest.raises(ValueError, match=rf"1 of 40 rows .* line {first + 2}: its x is no number"):
            infer(path, "rows", Told(bad_share=0.01))


def test_more_than_a_few_leave_it_text_unless_it_is_declared(tmp_path: Path) -> None:
    cells = ["1"] * 100 + ["x"] * int(FEW * 100 + 3)
    (tmp_path / "a.csv").write_text("n,x\n" + "".join(f"1,{cell}\n" for cell in cells))
    with collect() as entries:
        found = read(tmp_path / "a.csv", "rows")
    assert found["x"].to_pylist() == cells
    assert "13 of 113 cells are no numbers, such as 'x'" in entries[0].reason
    assert read(tmp_path / "a.csv", "rows", numbers=["x"])["x"].to_pylist() == [1.0] * 100


@pytest.mark.parametrize("blank", [",,a", " , ,a", ",,", "NA,-,a"])
def test_rows_without_a_number_are_set_aside(tmp_path: Path, blank: str) -> None:
    (tmp_path / "a.csv").write_text(f"x,y,word\n1,2,a\n,3,b\n{blank}\n4,,c\n")
    with collect() as entries:
        found, number = infer(tmp_path / "a.csv", "rows")
    assert found["x"].to_pylist() == [1.0, None, 4.0]
    assert number.tolist() == [0, 1, 3]
    assert [(one.line, one.reason) for one in of_kind(entries, Rejected)] == [(4, "it holds no number")]


CELL = st.sampled_from(["1", "2.5", "-3", "", "x", "True", "False", "NA", "01", "inf"])


@given(st.lists(st.tuples(CELL, CELL, CELL), min_size=2, max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_rows_and_columns_and_files_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]], draw: random.Random
) -> None:
    folder = tmp_path_factory.mktemp("t")
    frame = pd.DataFrame(rows, columns=["a", "b", "c"]).assign(row=[f"r{n}" for n in range(len(rows))])
    frame.to_csv(folder / "whole.csv", index=False)
    order = draw.sample(list(frame.columns), 4)
    mixed = frame.sample(frac=1, random_state=draw.randrange(99))[order].assign(further="z")
    cut = draw.randrange(1, len(rows))
    (folder / "parts").mkdir()
    mixed[:cut].to_csv(folder / "parts/1.csv", index=False)
    mixed[cut:].to_csv(folder / "parts/2.csv", index=False)

    told = Told(bad_share=1.0)
    one, other = (read(folder / name, "rows", told).sort_by("row") for name in ("whole.csv", "parts"))

    assert one.equals(other.select(one.column_names))


def test_a_row_without_numbers_is_kept_where_other_columns_tell_something(tmp_path: Path) -> None:
    path = tmp_path / "items.csv"
    path.write_text("id,size,kind\n1,2.5,a\n2,,b\n3,,\n4,1,\n")
    with collect() as entries:
        found = infer(path, "items", ids=["id"], mixed=True)
    assert found.table["id"].to_pylist() == [1, 2, 4]
    assert [(entry.line, entry.reason) for entry in of_kind(entries, Rejected)] == [(4, "it holds nothing")]
