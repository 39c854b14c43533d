"""The thread on which the labelling page's tagger learns, round after round."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from etl.engine.types import Array
from models.active.person import Known, PersonLearner, Proposal


@dataclass(frozen=True)
class Task:
    """A round to be made; see `models.active.person.PersonLearner.learn`."""

    round: int
    known: Known
    held: Known
    left: Array


class Trainer(threading.Thread):
    """Makes rounds one after another, on a thread of its own; of tasks that wait, only the newest.

    Parameters
    ----------
    learner : PersonLearner
    done : callable
        Is given each proposal, on that thread.

    Attributes
    ----------
    busy : bool
        Whether a round is being made, or waits.
    error : str or None
        Of the last round, if it failed.
    """

    def __init__(self, learner: PersonLearner, done: Callable[[Proposal], None]) -> None:
        super().__init__(name="trainer", daemon=True)
        self._learner, self._done = learner, done
        self._ready = threading.Condition()
        self._task: Task | None = None
        self._stopped = False
        self.busy, self.error = False, None  # type: bool, str | None

    def give(self, task: Task) -> None:
        """Have a round made; returns at once."""
        with self._ready:
            self._task, self.busy = task, True
            self._ready.notify()

    def stop(self, seconds: float) -> None:
        """Make no further round, and wait for the one being made, but no longer than this."""
        with self._ready:
            self._stopped = True
            self._ready.notify()
        self.join(seconds)

    def run(self) -> None:
        """Wait for tasks until told to stop."""
        while (task := self._next()) is not None:
            try:
                self._done(self._learner.learn(task.round, task.known, task.held, task.left))
                self.error = None
            except Exception as error:  # shown on the page: answers are taken whatever befalls the model
                self.error = f"{type(error).__name__}: {error}"
                self._learner.forget()

    def _next(self) -> Task | None:
        with self._ready:
            self.busy = self._task is not None
            self._ready.wait_for(lambda: self._stopped or self._task is not None)
            task, self._task = self._task, None
            return None if self._stopped else task
