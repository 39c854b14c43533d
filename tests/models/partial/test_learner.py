"""The loop pays what it says, ends when all is known, and its ways differ as they are defined."""

import numpy as np
import pytest

from etl.engine import choose
from models.partial.beliefs import Exact, Soft, Workers
from models.partial.chains import naive_cost
from models.partial.em import PartialEM
from models.partial.learner import Classifier, PartialLearner
from models.partial.noise import answer_probability, with_errors
from models.partial.questions import from_matrix
from models.partial.variants import VARIANTS, variant

K, N = 8, 240


def problem(seed: int = 0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, K, 2 * N)
    X = (np.eye(K)[y] + rng.normal(0, 0.35, (2 * N, K))).astype("float32")
    pairs = np.kron(np.eye(K // 2, dtype=bool), np.ones((1, 2), dtype=bool))
    halves = np.kron(np.eye(2, dtype=bool), np.ones((1, K // 2), dtype=bool))
    asked = from_matrix(np.concatenate([np.eye(K, dtype=bool), pairs, halves]), choose("cpu"))
    return X[:N], y[:N], X[N:], y[N:], asked


def learner(name: str, seed: int = 0, **more: float) -> PartialLearner:
    from sklearn.linear_model import LogisticRegression

    X, y, X_test, y_test, asked = problem()
    model = Classifier(PartialEM(LogisticRegression(max_iter=200), n_iter=2), X, X_test, y_test)
    return PartialLearner(model, Exact(asked, y), VARIANTS[name], start=90, budget=90, seed=seed, **more)


@pytest.mark.parametrize("name", VARIANTS)
def test_every_way_finds_every_class_and_pays_its_rounds(name: str) -> None:
    run = learner(name).run(N)
    _, y, _, _, asked = problem()
    every = np.arange(N)
    assert run.belief.targets(every).argmax(axis=1).tolist() == y.tolist()
    assert run.belief.targets(every).sum() == N
    costs = np.diff([0, *(point["cost"] for point in run.curve_)])
    assert (costs[:-1] > 89).all()
    assert (costs <= 90).all()
    assert run.cost_ == sum(len(entry["item"]) for entry in run.log_) == run.curve_[-1]["questions"]
    assert [point["finished"] for point in run.curve_] == sorted(point["finished"] for point in run.curve_)
    naive = naive_cost(asked, y) * N
    if name in ("uniform", "al_me", "al_lc"):
        assert run.cost_ == pytest.approx(naive)
    else:
        assert run.cost_ < 0.9 * naive
    assert run.curve_[-1]["score"] > 0.85


def test_the_log_holds_every_answer() -> None:
    run = learner("alpf_edc").run(N)
    _, y, _, _, asked = problem()
    left = np.ones((N, K), dtype=bool)
    for entry in run.log_:
        for item, question, yes in zip(entry["item"], entry["question"], entry["yes"], strict=True):
            assert yes == asked.matrix[question, y[item]]
            left[item] &= asked.matrix[question] == yes
    assert (left == (np.arange(K) == y[:, None])).all()


def test_random_ways_finish_an_item_before_the_next() -> None:
    run = learner("aq_edc", most=300).run(N)
    begun = run.belief.targets(np.arange(N)).sum(axis=1) < K
    assert (begun & (run.belief.targets(np.arange(N)).sum(axis=1) > 1)).sum() <= 1
    assert 0 < begun.sum() < N


def test_the_seed_decides_and_the_end_is_kept() -> None:
    one, same, other = (learner("uniform", seed=s, most=200).run(N) for s in (1, 1, 2))
    assert one.curve_ == same.curve_
    assert one.cost_ == 200
    assert one.log_[0]["item"].tolist() == same.log_[0]["item"].tolist() != other.log_[0]["item"].tolist()


def test_a_budget_below_a_question_is_refused() -> None:
    run = learner("uniform")
    run.start = run.budget = 0.5
    with pytest.raises(ValueError, match="pays for no question"):
        run.run(N)


def test_there_is_no_such_way() -> None:
    with pytest.raises(ValueError, match="there is no variant 'best'; take one of uniform"):
        variant("best")


def test_weighing_answers_finds_more_classes_than_trusting_them() -> None:
    from sklearn.linear_model import LogisticRegression

    X, y, X_test, y_test, asked = problem()
    C, right = with_errors(np.eye(K), 0.2), {}
    for arm, A in (("exact", asked.matrix), ("aware", answer_probability(C, asked.matrix))):
        model = Classifier(PartialEM(LogisticRegression(max_iter=200), n_iter=2), X, X_test, y_test)
        belief = Soft(asked, Workers(y, C, asked.matrix, seed=1), A)
        PartialLearner(model, belief, VARIANTS["alpf_eig"], 150, 150, most=1500).run(N)
        right[arm] = (belief.targets(np.arange(N)).argmax(axis=1) == y).mean()
    assert right["exact"] < 0.8
    assert right["aware"] > 0.95
