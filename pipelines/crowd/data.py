"""What the crowd pipeline knows of tasks beside their votes, and the data of its demonstration."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_digits

from etl.crowd import items, simulate
from etl.crowd.votes import Votes, encode
from etl.engine import Engine, engine_of
from etl.engine.types import Estimator, Index, Series
from etl.handoff import from_host
from etl.hashing import mix
from etl.ids import places
from etl.tables.joins import compare
from etl.text.tfidf import SETTINGS, Tfidf
from pipelines.crowd import learners
from pipelines.crowd.config import Config
from pipelines.crowd.learners import Learner

KEPT = 0.3
"""Share of tasks with known labels that models are judged on, where no such task is without votes."""
FEWEST = 20
"""Tasks with known labels and no votes that are enough to judge on."""


@dataclass(frozen=True)
class Items:
    """Features and known labels of tasks.

    Attributes
    ----------
    X : matrix, shape (n, d), optional
    tasks : Index, shape (n,), optional
        Task of each row.
    truth : Series by task, optional
    names : sequence of str
        Of the features' columns, where they have any.
    words : Tfidf, optional
        Of the text that the features are made of.
    engine : Engine
    learner : {"logistic", "xgboost"}
    threads : int
        Of the learner.
    """

    engine: Engine
    X: Any = None
    tasks: Any = None
    truth: Any = None
    names: Sequence[str] = ()
    words: Tfidf | None = None
    learner: Learner = "logistic"
    threads: int = 1

    def estimator(self) -> Estimator:
        """The classifier, the same for every method."""
        return learners.estimator(self.learner, self.engine, self.threads)

    def rows(self, tasks: Index) -> Any:
        """Rows of these tasks."""
        return self.X[places(self.tasks, tasks)]

    def unvoted(self, tasks: Index) -> int:
        """Number of tasks with features, or else with known labels, that are not among these."""
        known = self.tasks if self.tasks is not None else self.truth.index if self.truth is not None else None
        return 0 if known is None else int((~known.isin(tasks)).sum())

    def covers(self, votes: Votes) -> bool:
        """Whether the label of every task with votes is known."""
        return bool(votes.tasks.isin(self.truth.index).all())

    def part(self, votes: Votes) -> tuple[Votes, Any]:
        """Votes to learn from, and tasks to judge on, whose votes are not among them."""
        votes = votes.on(self.tasks)
        known = self.truth.index[self.truth.index.isin(self.tasks)]
        test = known[~known.isin(votes.tasks)]
        if len(test) < FEWEST:
            voted = known[known.isin(votes.tasks)]
            drawn = mix(self.engine.xp.arange(len(voted)), 0) % self.engine.xp.uint64(1000)
            test = voted[drawn < int(KEPT * 1000)]
            votes = votes.on(votes.tasks[~votes.tasks.isin(test)])
        if not len(test) or not len(votes):
            raise ValueError(
                "no task has features, a known label and other tasks with votes to learn from; "
                "check that truth, features and votes name tasks alike"
            )
        return votes, test


def load_items(config: Config, votes: Sequence[Votes], engine: Engine) -> Items:
    """Read what is there, compared with the votes.

    Parameters
    ----------
    config : Config
    votes : sequence of Votes
        All pieces.
    engine : Engine

    Raises
    ------
    ValueError
        Both features and text are given, or nothing that the learner can learn from; or what was read is of
        other tasks or labels than the votes.
    """
    if config.features and config.text:
        raise ValueError("both --features and --text are given; a model is trained on one of them")
    if config.learner != "logistic" and not (config.features or config.text):
        raise ValueError(f"--learner {config.learner} needs --features or --text to learn from; give one")
    if config.learner == "xgboost" and config.text and engine.name == "gpu":
        raise ValueError("XGBoost reads no words on a GPU; take --device cpu, or --learner logistic")
    tasks, labels = votes[0].tasks.append([part.tasks for part in votes[1:]]), votes[0].labels
    known = _truth(config, config.truth, (tasks, labels), engine) if config.truth else None
    if known is not None:
        _compared(known, tasks, labels)
    found = replace(_features(config, tasks, engine), truth=known)
    if found.tasks is not None:
        compare(tasks, "tasks with votes", found.tasks, "tasks of the features or texts", "name tasks alike")
    return found


def _truth(config: Config, path: Path, like: tuple[Index, Index], engine: Engine) -> Series:
    return items.truth(path, engine, like, config.told("truth"), config.columns)


def _compared(known: Series, tasks: Index, labels: Index) -> None:
    compare(known.index, "tasks of the truth", tasks, "tasks with votes", "name tasks alike in both")
    written = engine_of(known).df.Index(known)
    compare(written, "labels of the truth", labels, "labels voted for", "write labels alike in both")


def _features(config: Config, tasks: Index, engine: Engine) -> Items:
    if config.features:
        told = config.told("features")
        names = items.feature_names(config.features, told)
        return Items(engine, *items.features(config.features, engine, tasks, told), names=names)
    if not config.text:
        return Items(engine)
    words, rows = items.text(config.text, engine, tasks, config.told("text"), config.columns)
    tfidf = engine.ml.feature_extraction.text.TfidfVectorizer(min_df=2, **SETTINGS)
    return Items(engine, tfidf.fit_transform(words), rows, words=Tfidf.of(tfidf))


def demonstration(engine: Engine, seed: int) -> tuple[Votes, Items]:
    """Digits, with five votes on two thirds of them by forty simulated workers, five of whom are a ring."""
    X, y = load_digits(return_X_y=True)
    voted = np.arange(len(y)) % 3 != 2
    confusion = simulate.confusions(40, 10, hammers=0.5, by_class=True, seed=seed)
    frame = simulate.votes(y[voted], confusion, 5, seed)
    frame = simulate.with_ring(frame, members=[3, 11, 19, 27, 35], source=3, copied=0.9, seed=seed)
    frame["task"] = np.flatnonzero(voted)[frame["task"]]
    table = engine.df.DataFrame({name: from_host(frame[name].to_numpy(), engine) for name in frame})
    known = engine.df.Series(from_host(y, engine), name="label")
    rows = from_host((X / 16).astype("float32"), engine)
    return encode(table), Items(engine, rows, engine.df.Index(engine.xp.arange(len(y))), known)
