from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from etl.conll.schemes import tag_names
from models.active.acquisition import acquisition
from models.active.outputs import begins
from models.active.person import Known, PersonLearner

LENGTHS = np.array([2, 3, 1, 4, 2, 5])
STARTS = begins(LENGTHS)
NAMES = tag_names(["LOC"])


class Told:
    """A model whose log-probabilities are told, and whose tags are the last that it learnt, or S-LOC."""

    def __init__(self) -> None:
        self.fits: list[tuple[list[int], list[int], int]] = []
        self.is_new = True

    def fit_more(self, items: Any, targets: Any, seed: int) -> None:
        self.fits.append((items.tolist(), targets.tolist(), seed))
        self.is_new = False

    def outputs(self, items: Any, samples: int, seed: int) -> Any:
        lengths = LENGTHS[items]
        tags = np.full(int(lengths.sum()), 4)
        return SimpleNamespace(tags=tags, starts=begins(lengths), log_probs=-lengths * (items % 4 + 1.0))

    def restore(self, state: bytes | None) -> None:
        self.is_new = state is None


def known(*items: int, tag: int = 0) -> Known:
    return Known(np.array(items, "int64"), np.full(int(LENGTHS[list(items)].sum()), tag))


def person(**options: Any) -> PersonLearner:
    return PersonLearner(Told(), acquisition("mnlp"), LENGTHS, NAMES, **options)


def test_open_items_are_ranked_by_their_scores() -> None:
    found = person().learn(1, known(2), known(), np.array([0, 1, 3, 4, 5]))

    assert found.scores.tolist() == [4.0, 2.0, 2.0, 1.0, 1.0]
    assert [item % 4 + 1 for item in found.items.tolist()] == [4, 2, 2, 1, 1]
    assert sorted(found.items.tolist()) == [0, 1, 3, 4, 5]
    assert {item: tags.tolist() for item, tags in found.guesses.items()} == {
        item: [4] * LENGTHS[item] for item in (0, 1, 3, 4, 5)
    }


def test_answers_held_out_judge_and_are_not_learnt() -> None:
    learner = person()
    held = Known(np.array([0, 1]), np.array([4, 4, 4, 0, 1]))

    found = learner.learn(3, known(5, 2, tag=0), held, np.array([3]))

    assert [fit[:2] for fit in learner.model.fits] == [([5, 2], [0] * 6)]
    assert (found.judged.correct, found.judged.predicted, found.judged.true) == (3, 5, 3)
    assert (found.held, found.round) == (2, 3)


def test_no_more_candidates_than_asked_are_scored() -> None:
    left = np.arange(5)
    found = [person(candidates=2, seed=seed).learn(1, known(5), known(), left) for seed in range(20)]

    assert {len(each.items) for each in found} == {2}
    assert set(np.concatenate([each.items for each in found]).tolist()) == set(range(5))


def test_a_round_is_the_same_again_and_others_draw_anew() -> None:
    one, two = person(), person()
    for learner in (one, two):
        for number in (1, 2):
            learner.learn(number, known(0), known(), np.array([1]))

    assert one.model.fits == two.model.fits
    assert len({seed for _, _, seed in one.model.fits}) == 2


def test_where_nothing_is_left_nothing_is_proposed() -> None:
    found = person().learn(1, known(0), known(), np.array([], "int64"))
    assert (len(found.items), len(found.scores), found.guesses, found.judged) == (0, 0, {}, None)


def test_learning_from_no_answer_is_an_error() -> None:
    with pytest.raises(ValueError, match="no answer to learn from"):
        person().learn(1, known(), known(), np.array([1]))


def test_a_model_can_be_forgotten() -> None:
    learner = person()
    learner.learn(1, known(0), known(), np.array([1]))
    learner.forget()
    assert learner.model.is_new
