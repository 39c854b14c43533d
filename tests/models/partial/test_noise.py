"""Answers of workers who err, against enumeration; without errors all is as if answers were exact."""

import numpy as np
import pytest

from etl.engine import Engine
from etl.handoff import to_host
from models.partial import noise, scores


def problem(seed: int, classes: int = 6, items: int = 20, questions: int = 9):
    rng = np.random.default_rng(seed)
    P = rng.dirichlet(np.full(classes, 0.5), items)
    W = rng.random((items, classes)) * (rng.random((items, classes)) < 0.7)
    W[np.arange(items), rng.integers(0, classes, items)] = 1
    Q = np.concatenate([np.eye(classes, dtype=bool), rng.random((questions - classes, classes)) < 0.5])
    C = rng.dirichlet(np.full(classes, 1.0), classes) * 0.3 + 0.7 * np.eye(classes)
    return P, W, Q, C


def entropy(p: np.ndarray) -> float:
    p = p[p > 0]
    return float(-(p * np.log2(p)).sum())


def brute(p: np.ndarray, w: np.ndarray, a: np.ndarray) -> tuple[float, float]:
    """Information about the class, and effective candidates that are left, over both answers."""
    prior = p * w / (p * w).sum()
    gain, left = entropy(prior), 0.0
    for likelihood in (a, 1 - a):
        chance = float((prior * likelihood).sum())
        if chance > 0:
            gain -= chance * entropy(prior * likelihood / chance)
            after = w * likelihood
            left += chance * after.sum() ** 2 / (after**2).sum()
    return gain, left


@pytest.mark.parametrize("seed", range(5))
def test_scores_equal_enumeration_of_answers(engine: Engine, seed: int) -> None:
    P, W, Q, C = problem(seed)
    A = noise.answer_probability(engine.xp.asarray(C), engine.xp.asarray(Q))
    found = {s: to_host(noise.expected(*map(engine.xp.asarray, (P, W)), A, s)) for s in scores.SCORES}
    for item in range(len(P)):
        for question, a in enumerate(to_host(A)):
            gain, left = brute(P[item], W[item], a)
            assert found["eig"][item, question] == pytest.approx(gain, abs=1e-9)
            assert found["erc"][item, question] == pytest.approx(left, abs=1e-9)
            size = W[item].sum() ** 2 / (W[item] ** 2).sum()
            assert found["edc"][item, question] == pytest.approx(size - left, abs=1e-9)


def test_a_yes_is_the_chance_to_perceive_a_class_of_the_question(engine: Engine) -> None:
    _, _, Q, C = problem(3)
    found = to_host(noise.answer_probability(engine.xp.asarray(C), engine.xp.asarray(Q)))
    for question, row in enumerate(Q):
        for true in range(len(C)):
            assert found[question, true] == pytest.approx(sum(C[true, seen] for seen in np.flatnonzero(row)))


@pytest.mark.parametrize("score", scores.SCORES)
def test_without_errors_the_best_question_is_the_exact_one(engine: Engine, score: str) -> None:
    P, W, Q, _ = (engine.xp.asarray(part) for part in problem(7, items=200))
    P, Y, costs = P.astype("float32"), W > 0, engine.xp.ones(len(Q))
    A = noise.answer_probability(engine.xp.eye(Q.shape[1]), Q)
    soft, exact = noise.best(P, Y.astype("float32"), A, costs, score), scores.best(P, Y, Q, costs, score)
    assert to_host(soft.question).tolist() == to_host(exact.question).tolist()
    assert to_host(soft.priority).tolist() == to_host(exact.priority).tolist()


def test_errors_are_scaled_and_their_shape_stays() -> None:
    real = np.array([[0.5, 0.4, 0.1], [0.0, 1.0, 0.0], [0.2, 0.2, 0.6]])
    found = noise.with_errors(real, 0.25)
    np.testing.assert_allclose(found, [[0.75, 0.2, 0.05], [0.125, 0.75, 0.125], [0.125, 0.125, 0.75]])
    np.testing.assert_array_equal(noise.with_errors(real, 0.0), np.eye(3))


def test_a_confusion_that_is_no_distribution_is_refused() -> None:
    with pytest.raises(ValueError, match=r"row 1 of the confusion sums to 1\.2"):
        noise.answer_probability(np.array([[1.0, 0.0], [0.6, 0.6]]), np.eye(2, dtype=bool))
