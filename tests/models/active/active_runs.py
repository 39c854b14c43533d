"""A small run of the loop that can be killed at any step; as a program, `FOLDER STEP`, by a signal."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import SGDClassifier

from etl import files
from etl.crowd.simulate import confusions
from etl.labelling.query_log import QueryLog
from models.active.acquisition import acquisition
from models.active.classifiers import ClassifierLearner
from models.active.loop import ActiveLearner
from models.active.oracles import Crowd
from models.active.protocols import Answers
from models.active.stops import Stop

ITEMS = 240
STEPS = ("fit_more", "outputs", "score", "state", "restore")


class Killed(Exception):
    """What stands for a kill inside of a process."""


class Steps:
    """Counts steps of a run, and ends it at one of them."""

    def __init__(self, last: int | None, end: Callable[[], Any]) -> None:
        self.last, self.end, self.taken = last, end, 0

    def step(self) -> None:
        self.taken += 1
        if self.taken == self.last:
            self.end()

    def around(self, work: Callable[..., Any]) -> Callable[..., Any]:
        """The same function with a step before it and one after."""

        def counted(*args: Any, **options: Any) -> Any:
            self.step()
            found = work(*args, **options)
            self.step()
            return found

        return counted


class Asked:
    """An oracle that remembers what it was asked, in all runs."""

    def __init__(self, oracle: Any) -> None:
        self.oracle, self.items = oracle, []

    def ask(self, items: Any, earlier: Any) -> Answers:
        answers = self.oracle.ask(items, earlier)
        self.items += items.tolist()
        return answers


def torn(steps: Steps, sync: Callable[[int], None]) -> Callable[[int], None]:
    """A sync before which a kill loses half of the file, as a machine may that goes down."""

    def half(file: int) -> None:
        try:
            steps.step()
        except Killed:
            os.ftruncate(file, os.fstat(file).st_size // 2)
            raise
        sync(file)

    return half


def problem() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, ITEMS + 300)
    return np.eye(3)[truth] + rng.normal(0, 0.6, (len(truth), 3)), truth


def oracle(labels: str = "hard") -> Asked:
    _, truth = problem()
    crowd = confusions(8, 3, hammers=0.6, seed=1)
    return Asked(Crowd(truth[:ITEMS], np.arange(ITEMS + 1), crowd, redundancy=3, labels=labels))


def run(
    folder: Path,
    steps: Steps | None = None,
    asked: Asked | None = None,
    name: str = "least_confidence",
    rounds: int = 4,
    seed: int = 5,
) -> ActiveLearner:
    """Weights are kept, so that a resumed run needs those of the round before."""
    X, y = problem()
    model = SGDClassifier(loss="log_loss", learning_rate="constant", eta0=0.02)
    learner = ClassifierLearner(model, X[:ITEMS], X[ITEMS:], y[ITEMS:], classes=3, passes=2).restore(None)
    asked = asked or oracle()
    sync = os.fsync
    if steps is not None:
        for method in STEPS:
            setattr(learner, method, steps.around(getattr(learner, method)))
        asked.ask = steps.around(asked.ask)
        files.os.fsync = steps.around(torn(steps, sync))
    loop = ActiveLearner(
        learner,
        acquisition(name),
        asked,
        start=20,
        budget=15,
        stop=Stop(rounds=rounds),
        run_log=QueryLog(folder),
        seed=seed,
    )
    try:
        return loop.run(np.ones(ITEMS, "int64"))
    finally:
        files.os.fsync = sync
        vars(asked).pop("ask", None)


def told(loop: ActiveLearner) -> tuple[list[dict[str, Any]], list[list[dict[str, Any]]]]:
    """Curve and queries without their seconds."""
    return [_plain(point) for point in loop.curve_], [list(map(_plain, rows)) for rows in loop.queries_]


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "seconds"}


if __name__ == "__main__":
    run(Path(sys.argv[1]), Steps(int(sys.argv[2]), lambda: os.kill(os.getpid(), signal.SIGKILL)))
