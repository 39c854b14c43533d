"""Replays of recorded votes ask only what there is, and count the votes to the goal as told."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from benchmarks.trinity import choose
from benchmarks.trinity.recorded import Recorded
from benchmarks.trinity.softmax import SoftmaxRegression
from etl.crowd.votes import encode
from models.crowd.soft_labels import replicate_rows


@pytest.fixture
def recorded() -> Recorded:
    """Sixty points of two classes, each with one to three votes, of which one in five is wrong."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 160)
    X = rng.normal(size=(160, 3)) + 2 * truth[:, None]
    task = np.repeat(np.arange(60), np.arange(60) % 3 + 1)
    worker = np.concatenate([np.arange(count + 1) for count in np.arange(60) % 3])
    label = np.where(rng.random(len(task)) < 0.2, 1 - truth[task], truth[task])
    votes = encode(pd.DataFrame({"task": task, "worker": worker, "label": label}))
    return Recorded(X[:60], truth[:60], X[60:], truth[60:], votes)


def test_the_regression_is_scikit_learns() -> None:
    rng = np.random.default_rng(0)
    X, P = rng.normal(size=(80, 4)), rng.dirichlet(np.ones(3), 80)
    rows, classes, weights = replicate_rows(P)
    peer = LogisticRegression(C=2.0, tol=1e-8, max_iter=1000).fit(X[rows], classes, sample_weight=weights)
    found = SoftmaxRegression(2.0).fit(X, P).predict_proba(X)
    np.testing.assert_allclose(found, peer.predict_proba(X), atol=2e-3)


def test_fixed_redundancy_fills_items_in_turn(recorded: Recorded) -> None:
    for total in (1, 7, 60, 120):
        for redundancy in (1, 3):
            asked = choose.fixed(recorded, total, redundancy, seed=0)
            assert asked.sum() == total
            assert (asked <= recorded.most).all()
    assert (choose.fixed(recorded, 60, 1, seed=0) == 1).all()
    assert (choose.fixed(recorded, 121, 1, seed=0) == recorded.most).all()
    full = choose.fixed(recorded, 30, 3, seed=0)
    assert ((full > 0) & (full < recorded.most)).sum() <= 1


def test_revealed_votes_are_the_first_of_each_item(recorded: Recorded) -> None:
    asked = np.minimum(recorded.most, 2)
    some, all_votes = recorded.revealed(asked), recorded.votes
    for item in range(60):
        own = some.flat[some.starts[item] : some.starts[item + 1]]
        begin = all_votes.starts[item]
        assert own.tolist() == all_votes.flat[begin : begin + asked[item]].tolist()


@pytest.mark.parametrize("choice", choose.CHOICES)
def test_a_replay_asks_what_was_told(recorded: Recorded, choice: str) -> None:
    rounds = choose.replay(choice, recorded, C=1.0, goal=2.0, seed=0)
    assert [row["votes"] for row in rounds] == [round(share * 120) for share in choose.SHARES]
    assert rounds[-1]["model"] > 0.8


def test_votes_needed_are_read_off_the_monotone_curve() -> None:
    rounds = [{"votes": 10, "model": 0.6}, {"votes": 20, "model": 0.8}, {"votes": 30, "model": 0.7}]
    assert choose.needed(rounds, 0.7) == pytest.approx(10 + 10 * 0.1 / 0.15)
    assert choose.needed(rounds, 0.5) == 10
    assert choose.needed(rounds, 0.76) is None
