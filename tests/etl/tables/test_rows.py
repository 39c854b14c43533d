"""Rows of delimited text, against Python's csv module, and messages that name the line."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.tables.decode import blocks
from etl.tables.parts import Part
from etl.tables.rows import LONE_RETURN, NAMES_AGAIN, rows

HERE = Part(Path("votes.csv"))
CELL = st.one_of(
    st.text(st.sampled_from('ab",\n;é '), max_size=5),
    st.text(st.sampled_from('abcdefghijklm",\n;é '), min_size=16, max_size=60),  # over words of eight bytes
)


@given(
    st.lists(st.lists(CELL, min_size=2, max_size=3), max_size=8),
    st.one_of(st.integers(1, 9), st.integers(10, 500)),
    st.sampled_from(["\n", "\r\n"]),
)
def test_rows_of_any_cut_are_those_of_the_csv_module(table: list[list[str]], size: int, end: str) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=end).writerows(table)
    data = text.getvalue().encode()
    parts = [data[place : place + size] for place in range(0, len(data), size)]
    found = list(rows(HERE, parts, ",", quoted=True))
    fields = [int(count) for part in found for count in part.fields]
    lines = [int(line) for part in found for line in part.lines]
    again = [part.text(row) for part in found for row in range(len(part))]
    assert fields == [len(row) for row in table]
    assert [next(csv.reader(io.StringIO(one, newline=""))) for one in again] == table
    heights = [1 + sum(cell.count("\n") for cell in row) for row in table]
    assert lines == [1 + sum(heights[:row]) for row in range(len(table))]


@pytest.mark.parametrize("cut", [1, 3, 1000])
def test_an_unclosed_quote_is_named_where_it_opens(cut: int) -> None:
    data = b'id,text\n1,"two\nlines"\n2,"never closed\n3,more\n'
    parts = [data[place : place + cut] for place in range(0, len(data), cut)]
    with pytest.raises(ValueError, match=r"votes\.csv, line 4: the quote"):
        list(rows(HERE, parts, ",", quoted=True))
    assert sum(len(part) for part in rows(HERE, parts, ",", quoted=False)) == 5


def test_a_quote_within_a_field_is_a_character() -> None:
    (found,) = rows(HERE, [b'size,note\n5" pipe,x\n7","y"\n'], ",", quoted=True)
    assert found.fields.tolist() == [2, 2, 2]


def test_names_again_blank_rows_and_lone_returns_are_marked() -> None:
    data = b"a,b\r\n\r\n1,2\na,b\n3,\r4\n5,6"
    (found,) = rows(HERE, [data], ",", quoted=True, names=b"a,b")
    assert found.fields.tolist() == [NAMES_AGAIN, 0, 2, NAMES_AGAIN, LONE_RETURN, 2]
    assert found.lines.tolist() == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_unicode_is_read_in_all_its_forms(tmp_path: Path, encoding: str, size: int) -> None:
    text = "id,name\n1,Zürich\n2,東京\n3,😀\n"
    (tmp_path / "a.csv").write_bytes(text.encode(encoding))
    least = max(size, 16) if encoding != "utf-8" else size
    assert b"".join(blocks(Part(tmp_path / "a.csv"), None, least)).decode() == text


@pytest.mark.parametrize("size", [4, 1000])
def test_another_encoding_is_told_with_its_line_and_never_guessed(tmp_path: Path, size: int) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("id,name\n1,Ann\n2,Jörg\n".encode("latin-1"))
    with pytest.raises(ValueError, match=r"a\.csv, line 3, is not UTF-8 \(byte 0xf6 .*--encoding latin-1"):
        list(blocks(Part(path), None, size))
    assert b"".join(blocks(Part(path), "latin-1", size)).decode().endswith("Jörg\n")
    with pytest.raises(ValueError, match="--encoding utf-99 is unknown"):
        list(blocks(Part(path), "utf-99"))


def test_a_character_that_a_block_cuts_is_checked_with_the_next(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"a\nb\xc3cdef\n")
    with pytest.raises(ValueError, match=r"line 2, is not UTF-8 \(byte 0xc3"):
        list(blocks(Part(tmp_path / "a.csv"), None, 4))


def test_lines_are_counted_over_blocks() -> None:
    parts = [b"a\n" * 3, b"b\n" * 2, b"c"]
    assert np.concatenate([part.lines for part in rows(HERE, parts, ",", quoted=True)]).tolist() == [
        1,
        2,
        3,
        4,
        5,
        6,
    ]
