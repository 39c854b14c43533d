"""Fewer votes are drawn fairly, within the budget, and simulated workers are as confused as asked."""

import numpy as np
import pandas as pd
import pytest

from etl.crowd import simulate
from etl.crowd.sample import sample
from etl.crowd.votes import encode
from tests.support.crowd import simulate as oracle

VOTES = encode(oracle(tasks=500, workers=12, votes=6, seed=3)[0])


@pytest.mark.parametrize("redundancy", [1, 3, 6])
def test_each_task_keeps_so_many_of_its_votes(redundancy: int) -> None:
    part = sample(VOTES, redundancy, seed=1)
    assert (np.diff(part.starts) == redundancy).all()
    whole = set(zip(VOTES.tasks[VOTES.task], VOTES.flat, strict=True))
    assert set(zip(part.tasks[part.task], part.flat, strict=True)) <= whole
    assert len(part.flat) == 500 * redundancy


def test_a_budget_is_spent_on_fewer_tasks() -> None:
    for redundancy in (1, 2, 5):
        part = sample(VOTES, redundancy, budget=500, seed=2)
        assert len(part) == 500 // redundancy * redundancy
        assert len(part.tasks) == 500 // redundancy
    assert len(sample(VOTES, 0, budget=600)) == 600


def test_draws_are_fair_and_repeatable() -> None:
    first = [sample(VOTES, 1, seed=seed).flat for seed in range(300)]
    taken = np.bincount(
        np.concatenate([np.searchsorted(np.sort(VOTES.flat[:6]), flat[:1]) for flat in first])
    )
    assert taken.min() > 25, "each of the six votes of the first task is drawn, 50 times on average"
    assert (sample(VOTES, 2, seed=9).flat == sample(VOTES, 2, seed=9).flat).all()


def test_more_votes_than_there_are_is_refused() -> None:
    with pytest.raises(ValueError, match="no task has 7 votes; the most is 6"):
        sample(VOTES, 7)


@pytest.mark.parametrize("by_class", [False, True])
def test_hammers_hit_and_spammers_guess(by_class: bool) -> None:
    confusion = simulate.confusions(400, 4, hammers=0.25, by_class=by_class, seed=0)
    np.testing.assert_allclose(confusion.sum(axis=2), 1)
    hits = confusion.diagonal(axis1=1, axis2=2) == 1
    assert hits.mean() == pytest.approx(0.25, abs=0.06)
    assert by_class == (hits.sum(axis=1).mean() > 0 and not set(hits.sum(axis=1)) <= {0, 4})


def test_votes_follow_the_confusions() -> None:
    truth = np.random.default_rng(0).integers(0, 3, 20_000)
    confusion = np.array([[[0.7, 0.2, 0.1], [0.3, 0.3, 0.4], [0.0, 0.0, 1.0]]] * 4)
    frame = simulate.votes(truth, confusion, 3, seed=1)
    assert not frame.duplicated(["task", "worker"]).any()
    found = pd.crosstab(truth[frame.task], frame.label, normalize="index").to_numpy()
    np.testing.assert_allclose(found, confusion[0], atol=0.02)
    with pytest.raises(ValueError, match="there are 4"):
        simulate.votes(truth, confusion, 5)


def test_a_ring_copies_its_source() -> None:
    truth = np.random.default_rng(0).integers(0, 5, 400)
    frame = simulate.votes(truth, simulate.confusions(10, 5, seed=0), 6, seed=1)
    ringed = simulate.with_ring(frame, [1, 2, 3], source=1, copied=1.0, seed=2)
    wide = ringed.pivot(index="task", columns="worker", values="label")
    both = wide[[2, 3]].dropna()
    assert (both[2] == both[3]).all()
    assert ringed[ringed.worker > 3].equals(frame[frame.worker > 3])
