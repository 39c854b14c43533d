"""A saved model scores new loans as the one in memory does, wherever it is loaded, and tells what is new."""

from pathlib import Path

import pandas as pd
import pytest

from etl.engine import choose, devices
from etl.handoff import to_pandas
from etl.mortgage import cut, generate, read
from etl.mortgage.schema import COMBINED
from etl.records import Choice, collect, of_kind
from pipelines import load
from pipelines.mortgage.pipeline import Config, main
from tests.support.applied import elsewhere

CPU = choose("cpu")


@pytest.fixture(scope="module")
def loans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("loans")
    generate.generate(folder, rows=120_000, seed=4, workers=1)
    return folder


@pytest.fixture(scope="module")
def run(loans: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs")
    return main(Config(data=loans, device="cpu", workers=1, out=out, trees=30)).folder


def tidy(loans: Path, scratch: Path) -> pd.DataFrame:
    pieces = cut.cut(loans, scratch, 1 << 30)
    return pd.concat([read.read(piece, CPU) for piece in pieces], ignore_index=True)


def test_each_loan_that_is_there_is_scored_by_its_last_month(run: Path, loans: Path, tmp_path: Path) -> None:
    found = load(run, "cpu").predict(loans).set_index("loan_id")
    rows = tidy(loans, tmp_path)
    last = rows.sort_values("month").groupby("loan_id").tail(1).set_index("loan_id")
    there = last[last["zero_balance_code"].isna()]
    assert sorted(found.index) == sorted(there.index)
    months = found["year"] * 12 + found["month"] - 1
    assert (months == there.loc[found.index, "month"]).all()


def test_another_process_elsewhere_scores_alike_to_the_last_bit(
    run: Path, loans: Path, tmp_path: Path
) -> None:
    here = load(run, "cpu").predict(loans)
    out = elsewhere(run, loans, tmp_path / "scores.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(out), here)


@pytest.mark.gpu
def test_a_gpu_scores_as_the_cpu(run: Path, loans: Path) -> None:
    if not devices()[0]:
        pytest.skip(devices()[1])
    here, there = (to_pandas(load(run, device).predict(loans)) for device in ("cpu", "gpu"))
    both = [frame.sort_values("loan_id").reset_index(drop=True) for frame in (there, here)]
    pd.testing.assert_frame_equal(*both, rtol=1e-5, check_dtype=False)


def test_loans_of_another_time_are_told_to_be_unlike_those_of_training(run: Path, loans: Path) -> None:
    with collect() as entries:
        load(run, "cpu").predict(loans)
    assert any(
        entry.reason.startswith("loan_age is not as in training") for entry in of_kind(entries, Choice)
    )


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda folder: (folder / "model" / "model.json").unlink(), "holds no model that can be applied"),
        (lambda folder: (folder / "model" / "model.json").write_text('{"format": 99}'), "is of format 99"),
        (lambda folder: (folder / "model" / "model.json").write_text("{"), "is damaged"),
        (lambda folder: (folder / "model" / "trees.ubj").write_bytes(b"{L"), "is damaged"),
    ],
)
def test_a_run_that_cannot_be_applied_says_why(spoil, message: str, run: Path, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(run, copy)
    spoil(copy)
    with pytest.raises((ValueError, FileNotFoundError), match=message) as caught:
        load(copy, "cpu")
    assert "\n" not in str(caught.value)
    assert len(COMBINED) == 113


def test_spoilt_lines_are_refused_but_for_the_share_that_is_told(
    run: Path, loans: Path, tmp_path: Path
) -> None:
    lines = min(loans.glob("*.csv")).read_text().splitlines()[:2000]
    spoilt = [line.replace("|", ";") if place % 50 == 7 else line for place, line in enumerate(lines)]
    (tmp_path / "2014Q1.csv").write_text("\n".join(spoilt) + "\n")
    saved = load(run, "cpu")
    with pytest.raises(ValueError, match=r"40 of 2,000 lines .*--bad-share") as caught:
        saved.predict(tmp_path / "2014Q1.csv")
    assert "quarantine" not in str(caught.value), "there is no run that keeps the lines"
    kept = saved.told(bad_share=0.02).predict(tmp_path / "2014Q1.csv")
    (tmp_path / "2014Q1.csv").write_text("\n".join(one for one in spoilt if ";" not in one) + "\n")
    pd.testing.assert_frame_equal(kept, saved.predict(tmp_path / "2014Q1.csv"))
