"""The classifier that a crowd's posteriors train: fitted, judged, kept, and applied to new tasks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Self

import numpy as np

from etl.arrays import load_arrays, save_arrays
from etl.crowd import items
from etl.engine import Engine
from etl.engine.types import Array, Csr, Frame, Index, Series
from etl.handoff import matrix
from etl.ids import factorize, places, spell, tally
from etl.records import Choice, record
from etl.tables.form import Told
from etl.text.tfidf import Tfidf
from models.crowd.soft_labels import take, weighted_fit
from models.drift import Ranges
from pipelines.crowd import learners
from pipelines.crowd.data import Items
from pipelines.crowd.learners import Learner, Model

ARRAYS, WORDS = "classifier.arrow", "words.parquet"


@dataclass(frozen=True)
class Classifier:
    """A logistic regression, or boosted trees, on features or text.

    Attributes
    ----------
    model : Linear or BoostedClassifier
    engine : Engine
    learner : {"logistic", "xgboost"}
    names : list of str
        Of the features; those of a matrix are none.
    words : Tfidf, optional
        Where it reads text.
    ranges : Ranges, optional
        Of the features in training.
    """

    model: Model
    engine: Engine
    learner: Learner = "logistic"
    names: Sequence[str] = ()
    words: Tfidf | None = None
    ranges: Ranges | None = field(default=None, repr=False)

    def save(self, folder: Path) -> Mapping[str, Any]:
        """Write its arrays, trees and words; what it returns is for ``model.json``."""
        arrays = learners.save(self.model, folder)
        save_arrays(folder / ARRAYS, arrays | (self.ranges.arrays() if self.ranges else {}))
        if self.words:
            self.words.save(folder / WORDS)
        return {"features": list(self.names), "text": self.words is not None, "learner": self.learner}

    @property
    def table(self) -> str:
        """Option of the run that names what it learnt from."""
        return "text" if self.words else "features"

    @classmethod
    def load(cls, folder: Path, facts: Mapping[str, Any], classes: int, engine: Engine) -> Self:
        """Read what `save` wrote, of so many labels."""
        arrays, learner = load_arrays(folder / ARRAYS), facts.get("learner", "logistic")
        model = learners.load(learner, folder, arrays, classes, engine)
        words = Tfidf.load(folder / WORDS) if facts["text"] else None
        ranges = None if words else Ranges(arrays["low"], arrays["high"])
        return cls(model, engine, learner, facts["features"], words, ranges)

    def takes(self, data: Frame | Path, there: Sequence[str], votes: Sequence[str]) -> bool:
        """Whether new data are features or texts and not votes, by their names.

        Raises
        ------
        ValueError
            They are neither.
        """
        if isinstance(data, Path) and data.suffix in (".npy", ".txt"):
            return True
        if not self.words and not self.names:  # it learnt from a matrix, so a table is of votes
            return False
        wanted = ("task", *(["text"] if self.words else self.names))
        known = {name.strip().casefold() for name in there}
        lacking = [name for name in wanted if name.strip().casefold() not in known]
        if not lacking:
            return True
        if all(name.isdigit() or name.strip().casefold() in known for name in votes):
            return False
        if set(wanted[1:]).isdisjoint(there):
            return False
        raise ValueError(f"there is no column {', '.join(lacking)}, from which the model learnt; add it")

    def predict(self, data: Frame | Path, told: Told) -> tuple[Series, Array]:
        """Tasks, and the probability of each label, (tasks, labels)."""
        tasks, X = self._texts(data, told) if self.words else self._features(data, told)
        if X.shape[1] != self.model.n_features_in_:
            raise ValueError(
                f"there are {X.shape[1]} features; the model learnt from {self.model.n_features_in_}"
            )
        if self.ranges:
            self.ranges.tell(X, self.names or [f"column {number}" for number in range(X.shape[1])])
        return tasks, self.model.predict_proba(X)

    def _texts(self, data: Frame | Path, told: Told) -> tuple[Series, Csr]:
        assert self.words is not None
        if isinstance(data, Path):
            texts, tasks = items.text(data, self.engine, None, told)
        else:
            texts, tasks = data["text"], data["task"]
        X = self.words.transform(texts, self.engine)
        if bare := int((self.engine.xp.diff(X.indptr) == 0).sum()):
            record(Choice(reason=f"texts: {bare:,} of {len(texts):,} hold no word of those learnt from"))
        return self.engine.df.Series(tasks).reset_index(drop=True), X

    def _features(self, data: Frame | Path, told: Told) -> tuple[Series, Array]:
        if isinstance(data, Path) and data.suffix == ".npy":
            X, ids = items.features(data, self.engine, None, told)
            tasks = self.engine.df.Series(ids)
        else:
            known = partial(items.known_features, engine=self.engine, known=self.names, told=told)
            frame = known(data) if isinstance(data, Path) else data
            with np.errstate(over="ignore"):  # what float32 does not hold is refused below
                X, tasks = matrix(frame, list(self.names)), frame["task"].reset_index(drop=True)
        xp = self.engine.xp
        for wrong, what in ((xp.isnan(X), "miss a feature"), (xp.isinf(X), "have one beyond 3.4e38")):
            if bool(wrong.any()):
                rows = wrong.any(axis=1)
                task = spell(tasks.iloc[int(rows.argmax())])
                raise ValueError(f"{int(rows.sum()):,} tasks {what}, the first is {task}; mend it")
        return tasks, X


def trained(known: Items, probability: Frame, kept: Array | None = None) -> Classifier:
    """Train on the posteriors of tasks that have features.

    Parameters
    ----------
    known : Items
    probability : DataFrame, tasks by labels
    kept : array of bool, shape (tasks,), optional
        Which to learn from.
    """
    rows = places(known.tasks, probability.index)
    there = rows >= 0 if kept is None else (rows >= 0) & kept
    X, P = take(known.X, rows[there]), probability.values[there]
    ranges = None
    if known.words is None:
        whole = ~known.engine.xp.isnan(X).any(axis=1)
        X, P, ranges = X[whole], P[whole], Ranges.of(X)
    model = learners.of(known.learner, weighted_fit(known.estimator(), X, P))
    return Classifier(model, known.engine, known.learner, known.names, known.words, ranges)


def judge(known: Items, probability: Frame, test: Index, classes: Index) -> dict[str, Array]:
    """Accuracy on tasks kept aside of a classifier that did not see them, and of their commonest label.

    Parameters
    ----------
    known : Items
        With known labels of these tasks.
    probability : DataFrame, tasks by labels
    test : Index
    classes : Index
        The labels of the columns, where the engine holds them.
    """
    xp = known.engine.xp
    model = trained(known, probability, ~xp.asarray(probability.index.isin(test)))
    codes, labels = factorize(known.truth.loc[test])
    q = model.model.predict_proba(known.rows(test))
    told = places(labels, classes)[q.argmax(axis=1)]
    return {"accuracy": (told == codes).mean(), "commonest": tally(codes, len(labels)).max() / len(codes)}
