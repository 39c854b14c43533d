"""A quarter's files against an independent reading: order, traps, hazards, shares; and what goes wrong."""

import csv
import errno
import gzip
import os
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from etl.mortgage.generate import generate
from etl.mortgage.schema import ACQUISITION, COMBINED, PERFORMANCE
from tests.support.files import FILE_COLUMNS

ROOT = Path(__file__).parents[3]
CODES = {"01", "02", "03", "06", "09", "15", "16"}
OPTIONAL = {"orig_cltv"}  # not collected in 2000


def parse(path: Path, names: tuple[str, ...]) -> pd.DataFrame:
    """Every field as text, read by Python's own reader of delimited text."""
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
        lines = list(csv.reader(file, delimiter="|", quoting=csv.QUOTE_NONE))
    (width,) = {len(line) for line in lines}
    return pd.DataFrame(lines, columns=names[:width]).replace("NULL", "")


def months(dates: pd.Series) -> pd.Series:
    return dates.str[-4:].astype(int) * 12 + dates.str[:2].astype(int) - 1


def old(folder: Path, ending: str = "txt") -> pd.DataFrame:
    (start,), (later,) = (folder.glob(f"{kind}_*.{ending}") for kind in ("Acquisition", "Performance"))
    return parse(later, PERFORMANCE).merge(parse(start, ACQUISITION), on="loan_id")


def shares(rows: pd.DataFrame) -> pd.Series:
    status = pd.to_numeric(rows["current_loan_delinquency_status"], errors="coerce")
    masked = rows["current_actual_upb"].isin(["", "0.00"])
    found = {"masked": masked, "current": status == 0, "late": status >= 1, "90 days": status >= 3}
    return pd.Series({name: where.mean() for name, where in found.items()})


@pytest.fixture(scope="module")
def combined(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    files = generate(tmp_path_factory.mktemp("new"), 150_000, seed=2, quarters=("2012Q3", "2017Q1"))
    rows = pd.concat([parse(path, COMBINED) for path in files], ignore_index=True)
    status = pd.to_numeric(rows["current_loan_delinquency_status"], errors="coerce").fillna(-1)
    return rows.assign(month=months(rows["monthly_reporting_period"]), status=status)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    folder = tmp_path_factory.mktemp("old")
    generate(folder, 60_000, layout="old", seed=2, quarters=("2017Q1",))
    return old(folder)


def test_loans_and_months_are_in_the_order_of_the_real_files(combined, pair) -> None:
    ids = combined["loan_id"]
    assert ids.str.fullmatch(r"[1-9]\d{11}").all()
    place = ids.astype(int) * 100_000 + combined["month"]
    assert (place.diff().iloc[1:] > 0).all()  # over both files: rising, and no loan is in two
    assert combined["month"].max() == months(pair["monthly_reporting_period"]).max()
    text = pair["loan_id"] + pair["monthly_reporting_period"]
    assert (text.iloc[1:].to_numpy() > text.iloc[:-1].to_numpy()).all()
    assert (months(pair["monthly_reporting_period"]).diff() < 0).sum() > 2 * pair["loan_id"].nunique()


def test_the_traps_of_the_combined_layout(combined) -> None:
    gone = combined["zero_balance_code"] != ""
    assert set(combined["zero_balance_code"]) == CODES | {""}
    assert not combined["loan_id"][gone].duplicated().any()
    unknown = combined["current_loan_delinquency_status"] == "XX"
    assert unknown.any()
    assert not (unknown & ~gone).any()
    paid = combined["zero_balance_code"] == "01"
    assert set(combined["current_actual_upb"][paid]) == {"0.00"}
    age, masked = pd.to_numeric(combined["loan_age"]), combined["current_actual_upb"] == "0.00"
    assert masked[age < 5].all()
    assert masked[~gone & (age > 9)].sum() == 0
    jump = combined["month"].diff()[combined["loan_id"] == combined["loan_id"].shift()]
    assert 0.001 < (jump > 1).sum() / combined["loan_id"].nunique() < 0.03
    seller = pd.Series(combined["seller_name"].unique())
    assert seller.str.lower().str.replace(r"\W|national association|inc|llc", "", regex=True).nunique() < len(
        seller
    )


def test_the_traps_of_the_old_layout(pair) -> None:
    gone = pair["zero_balance_code"] != ""
    assert set(pair["current_loan_delinquency_status"][gone]) == {"-2"}
    assert (pair["current_loan_delinquency_status"][~gone].astype(int) >= 0).all()
    assert (pair["current_actual_upb"][~gone & (pd.to_numeric(pair["loan_age"]) < 5)] == "").all()
    assert (pair["current_actual_upb"][~gone & (pd.to_numeric(pair["loan_age"]) > 9)] != "").all()


def test_a_modified_loan_was_late_and_stays_modified(combined) -> None:
    live = combined[combined["zero_balance_code"] == ""]
    changed = live["mod_flag"] == "Y"
    worst = live.groupby("loan_id")["status"].cummax()
    assert changed.any()
    assert (worst[changed] >= 3).all()
    assert not (changed.groupby(live["loan_id"]).cummax() & ~changed).any()


def test_bad_loans_and_bad_years_default_more(combined) -> None:
    late = combined["status"] >= 3
    ever = late.groupby(combined["loan_id"]).max()
    for name, worse in {"borrower_credit_score": -1, "orig_ltv": 1, "dti": 1}.items():
        value = pd.to_numeric(combined.groupby("loan_id")[name].first()) * worse
        share = ever.groupby(pd.qcut(value.rank(method="first"), 3, labels=False)).mean()
        assert share[0] < share[1] < share[2], name
    begins = (combined["status"] == 1).groupby(combined["month"] // 12).mean()
    assert begins.loc[2014:].max() > 2 * begins.loc[2014:].min()


def test_positives_of_the_twelve_month_label_are_few_and_there(combined) -> None:
    event = (combined["status"] >= 3) | combined["zero_balance_code"].isin(["02", "03", "09", "15"])
    gone, cutoff = combined["zero_balance_code"] != "", combined["month"].max()
    good = bad = 0
    for _, loan in combined.assign(event=event, gone=gone).groupby("loan_id"):
        hits, last = loan["month"][loan["event"]].tolist(), loan["month"].iloc[-1]
        for month in loan["month"][(loan["status"] < 3) & ~loan["gone"] & (loan["month"] <= cutoff - 12)]:
            hit = any(month < at <= month + 12 for at in hits)
            bad += hit
            good += not hit and last >= month + 12
    assert 0.01 < bad / (good + bad) < 0.03
    assert 0.005 < (combined["status"] >= 3).mean() < 0.02


@pytest.mark.parametrize("layout", ["combined", "old"])
def test_shares_are_near_those_of_real_files(layout: str, real_mortgage: Path, combined, pair) -> None:
    if layout == "combined":
        real, made = (
            parse(real_mortgage / "2017Q1.csv.gz", COMBINED),
            combined[combined["orig_date"].str[2:] == "2017"],
        )
    else:
        real, made = old(real_mortgage, "txt.gz"), pair
    for name in set(FILE_COLUMNS) & set(real) - (OPTIONAL if layout == "old" else set()):
        assert abs((made[name] == "").mean() - (real[name] == "").mean()) < 0.12, name
    ratio = shares(made) / shares(real)
    assert ratio.between(1 / 3, 3).all(), ratio


@pytest.mark.parametrize(("rows", "count"), [(1, 2), (60_000, 2), (300_000, 6)])
def test_rows_are_those_asked_for(rows: int, count: int, tmp_path: Path) -> None:
    files = generate(tmp_path, rows, seed=1)
    assert len(files) == count
    written = sum(path.read_bytes().count(b"\n") for path in files)
    assert rows == 1 or abs(written / rows - 1) < 0.05


def test_a_second_call_writes_only_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    files = generate(tmp_path, 2_000)
    before = [path.stat().st_mtime_ns for path in files]
    capsys.readouterr()
    assert generate(tmp_path, 2_000) == files
    assert capsys.readouterr().out == f"{tmp_path} already holds these 2 files\n"
    assert [path.stat().st_mtime_ns for path in files] == before
    content = files[0].read_bytes()
    files[0].unlink()
    assert generate(tmp_path, 2_000)[0].read_bytes() == content
    new = generate(tmp_path, 2_000, quarters=("2019Q4",))
    assert (
        {path.name for path in tmp_path.iterdir()}
        == {"2019Q4.csv", "manifest.json"}
        == {new[0].name, "manifest.json"}
    )


def test_a_full_disk_is_named_and_keeps_no_part(small_disk: Path) -> None:
    with pytest.raises(OSError, match=r"2012Q1\.csv was not written \(.*--out") as caught:
        generate(small_disk, 100_000)
    assert caught.value.errno == errno.ENOSPC
    assert [path.name for path in small_disk.iterdir()] == ["manifest.json"]


def test_what_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"rows is 0; at least 1"):
        generate(tmp_path, 0)
    with pytest.raises(ValueError, match=r"'2017Q5' is not one of 2012Q1 to 2019Q4"):
        generate(tmp_path, 10, quarters=("2017Q5",))
    (tmp_path / "manifest.json").write_text('{"asked"')
    with pytest.raises(ValueError, match=rf"{re.escape(str(tmp_path))}/manifest.json is damaged.*--out"):
        generate(tmp_path, 10)


def test_a_script_without_a_guard_and_the_command_line_write_files(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from pathlib import Path\n"
        "from etl.mortgage.generate import generate\n"
        f"generate(Path({str(tmp_path / 'a')!r}), 2_000)\n"
    )
    line = ["-m", "etl.mortgage.generate", "--rows", "2_000", "--out", str(tmp_path / "b")]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    told = [
        subprocess.check_output([sys.executable, *words], cwd=ROOT, env=environment, text=True)
        for words in ([str(script)], line)
    ]
    assert told[1].splitlines()[-1] == str(tmp_path / "b")
    files = [sorted((tmp_path / name).glob("*.csv")) for name in "ab"]
    assert [path.read_bytes() for path in files[0]] == [path.read_bytes() for path in files[1]] != []
