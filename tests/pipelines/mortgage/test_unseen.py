"""A file that lacks a seller and a state, or holds new ones, scores its loans as the whole file does."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from etl.engine import choose
from etl.mortgage import coding, cut, features, generate, read
from etl.mortgage.schema import COMBINED
from etl.records import Choice, collect, of_kind
from models import metrics
from pipelines import load
from pipelines.mortgage.pipeline import Config, main
from tests.support.applied import elsewhere

LOAN, SELLER, STATE = (COMBINED.index(name) for name in ("loan_id", "seller_name", "property_state"))
Line = list[str]


@pytest.fixture(scope="module")
def loans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of one quarter, so that one piece holds all."""
    folder = tmp_path_factory.mktemp("loans")
    generate.generate(folder, rows=60_000, seed=3, workers=1, quarters=("2014Q1",))
    return folder / "2014Q1.csv"


@pytest.fixture(scope="module")
def run(loans: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs")
    return main(Config(data=loans, device="cpu", workers=1, out=out, trees=30)).folder


def rewritten(loans: Path, out: Path, change: Callable[[Line], Line | None]) -> Path:
    """The file with each line changed; None leaves it out."""
    lines = (change(line.split("|")) for line in loans.read_text().splitlines())
    out.write_text("".join("|".join(line) + "\n" for line in lines if line))
    return out


def resold(line: Line, old: str, new: str) -> Line:
    """The line, with another name of a seller."""
    return [*line[:SELLER], new, *line[SELLER + 1 :]] if line[SELLER] == old else line


def fields(loans: Path) -> pd.DataFrame:
    """Loan, seller and state as the file has them, a row a loan."""
    lines = [line.split("|") for line in loans.read_text().splitlines()]
    rows = [(int(line[LOAN]), line[SELLER], line[STATE]) for line in lines]
    return pd.DataFrame(rows, columns=["loan_id", "seller", "state"]).drop_duplicates("loan_id")


def test_a_file_without_a_seller_and_a_state_scores_its_loans_as_the_whole_file_does(
    run: Path, loans: Path, tmp_path: Path
) -> None:
    known = fields(loans)
    seller, state = min(known.seller), min(known.state)
    part = rewritten(
        loans,
        tmp_path / "part.csv",
        lambda line: None if line[SELLER] == seller or line[STATE] == state else line,
    )
    kept = known.loc[(known.seller != seller) & (known.state != state), "loan_id"]
    whole = load(run, "cpu").predict(loans)
    expected = whole[whole["loan_id"].isin(kept)].reset_index(drop=True)
    found = pd.read_parquet(elsewhere(run, part, tmp_path / "scores.parquet"))
    pd.testing.assert_frame_equal(found, expected)
    assert 0 < len(found) < len(whole)


def test_what_a_file_lacks_does_not_lower_the_area_under_the_curve(
    run: Path, loans: Path, tmp_path: Path
) -> None:
    model = load(run, "cpu").model
    (piece,) = cut.cut(loans, tmp_path, 1 << 30)
    rows = features.shape(read.read(piece, choose("cpu")))
    seller, state = (rows[name].cat.categories[0] for name in ("seller_name", "property_state"))
    some = ((rows["seller_name"] != seller) & (rows["property_state"] != state)).to_numpy()
    part = rows[some]
    for name in ("seller_name", "property_state"):
        part = part.assign(**{name: part[name].cat.remove_unused_categories()})
    label, whole = part["label"].to_numpy(), model.score([rows])["probability"].to_numpy()[some]
    found = model.score([part])["probability"].to_numpy()
    np.testing.assert_array_equal(found, whole)
    anew = model.trees.probability(coding.encode(part, coding.vocabulary(part)))
    assert metrics.roc_auc(label, anew) < metrics.roc_auc(label, found) - 0.001, (
        "codes of the file's own mislead"
    )


def test_new_sellers_are_missing_and_their_loans_counted(run: Path, loans: Path, tmp_path: Path) -> None:
    known = fields(loans)
    seller = known.seller.value_counts().index[0]
    sides, told = [], []
    for name, written in (("new", "NEW BANK"), ("blank", "")):
        path = rewritten(loans, tmp_path / f"{name}.csv", partial(resold, old=seller, new=written))
        with collect() as entries:
            sides.append(load(run, "cpu").predict(path))
        told.append([entry.reason for entry in of_kind(entries, Choice)])
    pd.testing.assert_frame_equal(*sides)
    renamed = sides[0]["loan_id"].isin(known.loc[known.seller == seller, "loan_id"]).to_numpy()
    assert f"seller_name: NEW BANK were not in training; missing for {renamed.sum():,} loans" in told[0]
    assert not any("not in training" in reason for reason in told[1])
    before = load(run, "cpu").predict(loans)
    pd.testing.assert_frame_equal(sides[0][~renamed], before[~renamed])
