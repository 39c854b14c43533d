"""Pooled Dawid-Skene where tasks have one vote."""

import numpy as np
import pytest

from etl.crowd import simulate
from etl.crowd.votes import encode
from etl.engine import Engine
from etl.handoff import to_pandas
from etl.pieces import Pieces
from etl.records import Choice, collect, of_kind
from models.crowd.pooled import PooledDawidSkene
from tests.support.crowd import dawid_skene


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


def test_a_piece_of_single_votes_alone_is_not_learnt_from(engine: Engine) -> None:
    """Workers and shares are those of the loop over the other tasks; single votes are judged by them."""
    truth = np.arange(50) % 3
    votes = simulate.votes(truth, simulate.confusions(6, 3, hammers=0.7, seed=1), 3, seed=1)
    votes = votes[(votes["task"] < 30) | (votes.groupby("task").cumcount() == 0)]
    device = engine.df.DataFrame(votes.reset_index(drop=True))
    whole = encode(device)
    parts = [device[device["task"] < 30], device[device["task"] >= 30]]
    pieces = Pieces([encode(part, whole.workers, whole.labels) for part in parts])
    model = PooledDawidSkene(n_iter=5, tol=None).fit(pieces)
    several = votes[votes["task"] < 30]
    loop = dawid_skene(several, 5, strength=3.0)
    found = to_pandas(model.predict_proba().reset_index(drop=True)).to_numpy()
    assert len(found) == 50
    np.testing.assert_allclose(
        found[:30], [[loop[task][label] for label in range(3)] for task in range(30)], atol=1e-9
    )
    alone = PooledDawidSkene().fit(pieces.items[1])
    as_voted = votes[votes["task"] >= 30].sort_values("task")["label"].to_numpy()
    found = to_pandas(alone.predict_proba().reset_index(drop=True)).to_numpy()
    assert (found.argmax(axis=1) == as_voted).all()
