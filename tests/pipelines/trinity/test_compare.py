"""Of many tasks models learn from others; the one trained soonest is taken where votes cannot tell."""

import numpy as np
import pytest

from etl.crowd import simulate
from etl.crowd.votes import encode
from etl.records import collect
from models.crowd.majority import MajorityVote
from pipelines.trinity import compare, train
from pipelines.trinity.features import Features
from pipelines.trinity.train import Training

ROWS = 600


class Told:
    workers = 1

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)


def training(noise: float) -> Training:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, ROWS)
    votes = encode(simulate.votes(truth, simulate.confusions(12, 2, hammers=1.0, seed=0), 3, seed=0))
    X = (truth[:, None] * 2 - 1 + rng.normal(0, noise, (ROWS, 3))).astype("float32")
    P = MajorityVote().fit(votes).predict_proba().values
    return Training(Features(X, ["a", "b", "c"]), np.arange(ROWS), votes, P)


def test_a_sample_and_others_share_no_task() -> None:
    whole = training(1.0)
    one, other = whole.sample(200, 3), whole.sample(200, 3, 200)
    assert len({*one.rows.tolist(), *other.rows.tolist()}) == 400
    assert (one.rows[1:] > one.rows[:-1]).all()
    np.testing.assert_array_equal(other.P, whole.P[other.rows])
    assert whole.sample(ROWS, 3) is whole


def test_models_of_many_tasks_learn_from_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare, "COMPARED", 200)
    run, whole = Told(), training(1.0)
    found = compare.compare(run, whole, ("xgboost", "logistic"), 0)
    assert "compared on 200 of 600 tasks, and learn from 200 others" in run.lines[0]
    assert found.rows.tolist() == whole.sample(200, 0).rows.tolist()
    assert {len(codes) for codes in found.predicted.values()} == {200}
    assert found.predicted.keys() == {"xgboost", "logistic", train.JOINT}
    assert found.choice.learner == "logistic"
    assert found.fitted is not None
    assert found.fitted.q.shape == (ROWS, 2)
    right = (found.predicted["logistic"] == whole.P[found.rows].argmax(axis=1)).mean()
    assert right > 0.9  # of labels that they did not learn from


def test_a_model_that_is_worse_is_not_taken_for_being_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare, "COMPARED", 250)
    whole = training(0.3)
    signs = np.sign(whole.features.dense)
    side = np.random.default_rng(1).choice([-1.0, 1.0], (ROWS, 1)).astype("float32")
    whole.features.dense[:] = np.hstack([signs[:, :1] * side, side, side])  # told by a product alone
    run = Told()
    assert compare.compare(run, whole, ("logistic", "xgboost"), 0).choice.learner == "xgboost"
    assert not any("takes longer" in line for line in run.lines)


@pytest.mark.parametrize("joint", [True, False])
def test_of_many_tasks_halves_predict_each_other(joint: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, choice = training(1.0), train.Choice("logistic", 0.1, joint)
    fifths = train.fit(whole, choice, 0, 1)
    monkeypatch.setattr(train, "HALVES", ROWS - 1)
    with collect() as told:
        halves = train.fit(whole, choice, 0, 1)
    assert any("halves of the 600 tasks" in str(entry) for entry in told)
    assert np.abs(halves.q - fifths.q).max() > 1e-4
    assert (halves.q.argmax(axis=1) == fifths.q.argmax(axis=1)).mean() > 0.98
