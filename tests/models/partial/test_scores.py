"""Scores are what the sums over both answers give; the best question is theirs."""

from math import log2

import numpy as np
import pytest
from hypothesis import given, settings

from etl.engine import Engine
from etl.handoff import to_host
from models.partial import scores
from models.partial.scores import GRID, SCORES, best, expected
from tests.models.partial.partial_problems import Problem, made, problems


def entropy(weights: dict[int, float]) -> float:
    total = sum(weights.values())
    return -sum(w / total * log2(w / total) for w in weights.values() if w > 0)


def by_answers(p: np.ndarray, y: np.ndarray, row: np.ndarray) -> dict[str, float]:
    """Scores of a question: what is left by each answer, times how likely that answer is."""
    held = {k: float(p[k]) for k in np.flatnonzero(y)}
    if not sum(held.values()):
        held = dict.fromkeys(held, 1.0)
    total, remaining, unknown = sum(held.values()), 0.0, 0.0
    for answer in (True, False):
        left = {k: w for k, w in held.items() if row[k] == answer}
        chance = sum(left.values()) / total
        if len(left) == len(held):
            return {"eig": 0.0, "erc": float(len(held)), "edc": 0.0}
        remaining += chance * len(left)
        unknown += chance * entropy(left) if chance else 0.0
    return {"eig": entropy(held) - unknown, "erc": remaining, "edc": len(held) - remaining}


def table(problem: Problem, score: str) -> np.ndarray:
    rows = [
        [by_answers(p, y, row)[score] for row in problem.asked.matrix]
        for p, y in zip(problem.P, problem.Y, strict=True)
    ]
    return np.array(rows).reshape(len(problem.P), len(problem.asked))


@pytest.mark.parametrize("score", SCORES)
@settings(deadline=None, max_examples=60)
@given(problem=problems)
def test_scores_are_sums_over_both_answers(score, problem: Problem) -> None:
    found = expected(problem.P, problem.Y, problem.asked.matrix, score)
    np.testing.assert_allclose(found, table(problem, score), atol=1e-9)


@pytest.mark.parametrize("score", SCORES)
def test_scores_on_every_engine(engine: Engine, score) -> None:
    xp, problem = engine.xp, made(3, 9, 50, "mixed", "few", False)
    P, Y, Q, costs = (
        xp.asarray(a) for a in (problem.P, problem.Y, problem.asked.matrix, problem.asked.costs)
    )
    np.testing.assert_allclose(to_host(expected(P, Y, Q, score)), table(problem, score), atol=1e-9)
    here = best(problem.P, problem.Y, problem.asked.matrix, problem.asked.costs, score)
    there = best(P, Y, Q, costs, score)
    assert to_host(there.question).tolist() == here.question.tolist()
    assert to_host(there.priority).tolist() == here.priority.tolist()


@pytest.mark.parametrize("score", SCORES)
@settings(deadline=None, max_examples=60)
@given(problem=problems)
def test_the_best_question_is_worth_most(score, problem: Problem) -> None:
    Q, costs = problem.asked.matrix, problem.asked.costs
    found = best(problem.P, problem.Y, Q, costs, score)
    worths = table(problem, "eig" if score == "eig" else "edc") / costs
    for i, q in enumerate(found.question.tolist()):
        if problem.Y[i].sum() == 1:
            assert (q, found.priority[i]) == (-1, -np.inf)
            continue
        left = (problem.Y[i] & Q[q]).sum()
        assert 0 < left < problem.Y[i].sum()
        assert worths[i, q] >= worths[i].max() - 2 / GRID / costs.min()
        urgency = -by_answers(problem.P[i], problem.Y[i], Q[q])["erc"] if score == "erc" else worths[i, q]
        assert found.priority[i] / GRID == pytest.approx(urgency, abs=2 / GRID / min(1, costs.min()))


def test_of_equals_the_first_is_asked_whatever_the_order_of_sums() -> None:
    P, Y = np.full((1, 6), 0.1), np.ones((1, 6), dtype=bool)
    halves = np.array([[1, 1, 1, 0, 0, 0], [0, 1, 0, 1, 0, 1], [0, 0, 0, 1, 1, 1]], dtype=bool)
    for rows in (halves, halves[::-1], halves[[1, 0, 2]]):
        for score in SCORES:
            assert best(P, Y, rows, np.ones(3), score).question.tolist() == [0]


def test_a_cheap_question_comes_before_one_that_tells_more() -> None:
    P, Y = np.full((1, 4), 0.25), np.ones((1, 4), dtype=bool)
    Q = np.array([[1, 1, 0, 0], [1, 0, 0, 0]], dtype=bool)
    bits = 2 - 0.75 * log2(3)
    for price, chosen in ((1.0, 0), (bits - 0.001, 1), (bits + 0.001, 0)):
        assert best(P, Y, Q, np.array([1.0, price]), "eig").question.tolist() == [chosen]
    for price, chosen in ((0.749, 1), (0.75, 0)):  # 1.5 classes of 4 against 2
        for score in ("edc", "erc"):
            assert best(P, Y, Q, np.array([1.0, price]), score).question.tolist() == [chosen]


def test_erc_is_urgent_where_few_are_left_and_edc_where_many_go() -> None:
    P, Y, Q = np.ones((2, 8)), np.ones((2, 8), dtype=bool), np.arange(8) < 4
    Y[1, 2:6] = False
    erc, edc = (best(P, Y, Q[None], np.ones(1), score).priority / GRID for score in ("erc", "edc"))
    assert (erc.tolist(), edc.tolist()) == ([-4.0, -2.0], [4.0, 2.0])


def test_a_certain_model_is_asked_for_its_class() -> None:
    Q = np.array([[1, 1, 0, 0], [0, 0, 0, 1], [0, 1, 0, 0], [0, 1, 1, 1]], dtype=bool)
    Y = np.array([[1, 1, 1, 1], [1, 1, 0, 0], [0, 1, 0, 1], [1, 0, 0, 1]], dtype=bool)
    found = best(np.tile([0.0, 1.0, 0.0, 0.0], (4, 1)), Y, Q, np.ones(4), "eig")
    # The last item's candidates have no probability, so they are equally likely.
    assert found.question.tolist() == [2, 2, 2, 0]
    assert (found.priority / GRID).tolist() == [0, 0, 0, 1]
    assert best(np.eye(4)[[1]], Y[:1], Q[[0, 3]], np.ones(2), "eig").question.tolist() == [0]
    # No question that splits holds the likeliest class: the first that splits is asked.
    assert best(np.eye(4)[[0]], Y[3:], Q[[2, 3, 1]], np.ones(3), "eig").question.tolist() == [1]


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = made(5, 8, 30, "tree", "drawn", False)
    arguments = problem.P, problem.Y, problem.asked.matrix, problem.asked.costs, "edc"
    whole = best(*arguments)
    monkeypatch.setattr(scores, "CELLS", 7 * len(problem.asked))
    parts = best(*arguments)
    assert parts.question.tolist() == whole.question.tolist()
    assert parts.priority.tolist() == whole.priority.tolist()


def test_a_score_that_is_not_there_is_named() -> None:
    with pytest.raises(ValueError, match="there is no score 'eige'; take one of eig, erc, edc"):
        expected(np.ones((1, 2)), np.ones((1, 2), dtype=bool), np.eye(2, dtype=bool), "eige")
