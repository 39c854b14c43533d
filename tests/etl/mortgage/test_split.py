"""No loan and no period leaks from what trains to what is judged."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.mortgage import split
from etl.mortgage.features import months


def observations(seed: int = 0, loans: int = 2000) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    month = 24_000 + rng.integers(0, 90, loans * 10)
    loan = rng.integers(10**11, 10**11 + loans, loans * 10)
    label = (rng.random(loans * 10) < 0.1).astype("int8")
    return pd.DataFrame({"loan_id": loan, "month": month.astype("int32"), "label": label})


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 100), horizon=st.integers(1, 18))
def test_sets_share_no_loan_and_no_period(seed: int, horizon: int) -> None:
    frame = observations(seed)
    periods = split.plan(months(frame), 24_089, horizon, seed)
    train, later, test = split.split(frame, periods)
    assert all(len(part) for part in (train, later, test))
    loans = [set(part["loan_id"]) for part in (train, later, test)]
    assert not loans[0] & loans[1]
    assert not (loans[0] | loans[1]) & loans[2]
    known_by = max(train["month"].max(), later["month"].max()) + horizon
    assert known_by <= test["month"].min(), "labels to learn from are known when judging begins"
    assert train["month"].max() < later["month"].min()
    assert test["month"].max() <= 24_089 - horizon


def test_months_sum_over_pieces() -> None:
    frame = observations()
    assert split.add(months(frame[:777]), months(frame[777:])) == months(frame)
    by_month = frame.groupby("month")["label"].agg(["size", "sum"])
    assert months(frame) == {month: (rows, positive) for month, rows, positive in by_month.itertuples()}


def test_buckets_are_even_and_change_with_the_seed() -> None:
    loans = np.arange(10**11, 10**11 + 100_000)
    shares = np.bincount(split.bucket(loans, 0), minlength=100) / len(loans)
    assert abs(shares - 0.01).max() < 0.002
    assert (split.bucket(loans, 0) == split.bucket(loans, 1)).mean() == pytest.approx(0.01, abs=0.002)


def test_splitmix64_known_value() -> None:
    """First output of SplitMix64 seeded with 0 is 0xE220A8397B1DCDAF, as in every published test vector."""
    assert split.bucket(np.array([0]), 0)[0] == 0xE220A8397B1DCDAF % 100


def test_too_short_a_history_is_refused() -> None:
    with pytest.raises(ValueError, match="Give a longer history"):
        split.plan({24_000 + month: (10, 1) for month in range(14)}, 24_026)


def test_judging_waits_until_something_can_be_learnt() -> None:
    calm = {24_000 + month: (100, 0) for month in range(60)}
    stormy = calm | {24_000 + month: (100, 10) for month in range(36, 60)}
    periods = split.plan(stormy, 24_071)
    assert periods.by_time
    assert periods.test - 12 > 24_036
    assert sum(stormy[month][1] for month in stormy if month <= periods.train) >= split.LEAST


def test_where_no_cut_in_time_will_do_loans_alone_are_split_and_that_is_said() -> None:
    months_ = {24_000 + month: (100, 10 * (month > 55)) for month in range(60)}
    periods = split.plan(months_, 24_071)
    assert not periods.by_time
    assert "by loan only" in str(periods)
    frame = observations().query("month < 24060")
    parts = split.split(frame, periods)
    assert sum(map(len, parts)) == len(frame)
    loans = [set(part["loan_id"]) for part in parts]
    assert not loans[0] & loans[1] | loans[0] & loans[2] | loans[1] & loans[2]
