"""Chains ask what an item alone would be asked, by either way, on any threads, and for any budget."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.engine import Engine, choose
from etl.handoff import to_host
from models.partial import chains as module
from models.partial import question_plan
from models.partial.chains import Chains, by_kernel, by_steps, chains
from models.partial.question_queue import select_within_budget
from models.partial.questions import Questions, from_matrix
from models.partial.scores import SCORES
from tests.models.partial.partial_problems import Problem, made, problems

score_names = st.sampled_from(SCORES)


def told(found: Chains) -> list[tuple[float, ...]]:
    columns = (found.item, found.step, found.question, found.priority)
    return list(zip(*(to_host(column).tolist() for column in columns), strict=True))


def all_of(problem: Problem) -> tuple[np.ndarray, np.ndarray, np.ndarray, Questions]:
    return problem.P, problem.Y, problem.truth, problem.asked


@settings(deadline=None, max_examples=300)
@given(problems, score_names, st.none() | st.integers(0, 3), st.none() | st.floats(-5, 5))
def test_the_kernel_asks_what_products_of_matrices_ask(problem: Problem, score, most, least) -> None:
    least = -np.inf if least is None else least * 2**20
    found = by_kernel(*all_of(problem), score, most, least)
    assert told(found) == told(by_steps(*all_of(problem), score, most, least))


@settings(deadline=None, max_examples=100)
@given(problems, score_names)
def test_each_answer_strikes_out_and_the_last_leaves_the_class(problem: Problem, score) -> None:
    left, steps, Q = problem.Y.copy(), np.zeros(len(problem.Y), dtype=int), problem.asked.matrix
    for item, step, question, _ in told(chains(*all_of(problem), score)):
        before, row = left[item].sum(), Q[question]
        left[item] &= row == row[problem.truth[item]]
        assert step == steps[item]
        assert left[item].sum() < before
        steps[item] += 1
    assert (left == np.eye(left.shape[1], dtype=bool)[problem.truth]).all()


@settings(deadline=None, max_examples=100)
@given(problems, score_names)
def test_an_item_is_asked_the_same_among_others_as_alone(problem: Problem, score) -> None:
    whole = chains(*all_of(problem), score)
    for i in range(len(problem.P)):
        one = slice(i, i + 1)
        alone = chains(problem.P[one], problem.Y[one], problem.truth[one], problem.asked, score)
        assert [row[1:] for row in told(whole) if row[0] == i] == [row[1:] for row in told(alone)]


@settings(deadline=None, max_examples=150)
@given(problems, score_names, st.floats(0, 12), st.booleans())
def test_what_a_budget_leaves_out_is_not_bought(problem: Problem, score, budget: float, finite: bool) -> None:
    costs = problem.asked.costs
    budget = budget * costs.mean() if finite else np.inf
    found = chains(*all_of(problem), score, budget=budget)
    whole = chains(*all_of(problem), score)
    assert told(select_within_budget(found, costs, budget)) == told(
        select_within_budget(whole, costs, budget)
    )


def test_a_budget_leaves_out_most() -> None:
    problem = made(0, 12, 400, "tree", "few", True)
    whole, found = (len(chains(*all_of(problem), "edc", budget=money)) for money in (np.inf, 5.0))
    assert found < whole / 5


@pytest.mark.parametrize("score", SCORES)
def test_threads_and_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch, score) -> None:
    problem = made(1, 12, 100, "mixed", "few", False)
    whole = told(chains(*all_of(problem), score))
    monkeypatch.setattr(module, "BLOCK", 7)
    assert told(chains(*all_of(problem), score, workers=1)) == whole
    assert told(chains(*all_of(problem), score, workers=3)) == whole


@pytest.mark.parametrize("score", SCORES)
def test_every_engine_asks_the_same(engine: Engine, score) -> None:
    problem, xp = made(2, 12, 80, "tree", "few", False), engine.xp
    asked = from_matrix(problem.asked.matrix, engine, costs=problem.asked.costs.tolist())
    P, Y, truth = (xp.asarray(array) for array in (problem.P, problem.Y, problem.truth))
    found = chains(P, Y, truth, asked, score, budget=30.0)
    assert told(found) == told(chains(*all_of(problem), score, budget=30.0))
    assert (to_host(Y) == problem.Y).all()


@pytest.mark.parametrize("way", [by_kernel, by_steps])
@pytest.mark.parametrize("items", [0, 3])
def test_nothing_to_ask(way, items: int) -> None:
    asked = from_matrix(np.eye(4), choose("cpu"))
    truth = np.arange(items)
    found = way(np.ones((items, 4)), np.eye(4, dtype=bool)[truth], truth, asked, "eig")
    assert told(found) == []
    assert found.item.dtype == found.step.dtype == found.question.dtype == "int64"
    assert told(select_within_budget(found, asked.costs, 5.0)) == []


def test_classes_without_larger_questions_and_the_reverse() -> None:
    for rows in (np.eye(5), np.array([[0, 0, 0, 0, 1], [0, 0, 1, 1, 0], [0, 1, 0, 1, 1]])):
        asked, truth = from_matrix(rows, choose("cpu")), np.arange(5)
        P, Y = np.random.default_rng(0).random((5, 5)), np.ones((5, 5), dtype=bool)
        for score in SCORES:
            assert told(by_kernel(P, Y, truth, asked, score)) == told(by_steps(P, Y, truth, asked, score))


def test_an_answer_that_was_struck_out_is_named() -> None:
    asked = from_matrix(np.eye(3), choose("cpu"), classes=("cat", "dog", "car"))
    Y = np.array([[1, 1, 1], [1, 0, 1], [0, 1, 1]], dtype=bool)
    said = "2 items have a true class that earlier answers struck out, the first is item 1 of class 'dog'"
    with pytest.raises(ValueError, match=said):
        chains(np.ones((3, 3)), Y, np.array([2, 1, 0]), asked)
    with pytest.raises(ValueError, match="there is no score 'best'"):
        chains(np.ones((3, 3)), Y, np.array([2, 2, 2]), asked, "best")


def test_the_bound_of_an_entropy_holds() -> None:
    q = np.linspace(0, 1, 100_001)[1:-1]
    entropy = -q * np.log2(q) - (1 - q) * np.log2(1 - q)
    assert (entropy <= (4 * q * (1 - q)) ** (1 / question_plan.LN4) + 1e-12).all()


@settings(deadline=None, max_examples=50)
@given(problems)
def test_parts_are_disjoint_and_make_the_whole(problem: Problem) -> None:
    plan, classes = problem.asked.plan, problem.P.shape[1]
    rows = np.concatenate([np.eye(classes, dtype=int), problem.asked.matrix[plan.asks[classes:]].astype(int)])
    for place in range(len(plan.starts) - 1):
        parts = plan.parts[plan.starts[place] : plan.starts[place + 1]]
        assert (parts < classes + place).all()
        assert (rows[parts].sum(axis=0) == rows[classes + place]).all()
