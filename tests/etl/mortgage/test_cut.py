"""Pieces hold whole loans, whatever their size; foreign and damaged files are refused by name."""

import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.mortgage import audit, cut
from tests.support.files import tidy, write_combined, write_old


@pytest.fixture(scope="module")
def combined(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_combined(tidy(7), tmp_path_factory.mktemp("combined") / "2017Q1.csv")


@settings(max_examples=40, deadline=None)
@given(size=st.integers(50, 60_000))
def test_pieces_cover_the_file_and_share_no_loan(size: int, combined: Path) -> None:
    pieces = cut.cut(combined, combined.parent, size)
    raw = combined.read_bytes()
    assert b"".join(raw[p.start : p.stop] for p in pieces) == raw
    loans = [{line.split(b"|")[1] for line in raw[p.start : p.stop].splitlines()} for p in pieces]
    assert sum(map(len, loans)) == len(set.union(*loans))
    assert all(loans)


def test_a_garbled_line_at_the_edge_does_not_cut_a_loan(tmp_path: Path) -> None:
    lines = write_combined(tidy(7), tmp_path / "2017Q1.csv").read_text().splitlines(keepends=True)
    for size in range(2000, 4000, 97):
        (edge, *_) = cut.text_edges(tmp_path / "2017Q1.csv", 108, size)[1:]
        target = next(n for n in range(len(lines)) if sum(map(len, lines[:n])) > size)
        garbled = [*lines[:target], "x" * (len(lines[target]) - 1) + "\n", *lines[target + 1 :]]
        (tmp_path / "bad.csv").write_text("".join(garbled))
        (found, *_) = cut.text_edges(tmp_path / "bad.csv", 108, size)[1:]
        before, after = ("".join(garbled)[:found], "".join(garbled)[found:])
        ids = [{row.split("|")[1] for row in part.splitlines() if "|" in row} for part in (before, after)]
        assert not ids[0] & ids[1], (size, edge, found)


def test_rows_out_of_loan_order_are_refused() -> None:
    spans = [audit.Span(file="f", loans=np.array(loans).tobytes()) for loans in ([1, 5], [5, 9])]
    with pytest.raises(ValueError, match="not sorted by loan: loan 5"):
        audit.check_whole(spans)


def test_what_is_not_a_loan_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere does not exist"):
        cut.cut(tmp_path / "nowhere", tmp_path, 1000)
    with pytest.raises(FileNotFoundError, match="holds no file of loans"):
        cut.cut(tmp_path, tmp_path, 1000)
    (tmp_path / "empty.csv").touch()
    with pytest.raises(ValueError, match=r"empty.csv is empty"):
        cut.cut(tmp_path / "empty.csv", tmp_path, 1000)
    (tmp_path / "table.csv").write_text("a,b,c\n1,2,3\n")
    with pytest.raises(ValueError, match=r"table.csv has 1 fields.*108 to 113"):
        cut.cut(tmp_path / "table.csv", tmp_path, 1000)
    (tmp_path / "fake.parquet").write_text("not parquet at all")
    with pytest.raises(ValueError, match=r"fake.parquet is not a whole Parquet file"):
        cut.cut(tmp_path / "fake.parquet", tmp_path, 1000)


def test_a_damaged_gzip_is_refused_and_leaves_nothing(tmp_path: Path, combined: Path) -> None:
    whole = gzip.compress(combined.read_bytes())
    data, scratch = tmp_path / "2017Q1.csv.gz", tmp_path / "scratch"
    scratch.mkdir()
    data.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match=r"2017Q1.csv.gz is damaged"):
        cut.cut(data, scratch, 1000)
    assert list(scratch.iterdir()) == []


def test_a_performance_file_needs_its_acquisition(tmp_path: Path) -> None:
    acquisition, performance = write_old(tidy(7), tmp_path)
    with pytest.raises(ValueError, match=r"needs the Acquisition file of quarter 2000Q1; pass --data"):
        cut.cut(performance, tmp_path, 1000)
    with pytest.raises(FileNotFoundError, match="Performance files are missing"):
        cut.cut(acquisition, tmp_path, 1000)
    with pytest.raises(ValueError, match="--layout combined was asked for"):
        cut.cut(tmp_path, tmp_path, 1000, "combined")
