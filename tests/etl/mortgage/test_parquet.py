"""Parquet of any types gives what text gives: missing is missing, dates are months, bad rows are told."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest

from etl.engine import Engine, choose
from etl.mortgage import audit, cut, read
from etl.mortgage.schema import CATEGORIES, COMBINED, LOAN, MISSING, PERIOD, STATUS
from etl.records import collect
from tests.support.files import lines, tidy

FIELDS = COMBINED[:108]


def load(path: Path, engine: Engine, size: int = 1 << 30) -> tuple[pd.DataFrame, list]:
    with collect() as entries:
        frames = [read.read(piece, engine) for piece in cut.cut(path, path.parent, size)]
    frames = [frame if engine.name == "cpu" else frame.to_pandas() for frame in frames]
    whole = pd.concat([frame.astype(dict.fromkeys(CATEGORIES, str)) for frame in frames], ignore_index=True)
    return whole, audit.rejected(entries)


def texts() -> pd.DataFrame:
    """The fields of a combined file as they are spelled, some of them unknown."""
    rows = pd.DataFrame([line.split("|") for line in lines(tidy(), FIELDS, "combined")], columns=list(FIELDS))
    for number, word in enumerate(MISSING):
        rows.loc[rows.index % 17 == number, STATUS] = word
        rows.loc[rows.index % 19 == number, "seller_name"] = word
    return rows


def as_text(rows: pd.DataFrame, folder: Path) -> pd.DataFrame:
    folder.mkdir()
    (folder / "2017Q1.csv").write_text("".join("|".join(row) + "\n" for row in rows.to_numpy()))
    return load(folder / "2017Q1.csv", choose("cpu"))[0]


def dates(unit: str, zone: str | None = None) -> Callable[[pa.Table], pa.Table]:
    kind = {"date32": pa.date32(), "date64": pa.date64()}.get(unit) or pa.timestamp(unit, zone)

    def change(table: pa.Table) -> pa.Table:
        found = pd.to_datetime(table[PERIOD].to_pandas(), format="%m%Y").dt.date
        plain = pa.array(found).cast(pa.timestamp("ms")).cast(pa.timestamp("ms", zone) if zone else kind)
        return put(table, PERIOD, plain.cast(kind))

    return change


def put(table: pa.Table, name: str, values: pa.Array | pa.ChunkedArray) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, values)


def coded(table: pa.Table) -> pa.Table:
    return pa.table([column.dictionary_encode() for column in table.columns], names=table.column_names)


def wide(table: pa.Table) -> pa.Table:
    return table.cast(pa.schema([(name, pa.large_string()) for name in table.column_names]))


def numbers(table: pa.Table) -> pa.Table:
    table = put(table, LOAN, table[LOAN].cast(pa.decimal128(20, 0)))
    return put(table, PERIOD, table[PERIOD].cast(pa.int64()))


def respelled(table: pa.Table) -> pa.Table:
    return put(table, PERIOD, pa.array([f"{word[2:]}-{word[:2]}-28" for word in table[PERIOD].to_pylist()]))


CHANGES = {
    "text": lambda table: table,
    "coded": coded,
    "wide": wide,
    "numbers": numbers,
    "respelled": respelled,
    "date32": dates("date32"),
    "date64": dates("date64"),
    "seconds": dates("s"),
    "nanoseconds": dates("ns"),
    "zone": dates("us", "UTC"),
    "floats": lambda table: put(table, LOAN, table[LOAN].cast(pa.float64())),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("size", [1 << 30, 2000])
def test_any_types_give_what_the_text_gives(change: str, size: int, tmp_path: Path, engine: Engine) -> None:
    rows = texts()
    table = CHANGES[change](pa.Table.from_pandas(rows, preserve_index=False).replace_schema_metadata())
    pa.parquet.write_table(table, tmp_path / "2017Q1.parquet", row_group_size=150)
    found, aside = load(tmp_path / "2017Q1.parquet", engine, size)
    assert aside == []
    pd.testing.assert_frame_equal(found, as_text(rows, tmp_path / "text"))
    assert found["status"].isna().sum() > len(rows) // 6


@pytest.mark.parametrize("kind", ["int", "float", "text"])
def test_rows_without_a_loan_or_month_are_set_aside(kind: str, tmp_path: Path, engine: Engine) -> None:
    rows = texts()
    table = pa.Table.from_pandas(rows, preserve_index=False)
    is_bad = np.arange(len(rows)) % 50 == 3
    for name in (LOAN, PERIOD):
        values = table[name].to_pandas().where(~np.roll(is_bad, name == PERIOD))
        types = {"int": pa.int64(), "float": pa.float64(), "text": pa.string()}
        table = put(table, name, pa.array(values, pa.string()).cast(types[kind]))
    pa.parquet.write_table(table, tmp_path / "2017Q1.parquet")
    found, aside = load(tmp_path / "2017Q1.parquet", engine, 3000)
    assert [one.line - 1 for one in aside] == np.flatnonzero(is_bad | np.roll(is_bad, 1)).tolist()
    assert {one.reason for one in aside} == {f"{LOAN} is missing", f"{PERIOD} is missing"}
    assert len(found) + len(aside) == len(rows)
    assert found["loan_id"].nunique() == rows[LOAN].nunique()


@pytest.mark.parametrize("gone", [["seller_name"], ["dti", "zip", STATUS], [LOAN]])
def test_missing_columns_are_one_error_that_names_them(gone: list[str], tmp_path: Path) -> None:
    path = tmp_path / "2017Q1.parquet"
    texts().drop(columns=gone).to_parquet(path)
    with pytest.raises(ValueError, match="lacks the column") as caught:
        load(path, choose("cpu"))
    assert all(name in str(caught.value) for name in gone)


@pytest.mark.parametrize(
    ("name", "values", "why"),
    [
        ("dti", [[1.0]], "dti holds list"),
        ("status", None, "lacks"),
        (LOAN, [True], "loan_id holds bool"),
        ("zip", [pd.Timestamp("2020-01-01")], "zip holds timestamp"),
    ],
)
def test_a_type_that_says_nothing_is_named(name: str, values: list | None, why: str, tmp_path: Path) -> None:
    table = pa.Table.from_pandas(texts(), preserve_index=False)
    changed = (
        table.drop_columns([STATUS]) if values is None else put(table, name, pa.array(values * len(table)))
    )
    pa.parquet.write_table(changed, tmp_path / "2017Q1.parquet")
    with pytest.raises(ValueError, match=why):
        load(tmp_path / "2017Q1.parquet", choose("cpu"))
