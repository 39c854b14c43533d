"""Features against brute force; nothing later than the observation month may enter."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.engine import Engine
from etl.handoff import column, from_arrow, to_host
from etl.mortgage import coding, features, label
from etl.mortgage.schema import CATEGORIES, FEATURES
from tests.support.loans import random_loans


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_history_equals_brute_force(seed: int) -> None:
    rows = random_loans(seed, loans=12)
    key = label.keys(rows["loan_id"].to_numpy(), rows["month"].to_numpy())
    worst, times = features.history(key, rows["status"].to_numpy())
    loan, month, status = (rows[name].to_numpy() for name in ("loan_id", "month", "status"))
    for place in range(len(rows)):
        year = (loan == loan[place]) & (month > month[place] - 12) & (month <= month[place])
        np.testing.assert_equal(worst[place], np.float32(np.fmax.reduce(status[year])))
        assert times[place] == (status[year] >= 1).sum()


def test_features_do_not_change_when_the_future_does() -> None:
    rows = random_loans(1)
    now = rows["month"].median()
    future = rows["month"] > now
    changed = rows.assign(
        status=rows["status"].mask(future, 6).astype("float32"),
        interest_rate=rows["interest_rate"].mask(future, 99).astype("float32"),
    )
    columns = ["loan_id", "month", *FEATURES]
    known = [features.shape(f, "rapids").query(f"month <= {now}")[columns] for f in (rows, changed)]
    pd.testing.assert_frame_equal(*known)


def test_a_masked_balance_is_missing_and_a_paid_one_is_zero() -> None:
    rows = (
        random_loans(2)
        .iloc[:4]
        .assign(
            current_actual_upb=np.float32(0),
            loan_age=np.array([3, 30, np.nan, 3], dtype="float32"),
            zero_balance_code=np.array([np.nan, np.nan, np.nan, 1], dtype="float32"),
        )
    )
    np.testing.assert_array_equal(features.unmask(rows), np.array([np.nan, 0, np.nan, 0], dtype="float32"))


def test_codes_are_places_in_the_vocabulary_and_decode_back() -> None:
    rows = features.shape(random_loans(4), "rapids")
    words = {name: ["", "A", "B", "C", "D"] for name in CATEGORIES}
    coded = coding.encode(rows, words)
    assert {str(coded[name].dtype) for name in FEATURES} == {"float32"}
    for name in CATEGORIES:
        decoded = [words[name][int(code)] for code in coded[name]]
        assert decoded == rows[name].astype(str).tolist()


def test_a_value_the_vocabulary_lacks_is_refused_by_name() -> None:
    rows = features.shape(random_loans(4), "rapids")
    words = coding.vocabulary(rows) | {"mod_flag": ["A", "B"]}
    with pytest.raises(ValueError, match=r"mod_flag holds \['C'\]"):
        coding.encode(rows, words)


def test_merged_vocabularies_are_the_vocabulary_of_all_rows() -> None:
    rows = features.shape(random_loans(5), "rapids")
    halves = [rows[rows["orig_channel"] == "A"], rows[rows["orig_channel"] != "A"]]
    halves = [
        half.assign(orig_channel=half["orig_channel"].cat.remove_unused_categories()) for half in halves
    ]
    assert coding.merge(*map(coding.vocabulary, halves)) == coding.vocabulary(rows)


def test_codes_are_places_in_the_vocabulary_and_missing_ones_are_nan(engine: Engine) -> None:
    words = pa.array(["Y", None, "N", "Y"]).dictionary_encode()
    frame = from_arrow(pa.table(dict.fromkeys(CATEGORIES, words)), engine)
    coded = coding.encode(frame, {name: ["A", "N", "Y"] for name in CATEGORIES})
    for name in CATEGORIES:
        values = to_host(column(coded, name))
        assert values.dtype == "float32"
        np.testing.assert_array_equal(values, [2, np.nan, 1, 2])
