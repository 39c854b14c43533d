"""One sort buys what a heap of items buys, question by question, in its order."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.partial.peers import heap
from etl.engine import Engine
from etl.handoff import to_host
from models.partial.chains import Chains, chains
from models.partial.question_queue import running_minimum, select_within_budget
from models.partial.scores import SCORES
from tests.models.partial.partial_problems import Problem, made, problems

budgets = st.floats(0, 60) | st.integers(0, 40).map(float) | st.just(np.inf)


def pairs(found: Chains) -> list[tuple[int, int]]:
    return list(zip(to_host(found.item).tolist(), to_host(found.question).tolist(), strict=True))


@pytest.mark.parametrize("score", SCORES)
@settings(deadline=None, max_examples=250)
@given(problem=problems, budget=budgets)
def test_a_sort_buys_what_a_heap_buys(score, problem: Problem, budget: float) -> None:
    asked = problem.asked
    budget *= asked.costs.min()
    found = chains(problem.P, problem.Y, problem.truth, asked, score)
    expected = heap.run(problem.heap, 1, score, budget)
    assert pairs(select_within_budget(found, asked.costs, budget)) == expected
    short = chains(problem.P, problem.Y, problem.truth, asked, score, budget=budget)
    assert pairs(select_within_budget(short, asked.costs, budget)) == expected


def flat_chains(priorities: list[list[float]], xp=np) -> Chains:
    """Chains whose questions all cost the same."""
    steps = [step for chain in priorities for step in range(len(chain))]
    items = [item for item, chain in enumerate(priorities) for _ in chain]
    values = [value for chain in priorities for value in chain]
    return Chains(
        xp.asarray(items, dtype="int64"),
        xp.asarray(steps, dtype="int64"),
        xp.zeros(len(items), dtype="int64"),
        xp.asarray(values, dtype="float64"),
    )


many = st.lists(st.lists(st.integers(-3, 3).map(float), min_size=1, max_size=20), max_size=8)


@settings(deadline=None, max_examples=200)
@given(many)
def test_a_running_minimum_is_that_of_a_loop(priorities: list[list[float]]) -> None:
    found = flat_chains(priorities)
    expected = [min(chain[: step + 1]) for chain in priorities for step in range(len(chain))]
    before = found.priority.copy()
    assert running_minimum(found.priority, found.step).tolist() == expected
    assert found.priority.tolist() == before.tolist()


def test_an_urgent_question_follows_the_one_that_led_to_it(engine: Engine) -> None:
    found = flat_chains([[3, 9, 1, 5], [4], [2, 2], [3]], engine.xp)
    order = select_within_budget(found, engine.xp.ones(1), np.inf)
    assert to_host(order.item).tolist() == [1, 0, 0, 3, 2, 2, 0, 0]
    assert to_host(order.step).tolist() == [0, 0, 1, 0, 0, 1, 2, 3]


def test_begun_items_come_first(engine: Engine) -> None:
    xp = engine.xp
    found = flat_chains([[3, 9, 1], [4], [2, 2], [5]], xp)
    order = select_within_budget(found, xp.ones(1), 5.0, first=xp.asarray([1.0, 0.0, 2.0, 0.0]))
    assert to_host(order.item).tolist() == [2, 2, 0, 0, 0]
    together = select_within_budget(found, xp.ones(1), np.inf, first=xp.asarray([0.0, 0.0, 1.0, 1.0]))
    assert to_host(together.item).tolist() == [3, 2, 2, 1, 0, 0, 0]


@pytest.mark.parametrize(
    ("budget", "count"),
    [(0.0, 0), (0.099, 0), (0.1, 1), (0.3, 3), (0.7, 7), (0.75, 7), (9.0, 10), (np.inf, 10)],
)
def test_a_budget_is_spent_and_not_overspent(budget: float, count: int) -> None:
    found = flat_chains([[float(place)] for place in range(10)])
    order = select_within_budget(found, np.array([0.1]), budget)  # 0.1 + 0.1 + 0.1 is more than 0.3 in floats
    assert order.item.tolist() == list(range(9, -1, -1))[:count]


def test_it_ends_at_the_first_question_that_cannot_be_paid() -> None:
    found = flat_chains([[3.0], [2.0], [1.0]])
    found = Chains(found.item, found.step, np.array([0, 1, 0]), found.priority)
    assert select_within_budget(found, np.array([1.0, 5.0]), 3.0).item.tolist() == [0]


@pytest.mark.parametrize("score", SCORES)
def test_rounds_ask_what_one_long_round_asks(score) -> None:
    """Priors that stay make rounds cuts of one order, where begun items are not set back."""
    problem, log = made(7, 10, 60, "tree", "one", True), list[tuple[int, int]]()
    whole = chains(problem.P, problem.Y, problem.truth, problem.asked, score)
    Y = problem.Y.copy()
    while (Y.sum(axis=1) > 1).any():
        found = select_within_budget(
            chains(problem.P, Y, problem.truth, problem.asked, score), problem.asked.costs, 17.0
        )
        rows = problem.asked.matrix[found.question]
        np.logical_and.at(
            Y, found.item, rows == rows[np.arange(len(found)), problem.truth[found.item]][:, None]
        )
        log += pairs(found)
    assert sorted(log) == sorted(pairs(whole))
    assert log[:17] == pairs(select_within_budget(whole, problem.asked.costs, np.inf))[:17]
