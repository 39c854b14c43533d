"""Questions are distinct and tell all classes apart; the naive cost is that of a greedy search."""

from math import log2
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.engine import Engine, choose
from etl.handoff import to_host
from etl.hierarchy import dotted, wordnet
from etl.records import Choice, collect, of_kind
from models.partial.chains import naive_cost
from models.partial.questions import Questions, from_matrix, questions
from tests.models.partial.partial_problems import COSTS, made

CPU = choose("cpu")
ROWS = np.array([[1, 1, 1], [1, 0, 0], [0, 0, 0], [0, 1, 1], [1, 0, 0], [0, 1, 0]])


def test_questions_that_add_nothing_are_dropped_and_counted(engine: Engine) -> None:
    with collect() as entries:
        asked = from_matrix(ROWS, engine, list("abcdef"), [1, 2, 3, 4, 5, 6], ("x", "y", "z"))
    assert asked.names == ("b", "d", "f")
    assert to_host(asked.matrix).tolist() == ROWS[[1, 3, 5]].astype(bool).tolist()
    assert to_host(asked.costs).tolist() == [2, 4, 6]
    assert (asked.classes, len(asked)) == (("x", "y", "z"), 3)
    assert [entry.reason for entry in of_kind(entries, Choice)] == [
        "questions: 3 of 6 are left out, as they repeat others"
    ]


def test_a_question_and_its_opposite_are_both_kept() -> None:
    assert len(from_matrix(np.array([[1, 0, 0], [0, 1, 1], [0, 1, 0]]), CPU)) == 3


def test_names_costs_and_classes_have_defaults() -> None:
    asked = from_matrix(np.eye(2), CPU)
    assert (asked.names, asked.classes) == (("question 0", "question 1"), ("0", "1"))
    assert asked.costs.tolist() == [1, 1]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"names": ["a"]}, "6 questions by 3 classes; there are 1 names, 6 costs and 3 classes"),
        ({"costs": [1.0] * 5}, "6 names, 5 costs and 3 classes: give one each"),
        ({"classes": ["x", "y"]}, "6 costs and 2 classes"),
        ({"costs": [1, 1, 0, 1, 1, 1]}, "'question 2' costs 0.0; a cost must be positive"),
        ({"costs": [1, -2, 0, 1, 1, 1]}, "'question 1' costs -2.0"),
        ({"costs": [1, 1, 1, np.nan, 1, 1]}, "'question 3' costs nan"),
        ({"costs": [1, 1, 1, 1, np.inf, 1]}, "'question 4' costs inf"),
    ],
)
def test_what_is_wrong_is_said(more: dict, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        from_matrix(ROWS, CPU, **more)


def test_classes_that_no_question_tells_apart_are_named() -> None:
    rows = np.array([[1, 0, 0, 0], [1, 1, 0, 1], [1, 1, 1, 1]])
    with pytest.raises(ValueError, match="no question tells 'y' from 'w'; add one that does"):
        from_matrix(rows, CPU, classes=("x", "y", "z", "w"))


def test_nodes_that_cover_the_same_classes_are_one_question() -> None:
    tree = dotted.parse(["life.pet.cat", "life.pet.dog", "life.oak", "car"])
    asked = questions(tree, CPU, cost=lambda node: float(len(node)))
    rows = {name: set(np.flatnonzero(row)) for name, row in zip(asked.names, asked.matrix, strict=True)}
    place = {name: code for code, name in enumerate(asked.classes)}
    pets = {place["life.pet.cat"], place["life.pet.dog"]}
    inner = {name: found for name, found in rows.items() if name not in place}
    assert {name: rows[name] for name in place} == {name: {code} for name, code in place.items()}
    assert sorted(inner.values(), key=len) == [pets, pets | {place["life.oak"]}]
    assert asked.costs.tolist() == [len(name) for name in asked.names]


def halving(Q: np.ndarray, costs: np.ndarray, held: frozenset[int]) -> float:
    """Total cost over the candidates, each the class once, by the question of most bits per cost."""
    if len(held) == 1:
        return 0.0

    def bits(row: np.ndarray) -> float:
        q = sum(bool(row[k]) for k in held) / len(held)
        return -q * log2(q) - (1 - q) * log2(1 - q) if 0 < q < 1 else 0.0

    worths = [bits(row) / cost for row, cost in zip(Q, costs.tolist(), strict=True)]
    place = next(at for at, worth in enumerate(worths) if worth >= max(worths) * (1 - 1e-9))
    yes = frozenset(k for k in held if Q[place, k])
    return costs[place] * len(held) + halving(Q, costs, yes) + halving(Q, costs, held - yes)


@settings(deadline=None, max_examples=80)
@given(
    st.integers(0, 2**32 - 1), st.integers(2, 12), st.sampled_from(["tree", "mixed"]), st.sampled_from(COSTS)
)
def test_naive_cost_is_that_of_a_greedy_search(seed: int, classes: int, kind: str, price: str) -> None:
    asked = made(seed, classes, 0, kind, price, True).asked
    total = halving(asked.matrix, asked.costs, frozenset(range(classes)))
    assert naive_cost(asked) == pytest.approx(total / classes)


def test_naive_cost_of_unequal_shares(engine: Engine) -> None:
    asked = from_matrix(np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]]), engine, costs=[1, 2, 4])
    # Class 0 after one question, the others after another of cost 2.
    assert naive_cost(asked) == pytest.approx((1 + 3 + 3) / 3)
    assert naive_cost(asked, engine.xp.asarray([0, 0, 0, 2])) == pytest.approx(6 / 4)


def judged(asked: Questions) -> None:
    assert len(asked) == 304
    assert naive_cost(asked) == pytest.approx(8.265, abs=1e-9)


def test_tiny_imagenet_costs_what_was_published(real_hierarchy: Path) -> None:
    judged(from_matrix(np.load(real_hierarchy / "questions_wordnet30.npz")["Q"], CPU))


def test_so_does_wordnet(real_hierarchy: Path) -> None:
    judged(questions(wordnet.read(real_hierarchy), CPU))
