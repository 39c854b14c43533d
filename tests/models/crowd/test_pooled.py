"""Pooled Dawid-Skene where tasks have one vote."""

import numpy as np
import pytest

from etl.crowd import simulate
from etl.records import Choice, collect, of_kind
from models.crowd.pooled import PooledDawidSkene


@pytest.mark.parametrize("single", [1.0, 0.95, 0.5])
@pytest.mark.parametrize("seed", [0, 1])
def test_tasks_of_one_vote_do_not_draw_all_labels_into_one(single: float, seed: int) -> None:
    """Of careful workers' single votes nine in ten are right, and nothing better is known of them."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 10, 1500)
    votes = simulate.votes(truth, simulate.confusions(100, 10, hammers=0.9, seed=seed), 3, seed=seed)
    few = rng.random(1500) < single
    votes = votes[~few[votes["task"]] | (votes.groupby("task").cumcount() == 0)]
    with collect() as entries:
        found = PooledDawidSkene().fit_predict(votes).sort_index().to_numpy()
    as_voted = votes.groupby("task")["label"].first().to_numpy()
    assert (found == truth)[few].mean() >= (as_voted == truth)[few].mean() - 0.01
    if single < 1:
        assert (found == truth)[~few].mean() >= 0.93
    assert any(
        "one vote" in entry.reason or "two votes" in entry.reason for entry in of_kind(entries, Choice)
    )


def test_single_votes_on_known_tasks_are_learnt_from() -> None:
    truth = np.random.default_rng(0).integers(0, 3, 300)
    votes = simulate.votes(truth, simulate.confusions(10, 3, hammers=0.6, seed=0), 1, seed=0)
    known = votes[["task"]].assign(label=truth[votes["task"]])
    skills = PooledDawidSkene().fit(votes, known).skills_
    right = (votes["label"] == truth[votes["task"]]).groupby(votes["worker"]).mean()
    assert np.corrcoef(skills, right)[0, 1] > 0.95
