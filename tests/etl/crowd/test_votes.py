"""Votes are coded and grouped by task whatever their ids and order, and bad tables are refused by cause."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.crowd.votes import BLOCK, encode, together
from etl.engine import Engine
from etl.handoff import from_host, to_host
from etl.ids import tally
from etl.records import Repeated, collect, of_kind

rows = st.lists(
    st.tuples(st.integers(-5, 5), st.sampled_from("abc"), st.sampled_from([10, 20, 30])),
    min_size=1,
    max_size=40,
)


def long(rows: list[tuple]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["task", "worker", "label"])


@settings(deadline=None, max_examples=60)
@given(rows)
def test_decoding_gives_the_votes_back_but_for_repeats(given_rows: list[tuple]) -> None:
    frame = long(given_rows)
    votes = encode(frame)
    back = {
        (votes.tasks[t], votes.workers[w], votes.labels[k])
        for t, w, k in zip(votes.task, votes.worker, votes.label, strict=True)
    }
    expected = frame.drop_duplicates(["task", "worker"]).itertuples(index=False, name=None)
    assert back == set(expected)
    assert (np.diff(votes.starts) == frame.groupby("task").worker.nunique()).all()


@pytest.mark.parametrize("kind", ["int64", "float64", "str", "category", "bool"])
def test_ids_of_any_type_are_coded_in_their_order(kind: str) -> None:
    frame = pd.DataFrame({"task": [3, 1, 1, 0], "worker": [0, 1, 0, 1], "label": [1, 0, 1, 1]})
    typed = frame.astype({"worker": kind, "label": kind})
    votes = encode(typed)
    assert votes.tasks.tolist() == [0, 1, 3]
    assert votes.labels.tolist() == sorted(typed["label"].unique().tolist())
    assert votes.label.tolist() == encode(frame).label.tolist()


@pytest.mark.parametrize("ids", [[5, 7, 6], [10**15, -(10**15), 0], [1, 10**12, 10**13]])
def test_whole_numbers_of_any_range_are_coded_alike(ids: list[int]) -> None:
    votes = encode(long([(i, "a", k) for i in ids for k in (1,)] + [(ids[0], "b", 2)]))
    assert votes.tasks.tolist() == sorted(ids)


def test_blocks_cover_all_votes_once() -> None:
    rng = np.random.default_rng(0)
    n = 3 * BLOCK
    frame = pd.DataFrame({"task": rng.integers(0, n // 5, n), "worker": rng.integers(0, 50, n)})
    votes = encode(frame.assign(label=rng.integers(0, 3, n)))
    assert len(votes.blocks) > 1
    assert [block[0].start for block in votes.blocks[1:]] == [block[0].stop for block in votes.blocks[:-1]]
    whole = sum(np.asarray(matrix.sum(axis=0)).ravel() for _, matrix, _ in votes.blocks)
    assert (whole == np.bincount(votes.flat, minlength=150)).all()


def test_repeats_are_counted_kept_or_refused() -> None:
    frame = long([(1, "a", 10), (1, "b", 10), (1, "a", 20)])
    with collect() as entries:
        assert len(encode(frame)) == 2
    assert [(entry.rows, entry.what) for entry in of_kind(entries, Repeated)] == [(1, "votes")]
    assert len(encode(frame, duplicates="keep")) == 3
    with pytest.raises(ValueError, match="1 votes repeat.*worker 'a' on task 1"):
        encode(frame, duplicates="raise")


def test_repeats_are_found_in_long_tasks_too() -> None:
    frame = long([(0, f"w{i}", 10) for i in range(100)] + [(0, "w7", 20)])
    assert len(encode(frame)) == 100


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (long([]), "is empty"),
        (long([(1, "a", 10)]).drop(columns="worker"), "no column worker"),
        (long([(1, "a", 10), (1, "b", None)]), "1 votes have no label, the first in row 1"),
        (long([(1, "a", 10), (1, None, 10)]), "no worker, the first in row 1"),
        (long([(1, "a", 10), (2, 3, 10)]), "worker mixes types: row 0 holds 'a' and row 1 holds 3"),
    ],
)
def test_bad_tables_are_refused_by_cause_and_place(frame: pd.DataFrame, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        encode(frame)


def test_an_id_of_another_type_or_never_seen_is_refused() -> None:
    known = encode(long([(1, "1", 10), (1, "2", 20)]))
    numbers = pd.DataFrame({"task": [1], "worker": [1], "label": [10]})
    with pytest.raises(ValueError, match=r"worker .*1.* \(row 0\) is none of the 2 known, such as '1'"):
        encode(numbers, known.workers, known.labels)
    with pytest.raises(ValueError, match=r"label .*99.* \(row 0\) is none of the 2 known"):
        encode(long([(1, "1", 99)]), known.workers, known.labels)


def test_truth_goes_to_its_tasks() -> None:
    votes = encode(long([(1, "a", 10), (2, "a", 20), (3, "b", 20)]))
    gold = votes.with_truth(pd.Series({3: 10, 1: 20, 99: 10})).gold
    assert gold.tolist() == [1, -1, 0]
    with pytest.raises(ValueError, match="more than one true label"):
        votes.with_truth(pd.DataFrame({"task": [1, 1], "label": [10, 20]}))
    with pytest.raises(ValueError, match="label 30"):
        votes.with_truth(pd.Series({1: 30}))
    with pytest.raises(ValueError, match="another type"):
        votes.with_truth(pd.Series({"1": 10}))


@pytest.mark.parametrize("weighted", [False, True])
def test_codes_are_tallied_one_by_one(weighted: bool, engine: Engine) -> None:
    rng = np.random.default_rng(0)
    codes, weights = rng.integers(0, 9, 200), rng.normal(size=200)
    expected = [0] * 12
    for code, weight in zip(codes, weights, strict=True):
        expected[code] += weight if weighted else 1
    found = tally(from_host(codes, engine), 12, from_host(weights, engine) if weighted else None)
    assert found.dtype == ("float64" if weighted else "int64")
    np.testing.assert_allclose(to_host(found), expected, rtol=1e-12)


@pytest.mark.parametrize("rows", [6, 90])
def test_the_last_vote_of_a_worker_may_count(rows: int) -> None:
    rng = np.random.default_rng(rows)
    frame = pd.DataFrame(
        {name: rng.integers(0, most, rows) for name, most in (("task", 2), ("worker", 3), ("label", 4))}
    )
    for which in ("first", "last"):
        once = frame.drop_duplicates(["task", "worker"], keep=which)
        labels = pd.Index(sorted(frame["label"].unique()))
        got, expected = encode(frame, labels=labels, duplicates=which), encode(once, labels=labels)
        assert sorted(zip(got.task, got.flat, strict=True)) == sorted(
            zip(expected.task, expected.flat, strict=True)
        )


def test_pieces_that_share_their_ids_are_one_again() -> None:
    frame = pd.DataFrame({"task": [1, 1, 2, 4, 5], "worker": list("abbaa"), "label": list("xyxxy")})
    whole = encode(frame)
    parts = [encode(frame[frame.task.isin(own)], whole.workers, whole.labels) for own in ([1, 2], [4], [5])]
    found = together(parts)
    for name in ("starts", "flat"):
        assert getattr(found, name).tolist() == getattr(whole, name).tolist()
    assert (found.tasks.tolist(), found.gold) == ([1, 2, 4, 5], None)
    truth = pd.Series({1: "y", 5: "x"})
    assert together([part.with_truth(truth) for part in parts]).gold.tolist() == [1, -1, -1, 0]
    assert together(parts[:1]) is parts[0]
