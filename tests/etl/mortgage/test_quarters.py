"""Which Acquisition file belongs to a Performance file: by any spelling of the quarter, or refused."""

import itertools
import os
from pathlib import Path

import pandas as pd
import pytest

from etl.engine import choose
from etl.mortgage import audit, cut, read
from etl.mortgage.quarters import quarter
from etl.records import collect
from tests.support.files import tidy, write_old

SPELLINGS = ("2014Q1", "2014q1", "2014-Q1", "2014_q1", "Q12014", "q1-2014", "1Q2014", "2014_1", "2014-1",
             "14Q1", "2014qtr1", "Quarter 1 2014", "2014.Q1")  # fmt: skip


@pytest.mark.parametrize("spelled", SPELLINGS)
@pytest.mark.parametrize("name", ["{}.csv", "Performance_{}.txt", "perf{}_final.txt_3", "{} (1).csv.gz"])
def test_a_quarter_has_many_spellings(spelled: str, name: str) -> None:
    assert quarter(name.format(spelled)) == "2014Q1"


@pytest.mark.parametrize(
    "name", ["all.csv", "2014.csv", "2014Q5.csv", "2014Q1-2014Q2.csv", "201401.csv", "2014_10.csv"]
)
def test_a_name_that_says_no_one_quarter_says_none(name: str) -> None:
    assert quarter(name) == ""


def two_quarters(folder: Path, names: dict[str, str]) -> Path:
    """Pairs of two quarters whose loans differ; each file under its new name."""
    folder.mkdir()
    for number, short in enumerate("ab"):
        rows = tidy(number)
        rows["loan_id"] += 10**9 * number
        rows["orig_ltv"] = 80.0 + number
        for path in write_old(rows, folder, short):
            target = folder / names[path.stem]
            target.parent.mkdir(exist_ok=True)
            path.rename(target)
    return folder


def values(data: Path, scratch: Path) -> pd.DataFrame:
    with collect() as entries:
        frames = [read.read(piece, choose("cpu")) for piece in cut.cut(data, scratch, 1 << 30)]
    audit.check_whole(entries)
    assert audit.check_joined(entries, 0.0) == []
    return pd.concat(frames)


FILES = ("Acquisition_a", "Performance_a", "Acquisition_b", "Performance_b")


@pytest.mark.parametrize(
    "names",
    [
        (
            "Acquisition_2014Q1.txt",
            "performance_2014q1.txt",
            "acquisition_Q2_2014.txt",
            "Performance_2014-Q2.txt",
        ),
        ("2014Q1/acq.txt", "2014Q1/perf.txt", "2014Q2/acq.txt", "2014Q2/perf.txt"),
        ("Acquisition_a.txt", "Performance_a.txt_0", "Acquisition_b.txt", "Performance_b.txt"),
        ("acq/one.txt", "perf/one.txt", "acq/two.txt", "perf/two.txt"),
        ("z_1Q2014_Acq.txt", "y_2014_1_Perf.txt", "a_2Q2014_Acq.txt", "b_2014_2_Perf.txt"),
    ],
)
def test_each_loan_gets_its_own_quarters_values(names: tuple[str, ...], tmp_path: Path) -> None:
    found = values(two_quarters(tmp_path / "data", dict(zip(FILES, names, strict=True))), tmp_path)
    second = set(tidy(1)["loan_id"] + 10**9)
    assert ((found["orig_ltv"] == 81) == found["loan_id"].isin(second)).all()
    assert found["orig_ltv"].value_counts().to_dict() == {80: len(tidy(0)), 81: len(tidy(1))}


@pytest.mark.parametrize(
    ("names", "why"),
    [
        (("A_2014Q1.txt", "2014Q1.txt", "B_q1_2014.txt", "2014Q2.txt"), "both Acquisition files"),
        (("Acq_2014Q1.txt", "2014Q3.txt", "Acq_2014Q2.txt", "2014Q2.txt"), "needs the Acquisition.*2014Q3"),
        (("one.txt", "x.txt", "two.txt", "y.txt"), "needs the Acquisition file"),
        (("Acq_2014Q2.txt", "Perf_2014Q1.txt", "Acq_2014Q1.txt", "Perf_2014Q2.txt"), "are not in .*Acq_2014"),
    ],
)  # fmt: skip
def test_what_cannot_be_paired_is_refused(names: tuple[str, ...], why: str, tmp_path: Path) -> None:
    data = two_quarters(tmp_path / "data", dict(zip(FILES, names, strict=True)))
    with pytest.raises(ValueError, match=why) as caught:
        values(data, tmp_path)
    assert "\n" not in str(caught.value)


def test_loans_without_their_beginning_are_counted_and_bounded(tmp_path: Path) -> None:
    acquisition, _ = write_old(tidy(), tmp_path)
    lines = acquisition.read_text().splitlines(keepends=True)
    acquisition.write_text("".join(lines[3:]) + lines[3].replace(lines[3].split("|")[0], "77", 1))
    with collect() as entries:
        for piece in cut.cut(tmp_path, tmp_path, 4000):
            read.read(piece, choose("cpu"))
    first, second = audit.check_joined(entries, 0.1)
    assert "3 of 40 loans of" in first
    assert "1 of 38 loans of" in second
    assert lines[0].split("|")[0] in first
    with pytest.raises(ValueError, match=r"3 of 40 loans.*--bad-share"):
        audit.check_joined(entries, 0.05)


def test_a_mended_file_is_read_again(tmp_path: Path) -> None:
    acquisition, _ = write_old(tidy(), tmp_path)
    good = acquisition.read_bytes()
    times = acquisition.stat()
    found = []
    for text in (good, good.replace(b"|R|", b"|C|"), good):
        acquisition.write_bytes(text)
        os.utime(acquisition, ns=(times.st_atime_ns, times.st_mtime_ns))
        (piece,) = cut.cut(tmp_path, tmp_path, 1 << 30)
        found.append(read.read(piece, choose("cpu")))
    assert not found[0].equals(found[1])
    pd.testing.assert_frame_equal(found[0], found[2])
    assert all(len(one) == len(two) for one, two in itertools.pairwise(found))
