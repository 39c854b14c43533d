"""MBEM: against explicit loops, on simulated crowds, around several libraries' classifiers."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from etl.crowd.votes import encode
from etl.records import Choice, collect, of_kind
from models.crowd.baselines import Aggregated, train
from models.crowd.confusion_steps import confusions, evidence, vote_posterior
from models.crowd.majority import MajorityVote
from models.crowd.mbem import MBEM
from models.crowd.soft_labels import part, rows_of, weighted_fit
from tests.support.crowd import voted_rows as crowd

LINEAR = LogisticRegression(max_iter=500)


def loops(votes, T, classes, smoothing):
    """Confusion of each worker, [worker, true, voted], by explicit loops over the votes."""
    workers = sorted(votes.worker.unique())
    count = np.zeros((len(workers), classes, classes))
    for vote in votes.itertuples():
        for k in range(classes):
            count[workers.index(vote.worker), k, vote.label] += T[vote.task, k]
    pooled = count.sum(axis=0) + 1.0 / classes
    for k in range(classes):
        for worker in range(len(workers)):
            count[worker, k] += smoothing * pooled[k] / pooled[k].sum()
            count[worker, k] /= count[worker, k].sum()
    return count


@pytest.mark.parametrize("smoothing", [0.5, 3.0])
def test_confusions_are_those_of_loops(smoothing):
    _, votes, _ = crowd(n=40, votes=2)
    T = np.random.default_rng(0).dirichlet(np.ones(3), 40)
    found, priors = confusions(encode(votes), T, smoothing, "model")
    np.testing.assert_allclose(found.transpose(0, 2, 1), loops(votes, T, 3, smoothing))
    np.testing.assert_allclose(priors, (T.sum(axis=0) + 1 / 3) / 41)


def test_without_smoothing_a_row_without_votes_is_uniform():
    votes = encode(pd.DataFrame({"task": [0, 1, 2], "worker": list("aab"), "label": [0, 0, 1]}))
    found, _ = confusions(votes, np.array([[1.0, 0], [1, 0], [0, 1]]), 0.0, "uniform")
    np.testing.assert_allclose(
        found.transpose(0, 2, 1), [[[1, 0], [0.5, 0.5]], [[0.5, 0.5], [0, 1]]], atol=1e-8
    )


def test_posterior_and_evidence_are_those_of_loops():
    _, votes, _ = crowd(n=30, votes=3)
    rng = np.random.default_rng(1)
    T, f = rng.dirichlet(np.ones(3), 30), rng.dirichlet(np.ones(3), 30)
    params = confusions(encode(votes), T, 3.0, "model")
    pi, q = loops(votes, T, 3, 3.0), params[1]
    weights, total = np.zeros((30, 3)), 0.0
    for task, own in votes.groupby("task"):
        likely = [
            np.prod([pi[w, k, z] for w, z in zip(own.worker, own.label, strict=True)]) for k in range(3)
        ]
        weights[task] = q * likely
        total += np.log(f[task] @ likely)
    expected = weights / weights.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(vote_posterior(encode(votes), params), expected)
    assert evidence(encode(votes), f, params).sum() == pytest.approx(total)


def test_one_round_is_algorithm_1():
    X, votes, _ = crowd(n=120, votes=2)
    model = MBEM(LINEAR, n_iter=1, prior="model", holdout=0).fit(X, votes)
    coded = encode(votes)
    first = weighted_fit(LINEAR, X, vote_posterior(coded, None))
    params = confusions(coded, np.eye(3)[first.predict(X)], 3.0, "model")
    again = weighted_fit(LINEAR, X, vote_posterior(coded, params))
    np.testing.assert_allclose(model.predict_proba(X), again.predict_proba(X), rtol=1e-6)
    assert model.n_iter_ == 1


@pytest.mark.parametrize("kind", [{}, {"labels": "soft", "n_iter": 1}, {"out_of_fold": 5}])
@pytest.mark.parametrize("redundancy", [1, 2, 3])
def test_it_beats_the_majority_on_hammers_and_spammers(redundancy, kind):
    gains = []
    for seed in range(4):
        X, votes, truth = crowd(1600, redundancy, hammers=0.3, seed=seed, features=40)
        learnt, test = votes[votes.task < 600 // redundancy], slice(600, None)
        by = [
            train(LINEAR, X, learnt, "majority"),
            train(LINEAR, X, learnt, "mbem", random_state=seed, **kind),
        ]
        scores = [(model.predict(X[test]) == truth[test]).mean() for model in by]
        gains.append(scores[1] - scores[0])
    assert np.mean(gains) > 0.02


def test_with_one_vote_a_task_the_posterior_is_a_row_of_the_confusion():
    X, votes, truth = crowd(n=900, votes=1)
    model = MBEM(LINEAR).fit(X, votes)
    weights = np.stack(
        [model.confusion_.loc[(w,)][z] for w, z in zip(votes.worker, votes.label, strict=True)]
    )
    weights = weights * model.priors_.to_numpy()
    np.testing.assert_allclose(model.posterior_, weights / weights.sum(axis=1, keepdims=True))
    assert (model.predict(X) == truth).mean() > 0.9
    sure = model.posterior_.max(axis=1)
    assert sure[votes.worker < 5].mean() > 0.7 > 0.55 > sure[votes.worker >= 5].mean()


def test_it_stops_when_held_out_votes_become_less_likely():
    X, votes, _ = crowd(n=300, votes=2)
    model = MBEM(LINEAR, n_iter=50, labels="soft", prior="model").fit(X, votes)
    assert model.n_iter_ == len(model.history_) - 2 < 49
    assert model.history_[-1] < max(model.history_[:-1])
    assert "less likely" in model.stop_reason_
    assert len(model.posterior_) == 300
    unwatched = MBEM(LINEAR, n_iter=2, holdout=0).fit(X, votes)
    assert (unwatched.n_iter_, unwatched.history_) == (2, [])
    assert "n_iter (2)" in unwatched.stop_reason_


def test_the_last_good_round_is_made_again_with_all_tasks():
    X, votes, _ = crowd(n=200, votes=2)
    model = MBEM(LINEAR, n_iter=1).fit(X, votes)
    order = model._order(200, encode(votes), 1)
    learn, rest = np.flatnonzero(order >= 20), np.flatnonzero(order < 20)
    coded = encode(votes)
    first = weighted_fit(LINEAR, X[learn], vote_posterior(part(coded, learn), None))
    params = confusions(part(coded, learn), np.eye(3)[first.predict(X[learn])], 3.0, "uniform")
    by_hand = evidence(part(coded, rest), np.eye(3)[first.predict(X[rest])], params).sum() / 40
    assert model.history_[0] == pytest.approx(by_hand)
    last = weighted_fit(LINEAR, X, vote_posterior(coded, params))
    np.testing.assert_allclose(model.predict_proba(X), last.predict_proba(X), rtol=1e-6)


def test_some_tasks_votes_are_those_of_the_table():
    _, votes, _ = crowd(n=200, votes=2)
    parts = part(encode(votes), np.arange(0, 200, 2))
    same = votes[votes.task % 2 == 0]
    assert parts.tasks.tolist() == list(range(0, 200, 2))
    assert parts.worker.tolist() == same.worker.tolist()
    assert parts.label.tolist() == same.label.tolist()


def test_parameters_and_seed():
    X, votes, _ = crowd()
    model = MBEM(LINEAR, n_iter=2, random_state=3)
    copy = clone(model)
    assert copy.get_params()["random_state"] == 3
    one, two = model.fit(X, votes).predict_proba(X), copy.fit(X, votes).predict_proba(X)
    np.testing.assert_array_equal(one, two)
    assert model.history_ == copy.history_


def test_the_order_of_votes_and_names_do_not_matter():
    X, votes, _ = crowd(votes=3)
    one = MBEM(LINEAR, n_iter=2).fit(X, votes)
    mixed = votes.sample(frac=1, random_state=0)
    np.testing.assert_allclose(
        MBEM(LINEAR, n_iter=2).fit(X, mixed).predict_proba(X), one.predict_proba(X), atol=1e-6
    )
    coded = MBEM(LINEAR, n_iter=2).fit(X, encode(votes))
    np.testing.assert_array_equal(coded.predict_proba(X), one.predict_proba(X))
    named = votes.assign(task="t" + votes.task.astype(str), label=votes.label.map({0: "a", 1: "b", 2: "c"}))
    texts = MBEM(LINEAR, n_iter=2, holdout=0).fit(X, named, tasks=[f"t{i}" for i in range(400)])
    assert isinstance(texts.predict(X), np.ndarray)
    assert set(texts.predict(X)) == {"a", "b", "c"}
    assert texts.posterior_.loc["t7"].sum() == pytest.approx(1.0)


def test_rows_without_votes_are_left_out_and_reported():
    X, votes, _ = crowd()
    with collect() as entries:
        model = MBEM(LINEAR, n_iter=1).fit(X, votes[votes.task >= 100])
    assert model.unvoted_ == 100
    assert "MBEM: 100 items without votes are left out" in [
        entry.reason for entry in of_kind(entries, Choice)
    ]
    shifted = votes[votes.task >= 100].assign(task=lambda v: v.task - 100)
    alone = MBEM(LINEAR, n_iter=1).fit(X[100:], shifted)
    np.testing.assert_array_equal(alone.predict_proba(X), model.predict_proba(X))
    turned = MBEM(LINEAR, n_iter=1).fit(X[::-1], votes[votes.task >= 100], tasks=np.arange(400)[::-1])
    np.testing.assert_array_equal(turned.predict_proba(X), model.predict_proba(X))


def test_sparse_rows():
    X, votes, _ = crowd()
    X = np.where(X > 0.5, X, 0.0)
    sparse = MBEM(LINEAR, n_iter=1).fit(scipy.sparse.csr_array(X), votes)
    dense = MBEM(LINEAR, n_iter=1).fit(X, votes)
    np.testing.assert_allclose(sparse.predict_proba(X), dense.predict_proba(X), atol=1e-4)
    X[7, 2] = np.nan
    for kind in (scipy.sparse.csr_array, scipy.sparse.csc_array):
        with pytest.raises(ValueError, match="row 7"):
            MBEM(LINEAR).fit(kind(X), votes)


def test_xgboost():
    xgboost = pytest.importorskip("xgboost")
    X, votes, truth = crowd(n=600, votes=2)
    model = MBEM(xgboost.XGBClassifier(n_estimators=20, max_depth=3, n_jobs=1)).fit(X, votes)
    assert (model.predict(X) == truth).mean() > 0.9


def test_baselines():
    X, votes, truth = crowd(n=600, votes=3)
    gold = pd.Series(truth)
    accuracy = {
        method: (train(LINEAR, X, votes, method, gold=gold).predict(X) == truth).mean()
        for method in ("majority", "votes", "dawid_skene", "mbem", "gold")
    }
    assert accuracy["gold"] >= accuracy["mbem"] > accuracy["majority"] - 0.01
    plain = clone(LINEAR).fit(X, truth).predict_proba(X)
    np.testing.assert_allclose(train(LINEAR, X, votes, "gold", gold=gold).predict_proba(X), plain, atol=1e-6)
    hard = Aggregated(LINEAR, MajorityVote(), labels="hard").fit(X, votes)
    aggregated = MajorityVote().fit_predict(votes).to_numpy()
    np.testing.assert_allclose(
        hard.predict_proba(X), clone(LINEAR).fit(X, aggregated).predict_proba(X), atol=1e-6
    )
    with pytest.raises(ValueError, match="method is 'magic'"):
        train(LINEAR, X, votes, "magic")
    with pytest.raises(ValueError, match="needs gold"):
        train(LINEAR, X, votes, "gold")


def test_errors_name_cause_place_and_remedy():
    X, votes, _ = crowd(n=20)
    model = MBEM(LINEAR)
    with pytest.raises(ValueError, match=r"1 of 21 tasks .* first is task 99.*pass tasks="):
        model.fit(X, pd.concat([votes, votes[:1].assign(task=99)]))
    with pytest.raises(ValueError, match="one label, 1; a classifier needs two"):
        model.fit(X, votes.assign(label=1))
    with pytest.raises(ValueError, match="X has 20 rows and tasks names 19"):
        model.fit(X, votes, tasks=range(19))
    with pytest.raises(ValueError, match="task 3 has several rows"):
        model.fit(X, votes, tasks=[3, 3, *range(2, 20)])
    bad = X.copy()
    bad[4, 1] = np.nan
    with pytest.raises(ValueError, match=r"1 NaN, the first in row 4 \(task 4\); fill"):
        model.fit(bad, votes)
    with pytest.raises(TypeError, match="X is a frame"):
        model.fit(pd.DataFrame(X), votes)
    with pytest.raises(TypeError, match="KNeighborsClassifier.fit takes no sample_weight"):
        MBEM(KNeighborsClassifier()).fit(X, votes)
    for wrong in ({"labels": "firm"}, {"n_iter": 0}, {"out_of_fold": 1}, {"smoothing": -1}, {"holdout": 0.9}):
        with pytest.raises(ValueError, match=f"{next(iter(wrong))} is .*; it must be"):
            MBEM(LINEAR, **wrong).fit(X, votes)


def test_rows_of_lists_places_in_the_order_of_tasks():
    votes = encode(pd.DataFrame({"task": [5, 2], "worker": [0, 0], "label": [0, 1]}))
    assert rows_of(np.zeros((3, 1)), votes, tasks=[5, 1, 2]).tolist() == [2, 0]
