"""Which files hold loans, what is passed over, and that no loan counts twice."""

import bz2
import gzip
import lzma
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.engine import Engine, choose
from etl.mortgage import audit, cut, read
from etl.mortgage.files import find
from etl.records import Choice, collect, of_kind
from tests.support.files import tidy, write_combined


def load(data: Path, scratch: Path, size: int = 1 << 30) -> tuple[pd.DataFrame, list]:
    scratch.mkdir(exist_ok=True)
    with collect() as entries:
        frames = [read.read(piece, choose("cpu")) for piece in cut.cut(data, scratch, size)]
    audit.check_whole(entries)
    names = frames[0].select_dtypes("category").columns
    whole = pd.concat([frame.astype(dict.fromkeys(names, str)) for frame in frames])
    return whole.sort_values(["loan_id", "month"], ignore_index=True), entries


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    path = write_combined(tidy(), tmp_path_factory.mktemp("whole") / "2017Q1.csv")
    return path.read_text().splitlines(keepends=True)


@pytest.fixture
def data(tmp_path: Path, lines: list[str]) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "2017Q1.csv").write_text("".join(lines))
    return folder


def loan(line: str) -> str:
    return line.split("|")[1]


@settings(max_examples=8, deadline=None)
@given(draw=st.data())
def test_a_file_split_by_loans_under_any_names_is_the_whole(
    draw: st.DataObject, tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    folder, few = tmp_path_factory.mktemp("split"), set(map(loan, lines[:150]))
    lines = [line for line in lines if loan(line) in few]
    (folder / "one").mkdir()
    (folder / "one" / "2017Q1.csv").write_text("".join(lines))
    count = draw.draw(st.integers(1, 5))
    place = {name: draw.draw(st.integers(0, count - 1)) for name in dict.fromkeys(map(loan, lines))}
    names = draw.draw(st.permutations(["2017Q1.csv", "b.txt", "c.txt_0", "z/2016Q4.csv", "x.csv.gz"]))
    for number, name in enumerate(names[:count]):
        text = "".join(line for line in lines if place[loan(line)] == number).encode()
        path = folder / "many" / name
        path.parent.mkdir(exist_ok=True, parents=True)
        if text:
            path.write_bytes(gzip.compress(text) if name.endswith("gz") else text)
    size = draw.draw(st.integers(8000, 60_000))
    one, many = (load(folder / name, folder / "scratch", size)[0] for name in ("one", "many"))
    pd.testing.assert_frame_equal(one, many)


@pytest.mark.parametrize(
    "twin", ["2017Q1 (1).csv", "2017Q1.csv.gz", "2017Q1.csv.xz", "old/2017Q1.csv", "a.zip"]
)
def test_the_same_bytes_twice_are_refused(twin: str, data: Path, tmp_path: Path) -> None:
    text, path = (data / "2017Q1.csv").read_bytes(), data / twin
    path.parent.mkdir(exist_ok=True)
    pack = {".gz": gzip.compress, ".xz": lzma.compress, ".csv": bytes}.get(path.suffix)
    if pack:
        path.write_bytes(pack(text))
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("2017Q1.csv", text)
    with pytest.raises(ValueError, match="hold the same data") as caught:
        load(data, tmp_path)
    assert all(name in str(caught.value) for name in ("data/2017Q1.csv", twin))


@pytest.mark.parametrize("kind", ["header", "one loan", "other order", "half", "last month"])
def test_a_loan_in_two_files_is_refused(kind: str, data: Path, lines: list[str], tmp_path: Path) -> None:
    others = {
        "header": ["a|b\n", *lines],
        "one loan": [line for line in lines if loan(line) == loan(lines[-1])],
        "other order": lines[::-1],
        "half": lines[: len(lines) // 2],
        "last month": lines[-1:],
    }
    (data / "2016Q3.csv").write_text("".join(others[kind]))
    with pytest.raises(ValueError, match=r"loan \d+ stands in .*2016Q3.csv and in .*2017Q1.csv") as caught:
        load(data, tmp_path / "scratch")
    assert "\n" not in str(caught.value)


def test_other_files_are_passed_over_and_told(data: Path, tmp_path: Path) -> None:
    for name in (
        "README",
        "LICENSE.txt",
        ".DS_Store",
        "names.csv",
        "__MACOSX/._2017Q1.csv",
        ".hidden/2017Q1.csv",
    ):
        (data / name).parent.mkdir(exist_ok=True)
        (data / name).write_text("seller,new\nA,B\n")
    with collect() as entries:
        assert [part.name for part in find(data)] == ["2017Q1.csv"]
    (told,) = of_kind(entries, Choice)
    assert "passed over" in told.reason
    assert len(load(data, tmp_path)[0]) == len(tidy())


@pytest.mark.parametrize("suffix", ["zip", "gz", "bz2", "xz"])
def test_packed_files_are_the_plain_ones(suffix: str, data: Path, lines: list[str], tmp_path: Path) -> None:
    expected, _ = load(data, tmp_path)
    (data / "2017Q1.csv").unlink()
    half = next(n for n in range(len(lines) // 2, len(lines)) if loan(lines[n]) != loan(lines[n - 1]))
    one, two = ("".join(part).encode() for part in (lines[:half], lines[half:]))
    if suffix == "zip":
        with zipfile.ZipFile(data / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("in/2017Q1.csv", one)
            archive.writestr("2017Q2.TXT", two)
            archive.writestr("README.txt", "read me")
            archive.writestr("__MACOSX/._2017Q1.csv", b"\0")
    else:
        pack = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}[suffix]
        (data / f"2017Q1.csv.{suffix}").write_bytes(pack(one))
        (data / f"2017Q2.{suffix}").write_bytes(pack(two))
    found, _ = load(data, tmp_path / "scratch")
    pd.testing.assert_frame_equal(found, expected)


FREDDIE = "|".join(["F14Q10000001", "201401", *[""] * 31])
ORIGINATION = "|".join(["751", "201403", *["1"] * 17, "F114Q1000001", *[""] * 12])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (FREDDIE, "Freddie Mac"),
        (ORIGINATION, "Freddie Mac"),
        ("|".join(["A05Q40000001", *["1"] * 30]), "Freddie Mac"),
        ("Loan Sequence Number|Monthly Reporting Period" + "|x" * 30, "Freddie Mac"),
        (",".join(["1"] * 108), "commas"),
        (";".join(["1"] * 31), "semicolons"),
        ("\t".join(["1"] * 113), "tabs"),
        ("|".join(['"1"'] * 108), "quotes"),
        ("|".join(["1"] * 107), "107 fields"),
        ("\ufeff" + "|".join(["1"] * 108), "UTF-16"),
    ],
)
def test_what_comes_from_elsewhere_is_named(text: str, why: str, data: Path, tmp_path: Path) -> None:
    path = data / "2018Q1.txt"
    path.write_bytes((f"{text}\n" * 5).encode("utf-16-le" if why == "UTF-16" else "utf-8"))
    for place in (data, path):
        with pytest.raises(ValueError, match=rf"2018Q1.txt.*{why}") as caught:
            load(place, tmp_path)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("widths", [(108, 113), (113, 108), (110, 108), (113, 109)])
@pytest.mark.parametrize("size", [1 << 30, 5000])
def test_lines_of_all_combined_widths_are_read(
    widths: tuple[int, int], size: int, data: Path, lines: list[str], tmp_path: Path
) -> None:
    expected, _ = load(data, tmp_path)
    many, few = widths
    wide = [line.strip() + "|" * ((many if n % 3 else few) - 108) for n, line in enumerate(lines)]
    wide[7] = wide[7] + "|" * 9
    (data / "2017Q1.csv").write_text("\n".join(wide) + "\n")
    found, entries = load(data, tmp_path / "scratch", size)
    pd.testing.assert_frame_equal(found, expected.drop(index=7).reset_index(drop=True))
    (aside,) = audit.rejected(entries)
    assert (aside.line, aside.text) == (8, wide[7])
    assert any("several widths" in told.reason for told in of_kind(entries, Choice))


MONTHS = {
    "YYYYMM": "{year}{month:02d}",
    "YYYYMMDD": "{year}{month:02d}28",
    "iso": "{year}-{month:02d}-01",
    "iso month": "{year}-{month}",
    "stamp": "{year}-{month:02d}-01T00:00:00Z",
    "slash": "{month:02d}/{year}",
    "old": "{month:02d}/01/{year}",
    "end": "{month}/31/{year}",
    "dash": "{month}-{year}",
    "decimal": "{month:02d}{year}.0",
}


@pytest.mark.parametrize("spelling", MONTHS)
def test_a_month_that_says_one_thing_is_read(
    spelling: str, lines: list[str], tmp_path: Path, engine: Engine
) -> None:
    def spelled(line: str) -> str:
        parts = line.split("|")
        parts[2] = MONTHS[spelling].format(month=int(parts[2][:2]), year=parts[2][2:])
        return "|".join(parts)

    frames = []
    for name, rows in (("plain", lines), ("spelled", [spelled(line) for line in lines])):
        (tmp_path / name).mkdir()
        (tmp_path / name / "2017Q1.csv").write_text("".join(rows))
        with collect() as entries:
            (piece,) = cut.cut(tmp_path / name, tmp_path, 1 << 30)
            frame = read.read(piece, engine)
        assert audit.rejected(entries) == []
        frames.append(frame if engine.name == "cpu" else frame.to_pandas())
    pd.testing.assert_frame_equal(*frames)


def test_numbers_that_no_loan_has_are_set_aside(lines: list[str], tmp_path: Path, engine: Engine) -> None:
    bad = {
        3: (39, "1e400"),
        5: (39, "132020"),
        9: (1, "-5"),
        11: (7, "inf"),
        13: (22, "1e39"),
        15: (39, "1000"),
    }
    rows = [line.split("|") for line in lines]
    for number, (place, text) in bad.items():
        rows[number][place] = text
    path = tmp_path / "2017Q1.csv"
    path.write_text("".join("|".join(row) for row in rows))
    with collect() as entries:
        (piece,) = cut.cut(path, tmp_path, 1 << 30)
        frame = read.read(piece, engine)
    assert [one.line - 1 for one in audit.rejected(entries)] == sorted(bad)
    assert all("out of range" in one.reason for one in audit.rejected(entries))
    assert len(frame) == len(lines) - len(bad)
    host = frame if engine.name == "cpu" else frame.to_pandas()
    assert np.isfinite(host["status"].dropna()).all()
