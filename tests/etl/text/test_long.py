"""Long tables of counts: columns of another type and damaged files are one line that names them."""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest
from scipy.sparse import vstack

from etl.text import long

GOOD = {"doc": [0, 0, 1], "word": ["a", "b", "a"], "count": [1, 2, 3]}
TIMES = pa.array([1, 2, 3]).cast(pa.timestamp("us"))
BYTES = pa.array([b"\xff"] * 3)


@pytest.mark.parametrize(
    ("column", "values"),
    [("count", TIMES), ("count", ["1", "2", "3"]), ("count", [True] * 3), ("word", BYTES), ("word", TIMES)],
)
def test_a_column_of_another_type_is_named(tmp_path: Path, column: str, values: object) -> None:
    pa.parquet.write_table(pa.table(GOOD | {column: values}), tmp_path / "c.parquet")
    with pytest.raises(ValueError, match=rf"c.parquet: column {column} holds .*; write it as"):
        list(long.blocks(tmp_path / "c.parquet"))


def test_documents_that_the_file_numbers_are_whole_numbers(tmp_path: Path) -> None:
    table = pa.table(GOOD | {"doc": ["x", "x", "y"]})
    pa.parquet.write_table(table, tmp_path / "c.parquet")
    found = vstack(list(long.blocks(tmp_path / "c.parquet")))
    assert found.toarray().tolist() == [[1, 2], [3, 0]]
    pa.parquet.write_table(table.replace_schema_metadata({"documents": "2"}), tmp_path / "c.parquet")
    with pytest.raises(ValueError, match="column doc holds string; write it as whole numbers"):
        list(long.blocks(tmp_path / "c.parquet"))


@pytest.mark.parametrize("read", [long.terms_of, lambda path: list(long.blocks(path))])
def test_a_damaged_file_is_named_wherever_it_is_damaged(
    tmp_path: Path, read: Callable[[Path], object]
) -> None:
    pa.parquet.write_table(pa.table(GOOD), tmp_path / "c.parquet")
    data = bytearray((tmp_path / "c.parquet").read_bytes())
    for place in range(4, len(data) - 8, 7):
        (tmp_path / "d.parquet").write_bytes(data[:place] + bytes([data[place] ^ 255]) + data[place + 1 :])
        told = refusal(read, tmp_path / "d.parquet")
        assert not told or ("d.parquet" in told and "\n" not in told)


def refusal(read: Callable[[Path], object], path: Path) -> str:
    try:
        read(path)
    except ValueError as error:
        return str(error)
    return ""
