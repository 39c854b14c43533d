"""The thread on which the labelling page's model learns."""

import threading
from typing import Any

import numpy as np

from models.active.person import Known
from pipelines.ner.labelling.trainer import Task, Trainer
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
