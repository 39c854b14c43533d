"""Reading both layouts back to the rows that were written, and setting bad lines aside."""

import gzip
from pathlib import Path

import pandas as pd
import pytest

from etl.engine import Engine
from etl.mortgage import audit, cut, read
from etl.mortgage.schema import CATEGORIES
from etl.records import collect
from tests.support.files import FILE_COLUMNS, tidy, write_combined, write_old


def load(data: Path, scratch: Path, engine: Engine, piece_bytes: int = 1 << 30) -> tuple[pd.DataFrame, list]:
    """All pieces read, in order, on the host; and what was recorded."""
    with collect() as entries:
        frames = [read.read(piece, engine) for piece in cut.cut(data, scratch, piece_bytes)]
    frames = [frame if engine.name == "cpu" else frame.to_pandas() for frame in frames]
    for frame in frames:
        for name in CATEGORIES:
            frame[name] = frame[name].astype(str)
    return pd.concat(frames, ignore_index=True), entries


def strings(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.astype(dict.fromkeys(CATEGORIES, str))


@pytest.mark.parametrize("fields", [108, 113])
@pytest.mark.parametrize("piece_bytes", [1 << 30, 4000])
def test_combined_files_read_back(fields: int, piece_bytes: int, tmp_path: Path, engine: Engine) -> None:
    rows = tidy()
    write_combined(rows, tmp_path / "2017Q1.csv", fields)
    found, entries = load(tmp_path, tmp_path, engine, piece_bytes)
    pd.testing.assert_frame_equal(found, strings(rows))
    assert audit.rejected(entries) == []
    audit.check_whole(entries)
    assert audit.totals(entries).loans == 40


@pytest.mark.parametrize("piece_bytes", [1 << 30, 4000])
def test_old_pairs_read_back_in_order_of_month(piece_bytes: int, tmp_path: Path, engine: Engine) -> None:
    rows = tidy()
    write_old(rows, tmp_path)
    found, entries = load(tmp_path, tmp_path, engine, piece_bytes)
    pd.testing.assert_frame_equal(found, strings(rows))
    assert audit.rejected(entries) == []


def test_gzip_and_parquet_hold_the_same_rows(tmp_path: Path, engine: Engine) -> None:
    rows = tidy()
    text = write_combined(rows, tmp_path / "2017Q1.csv")
    (tmp_path / "gz").mkdir()
    (tmp_path / "gz" / "2017Q1.csv.gz").write_bytes(gzip.compress(text.read_bytes()))
    raw = rows.set_axis(FILE_COLUMNS, axis=1)
    raw["monthly_reporting_period"] = (
        raw["monthly_reporting_period"] % 12 * 10_000 + 10_000 + raw["monthly_reporting_period"] // 12
    )
    raw.to_parquet(tmp_path / "2017Q1.parquet", row_group_size=100)
    for data in (tmp_path / "gz", tmp_path / "2017Q1.parquet"):
        found, _ = load(data, tmp_path, engine, 4000)
        pd.testing.assert_frame_equal(found, strings(rows))


def test_bad_lines_are_set_aside_with_their_line_and_reason(tmp_path: Path, engine: Engine) -> None:
    rows = tidy()
    path = write_combined(rows, tmp_path / "2017Q1.csv")
    good = path.read_text().splitlines()
    bad = {
        10: good[10][:40],
        30: "",
        50: good[50].replace("|100000", "|1OOOOO", 1),
        70: good[70] + 6 * "|extra",
        90: "|".join([*good[90].split("|")[:2], "132017", *good[90].split("|")[3:]]),
        110: "|".join([*good[110].split("|")[:8], "4.x", *good[110].split("|")[9:]]),
        130: "|" + good[130].split("|", 2)[2].join(["|", ""]),
        150: good[149],
        170: "\x00\xff garbage",
    }
    for number, line in bad.items():
        good[number] = line
    path.write_bytes("\n".join(good).encode("latin-1") + b"\n")
    found, entries = load(path, tmp_path, engine, 6000)
    aside = audit.rejected(entries)
    assert [row.line - 1 for row in aside] == sorted(bad)
    assert {row.file for row in aside} == {str(path)}
    reasons = {row.line - 1: row.reason for row in aside}
    assert "fields" in reasons[10] + reasons[70]
    assert "month" in reasons[90]
    assert "repeats" in reasons[150]
    expected = strings(rows).drop(index=list(bad)).reset_index(drop=True)
    pd.testing.assert_frame_equal(found, expected)
    with pytest.raises(ValueError, match=r"9 of [\d,]+ lines were set aside.*line 11"):
        audit.check(aside, audit.totals(entries).lines, 0.001)


def test_a_truncated_file_loses_its_last_line_only(tmp_path: Path, engine: Engine) -> None:
    path = write_combined(tidy(), tmp_path / "2017Q1.csv")
    whole, _ = load(path, tmp_path, engine)
    path.write_bytes(path.read_bytes()[:-60])
    found, entries = load(path, tmp_path, engine)
    pd.testing.assert_frame_equal(found, whole.iloc[:-1])
    assert len(audit.rejected(entries)) == 1


def test_loans_without_acquisition_keep_their_months(tmp_path: Path, engine: Engine) -> None:
    rows = tidy()
    acquisition, _ = write_old(rows, tmp_path)
    acquisition.write_text("".join(acquisition.read_text().splitlines(keepends=True)[1:]))
    found, _ = load(tmp_path, tmp_path, engine)
    assert len(found) == len(rows)
    first = found["loan_id"] == rows["loan_id"].iloc[0]
    assert found.loc[first, "orig_ltv"].isna().all()
    assert found.loc[~first, "orig_ltv"].notna().all()


def test_seller_names_become_one(tmp_path: Path, engine: Engine) -> None:
    rows = tidy()
    rows["seller_name"] = "JPMorgan Chase Bank, National Association"
    rows.loc[rows.index > 100, "seller_name"] = "CHASE HOME FINANCE, LLC"
    write_combined(rows, tmp_path / "2017Q1.csv")
    found, _ = load(tmp_path, tmp_path, engine)
    assert set(found["seller_name"]) == {"JPMORGAN CHASE BANK"}
