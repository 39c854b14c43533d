"""The thread on which the labelling page's model learns, and the tagger itself."""

import threading
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

from etl.conll import corpus
from etl.conll.schemes import tag_names
from etl.engine import choose
from models.active.person import Known
from pipelines.ner.labelling.model import Task, Trainer, learner
from tests.support.waiting import LIMIT, until

NONE = Known(np.array([], "int64"), np.array([], "int64"))


def task(number: int) -> Task:
    return Task(number, NONE, NONE, NONE.items)


class Slow:
    """A learner that waits to be let go, and fails in its second round."""

    def __init__(self) -> None:
        self.began, self.go = threading.Semaphore(0), threading.Semaphore(0)
        self.forgotten = 0

    def learn(self, number: int, *rest: Any) -> Any:
        self.began.release()
        assert self.go.acquire(timeout=LIMIT)
        if number == 2:
            raise FloatingPointError("the loss is nan")
        return number

    def forget(self) -> None:
        self.forgotten += 1


def test_tasks_never_wait_and_only_the_newest_is_made() -> None:
    slow, made = Slow(), []
    trainer = Trainer(slow, made.append)
    trainer.start()
    for number in (1, 5, 6, 7):
        trainer.give(task(number))  # returns while the first round is being made
        if number == 1:
            assert slow.began.acquire(timeout=LIMIT)
    assert (made, trainer.busy) == ([], True)
    slow.go.release(2)
    assert slow.began.acquire(timeout=LIMIT)
    trainer.stop(LIMIT)
    assert (made, trainer.is_alive()) == ([1, 7], False)


def test_a_round_that_fails_is_told_and_the_next_begins_anew() -> None:
    slow, made = Slow(), []
    trainer = Trainer(slow, made.append)
    trainer.start()
    told = []
    for number in (2, 3):
        trainer.give(task(number))
        slow.go.release()
        until(lambda: not trainer.busy)
        told.append((trainer.error, slow.forgotten, list(made)))
    trainer.stop(LIMIT)
    assert told == [("FloatingPointError: the loss is nan", 1, []), (None, 1, [3])]


@pytest.mark.parametrize("encoder", ["cnn", "transformer"])
def test_the_tagger_learns_a_rule_and_asks_for_what_breaks_it(encoder: str) -> None:
    """Every word "x" is a place; a word that was never seen is what the model knows least."""
    rng = np.random.default_rng(0)
    words = [["x" if rng.random() < 0.3 else f"w{rng.integers(5)}" for _ in range(6)] for _ in range(60)]
    words[59] = ["Q7", "Zz", "x", "Vv", "Q9", "x"]
    flat = [word for sentence in words for word in sentence]
    text = corpus.build(flat, ["O"] * len(flat), np.repeat(np.arange(60), 6))
    person = learner(text, ["LOC"], choose("cpu"), encoder=encoder, epochs=30)
    true = np.array([4 if word == "x" else 0 for word in flat]).reshape(60, 6)
    known, held = (Known(np.array(part), true[part].ravel()) for part in (range(40), range(40, 59)))

    found = person.learn(1, known, held, np.arange(40, 60))

    assert found.judged.f1 > 0.95
    assert found.items[0] == 59
    assert (np.diff(found.scores) <= 0).all()
    assert tag_names(["LOC"])[4] == "S-LOC"
    assert found.guesses[41].tolist() == true[41].tolist()
