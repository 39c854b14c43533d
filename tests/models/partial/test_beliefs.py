"""Beliefs take answers as sets, or as Bayes' rule; contradictions begin an item anew."""

import numpy as np
import pytest

from etl.engine import Engine, choose
from etl.handoff import to_host
from models.partial import noise
from models.partial.beliefs import Exact, Soft, Workers
from models.partial.question_queue import select_within_budget
from models.partial.questions import Questions, from_matrix
from models.partial.scores import SCORES

K = 7


def asked(engine: Engine, seed: int = 0) -> Questions:
    more = np.random.default_rng(seed).random((6, K)) < 0.5
    return from_matrix(np.concatenate([np.eye(K, dtype=bool), more]), engine)


def prior(engine: Engine, items: int, seed: int = 0):
    return engine.xp.asarray(np.random.default_rng(seed).dirichlet(np.full(K, 0.4), items), dtype="float32")


def test_answers_strike_out_classes_as_sets_do(engine: Engine) -> None:
    belief, rng, items = Exact(asked(engine), count=40), np.random.default_rng(1), np.arange(40)
    left = [set(range(K)) for _ in items]
    Q = to_host(belief.asked.matrix)
    for _ in range(6):
        question, yes = rng.integers(0, len(Q), 40), rng.random(40) < 0.5
        told = [engine.xp.asarray(part) for part in (items, question, yes)]
        again = set(to_host(belief.tell(*told)).tolist())
        for item in items:
            kept = left[item] & set(np.flatnonzero(Q[question[item]] == yes[item]).tolist())
            assert (item in again) == (not kept)
            left[item] = kept or set(range(K))
        found = to_host(belief.targets(engine.xp.asarray(items)))
        assert [set(np.flatnonzero(row).tolist()) for row in found] == left
        assert to_host(belief.open()).tolist() == [i for i in items if len(left[i]) > 1]
    assert belief.contradictions_ > 0


@pytest.mark.parametrize("classes", [63, 64, 65, 130])
def test_open_items_are_found_across_words(classes: int) -> None:
    belief = Exact(from_matrix(np.eye(classes, dtype=bool), choose("cpu")), count=3)
    belief.tell(np.array([0]), np.array([classes - 1]), np.array([True]))
    for gone in range(classes - 2):
        belief.tell(np.array([1]), np.array([gone]), np.array([False]))
    assert belief.open().tolist() == [1, 2]  # item 1 has the last two classes left
    assert belief.targets(np.array([1])).nonzero()[1].tolist() == [classes - 2, classes - 1]


@pytest.mark.parametrize("score", SCORES)
def test_soft_beliefs_without_errors_ask_and_learn_as_exact_ones(engine: Engine, score: str) -> None:
    questions, truth = asked(engine), np.random.default_rng(2).integers(0, K, 60)
    y, P = engine.xp.asarray(truth), prior(engine, 60)
    A = noise.answer_probability(engine.xp.eye(K), questions.matrix)
    exact = Exact(questions, y)
    soft = Soft(questions, Workers(y, engine.xp.eye(K), questions.matrix), A)
    for budget in (50.0, 70.0, 1000.0):
        items = exact.open()
        assert to_host(items).tolist() == to_host(soft.open()).tolist()
        parts = [
            select_within_budget(b.chains(items, P[items], score), questions.costs, budget)
            for b in (exact, soft)
        ]
        assert to_host(parts[0].item).tolist() == to_host(parts[1].item).tolist()
        assert to_host(parts[0].question).tolist() == to_host(parts[1].question).tolist()
        answers = [
            to_host(b.learn(items, part)).tolist() for b, part in zip((exact, soft), parts, strict=True)
        ]
        assert answers[0] == answers[1]
        every = engine.xp.arange(60)
        np.testing.assert_array_equal(to_host(exact.targets(every)), to_host(soft.targets(every)))
    assert not len(exact.open())
    assert to_host(exact.targets(every)).argmax(axis=1).tolist() == truth.tolist()


def test_soft_candidates_are_the_likelihood_of_all_answers() -> None:
    questions, rng = asked(choose("cpu")), np.random.default_rng(3)
    C = noise.with_errors(np.eye(K), 0.2)
    y, A = rng.integers(0, K, 30), noise.answer_probability(C, questions.matrix)
    belief = Soft(questions, Workers(y, C, questions.matrix, seed=4), A)
    log = np.zeros((30, K))
    for number in range(3):
        items = belief.open()
        found = select_within_budget(
            belief.chains(items, prior(choose("cpu"), 30, number)[items], "eig"), questions.costs, 60
        )
        yes = belief.learn(items, found)
        for item, question, answer in zip(items[found.item], found.question, yes, strict=True):
            log[item] += np.log(A[question] if answer else 1 - A[question])
    expected = np.exp(log - log.max(axis=1, keepdims=True))
    np.testing.assert_allclose(belief.W_, expected, rtol=1e-4)
    assert belief.answers_.sum() == 180


def test_workers_answer_by_the_confusion_and_alike_when_asked_alike() -> None:
    C = np.array([[0.7, 0.3, 0.0], [0.0, 1.0, 0.0], [0.1, 0.2, 0.7]])
    n = 20_000
    crowd = Workers(np.zeros(n, dtype="int64"), C, np.eye(3, dtype=bool), seed=5)
    ask = [crowd.ask(np.arange(n), np.full(n, q), np.zeros(n, dtype="int64")) for q in range(3)]
    assert np.mean(ask, axis=1) == pytest.approx(C[0], abs=0.015)
    assert (np.sum(ask, axis=0) == 1).all()  # one class was perceived
    again = crowd.ask(np.arange(n), np.full(n, 0), np.zeros(n, dtype="int64"))
    other = crowd.ask(np.arange(n), np.full(n, 0), np.ones(n, dtype="int64"))
    assert (again == ask[0]).all()
    assert (other != ask[0]).any()
