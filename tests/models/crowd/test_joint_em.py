"""Joint EM: loops on a tiny case, and what features add to votes, or do not."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from etl.crowd import simulate
from etl.crowd.votes import Votes, encode
from etl.engine import Engine
from etl.handoff import from_arrow, from_host, to_host
from models.crowd.confusion_steps import confusions
from models.crowd.joint_em import JointEM, folds
from models.crowd.pooled import PooledDawidSkene
from models.linear.softmax import SoftmaxRegression


def placed(votes: pd.DataFrame, engine: Engine) -> Votes:
    return encode(from_arrow(pa.Table.from_pandas(votes, preserve_index=False), engine))


def by_votes(votes: Votes):
    return PooledDawidSkene().fit(votes).predict_proba().values.astype("float64")


def crowd(n: int, seed: int = 0) -> tuple[np.ndarray, pd.DataFrame]:
    truth = np.random.default_rng(seed).integers(0, 3, n)
    confusion = simulate.confusions(20, 3, hammers=0.4, seed=seed)
    return truth, simulate.votes(truth, confusion, 3, seed)


def test_the_posterior_is_that_of_loops(engine: Engine) -> None:
    _, table = crowd(30)
    votes, rng = placed(table, engine), np.random.default_rng(1)
    P, q = rng.dirichlet(np.ones(3), 30), rng.dirichlet(np.ones(3), 30)
    model = JointEM(SoftmaxRegression(), n_iter=1, inner=1, folds=3)
    model.fit_rows(
        from_host(rng.normal(size=(30, 2)), engine), votes, from_host(P, engine), from_host(q, engine)
    )
    pi = to_host(confusions(votes, from_host(P, engine), 3.0, "uniform").confusion)  # worker, voted, true
    expected = np.zeros((30, 3))
    for task, own in table.groupby("task"):
        for k in range(3):
            likely = [pi[worker, label, k] for worker, label in zip(own.worker, own.label, strict=True)]
            expected[task, k] = q[task, k] * np.prod(likely)
    np.testing.assert_allclose(to_host(model.P_), expected / expected.sum(axis=1, keepdims=True), rtol=1e-6)


def test_features_that_tell_correct_labels(engine: Engine) -> None:
    truth, table = crowd(300)
    votes = placed(table, engine)
    X = np.eye(3)[truth] + np.random.default_rng(2).normal(0, 0.6, (300, 3))
    alone = by_votes(votes)
    model = JointEM(SoftmaxRegression()).fit_rows(from_host(X, engine), votes, alone)
    right = [(to_host(P).argmax(axis=1) == truth).mean() for P in (alone, model.P_, model.q_)]
    assert right[1] > right[0] + 0.03
    assert right[1] > right[2]
    assert (to_host(model.estimator_.predict(from_host(X, engine))) == truth).mean() > 0.75


def test_features_that_tell_nothing_leave_the_labels_about_as_they_were() -> None:
    truth, table = crowd(600)
    votes = encode(table)
    X = np.random.default_rng(3).normal(size=(600, 3))
    alone = by_votes(votes)
    model = JointEM(SoftmaxRegression(C=0.01)).fit_rows(X, votes, alone)
    moved = np.abs(model.P_ - alone).sum(axis=1).mean() / 2
    assert moved < 0.05
    right = [(P.argmax(axis=1) == truth).mean() for P in (alone, model.P_)]
    assert right[1] == pytest.approx(right[0], abs=0.015)


def test_no_task_is_judged_by_a_classifier_that_saw_it() -> None:
    """Features that name each task say nothing of it to a classifier of other tasks."""
    _, table = crowd(90)
    votes = encode(table)
    model = JointEM(SoftmaxRegression(C=100.0), n_iter=1).fit_rows(np.eye(90), votes, by_votes(votes))
    fold = folds(90, 5, 0, votes)
    assert sorted(set(fold.tolist())) == list(range(5))
    for number in range(5):
        assert np.ptp(model.q_[fold == number], axis=0).max() < 1e-3


def test_going_on_from_what_the_last_posterior_began_with_makes_labels_no_surer(engine: Engine) -> None:
    truth, table = crowd(300)
    votes = placed(table, engine)
    X = from_host(np.eye(3)[truth] + np.random.default_rng(2).normal(0, 0.6, (300, 3)), engine)
    whole = JointEM(SoftmaxRegression()).fit_rows(X, votes, by_votes(votes))
    same, surer = (
        JointEM(SoftmaxRegression(), n_iter=1).fit_rows(X, votes, by_votes(votes), q)
        for q in (whole.prior_, whole.q_)
    )
    sure = [float(model.P_.max(axis=1).mean()) for model in (whole, same, surer)]
    assert sure[2] - sure[0] > 4 * abs(sure[1] - sure[0])
