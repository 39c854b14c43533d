"""Gradient-boosted trees on whichever device holds the rows: in memory, from disk, or over a cluster.

XGBoost reads each piece through its column pointers and keeps its own quantised copy, a byte a value (Chen
and Guestrin, 2016, doi:10.1145/2939672.2939785, sections 3.2 and 4.2). Where even that does not fit, it
keeps pages of it on disk and reads them again in every pass.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import xgboost
from sklearn.base import BaseEstimator, ClassifierMixin

from etl.engine import array_namespace, engine_of
from etl.engine.types import Array, Frame, Series
from etl.executors import Dask
from etl.handoff import to_xgboost
from etl.pieces import Pieces
from etl.records import Choice, record
from models.boosting import dask
from models.boosting.reading import Batches, Reading


class BoostedTrees(ClassifierMixin, BaseEstimator):
    """Binary classifier that stops growing when a later period's log loss stops improving.

    Parameters
    ----------
    features : sequence of str, optional
        Columns to learn from, float32; all but the label by default.
    categorical : sequence of str
        Those that hold category codes.
    max_depth, learning_rate, min_child_weight, reg_lambda, max_bin
        As XGBoost's.
    n_estimators : int
        Most trees to grow.
    patience : int
        Stop when ``later`` has not improved for so many trees.
    random_state : int
    n_jobs : int
        Threads in this process; 0 takes all.

    Attributes
    ----------
    booster_ : xgboost.Booster
        Cut to its best iteration.
    n_iter_ : int
        Trees kept.
    stop_reason_ : str
    features_ : list of str
    classes_ : list of int

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rows = pd.DataFrame({"x": np.linspace(0, 1, 200, dtype="float32")})
    >>> model = BoostedTrees(n_estimators=5).fit(rows, rows["x"] > 0.5)
    >>> model.predict(rows)[[0, -1]].tolist()
    [0, 1]
    """

    def __init__(
        self,
        features: Sequence[str] | None = None,
        categorical: Sequence[str] = (),
        *,
        max_depth: int = 6,
        learning_rate: float = 0.1,
        min_child_weight: float = 2.0,
        reg_lambda: float = 1.0,
        max_bin: int = 256,
        n_estimators: int = 200,
        patience: int = 20,
        random_state: int = 0,
        n_jobs: int = 0,
    ) -> None:
        self.features = features
        self.categorical = categorical
        self.max_depth = max_depth
        self.learning_rate = learning_rate
        self.min_child_weight = min_child_weight
        self.reg_lambda = reg_lambda
        self.max_bin = max_bin
        self.n_estimators = n_estimators
        self.patience = patience
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(
        self,
        X: Frame | Pieces,
        y: str | Array | Series = "label",
        *,
        later: Pieces | None = None,
        cache: Path | None = None,
    ) -> Self:
        """Grow trees.

        Parameters
        ----------
        X : DataFrame or Pieces of DataFrame
            Features, float32, missing as NaN.
        y : str or array of shape (n,)
            Name of the label's column in ``X``, or for a single frame the labels; values 0 and 1.
        later : Pieces, optional
            Rows of a later period, with the same columns; they decide when to stop.
        cache : Path, optional
            Directory for pages on disk; training then holds one page at a time.

        Raises
        ------
        ValueError
            No row to train on, or one class only.
        """
        pieces, label = (X, y) if isinstance(X, Pieces) else _single(X, y)
        counts = pieces.reduce(Counter(label), add)
        if min(counts) == 0:
            raise ValueError(
                f"training needs both classes, and has {counts[1]:,} positive and {counts[0]:,} negative "
                "rows; give more data, an earlier period, or another label"
            )
        watch = later if later is not None and min(later.reduce(Counter(label), add)) > 0 else None
        first = next(iter(pieces.map("columns", _description)))
        self.features_ = list(self.features or [name for name in first[1] if name != label])
        types = ["c" if name in self.categorical else "q" for name in self.features_]
        train = dask.train if isinstance(pieces.executor, Dask) else _train
        booster = train(
            (pieces, watch),
            Reading(self.features_, types, label, self.max_bin, cache),
            self._parameters(first[0]),
            {"num_boost_round": self.n_estimators, "early_stopping_rounds": self.patience if watch else None},
        )
        return self._keep_best(booster, watch is not None)

    def _parameters(self, device: str) -> dict[str, Any]:
        names = ("max_depth", "learning_rate", "min_child_weight", "reg_lambda")
        return {name: getattr(self, name) for name in names} | {
            "objective": "binary:logistic",
            "eval_metric": "logloss",
            "tree_method": "hist",
            "device": "cuda" if device == "gpu" else "cpu",
            "max_bin": self.max_bin,
            "seed": self.random_state,
            "nthread": self.n_jobs,
        }

    def _keep_best(self, booster: xgboost.Booster, watched: bool) -> Self:
        grown = booster.num_boosted_rounds()
        kept = booster.best_iteration + 1 if watched else grown
        if not watched:
            why = "as set: no later period with both classes to watch"
        elif grown < self.n_estimators:
            why = "the later period's log loss no longer improved"
        else:
            why = "the most allowed"
        self.booster_ = booster[:kept]
        self.n_iter_, self.classes_ = kept, [0, 1]
        self.stop_reason_ = f"{grown} trees grown ({why}), the first {kept} kept"
        record(Choice(reason=f"trees: {self.stop_reason_}"))
        return self

    def predict_proba(self, X: Frame) -> Array:
        """Probabilities of labels 0 and 1, float32, shape (n, 2), on the device that holds ``X``."""
        p = self.probability(X)
        return array_namespace(X).stack([1 - p, p], axis=1)

    def probability(self, X: Frame) -> Array:
        """Probability of label 1, float32, shape (n,), on the device that holds ``X``."""
        if not len(X):
            return array_namespace(X).zeros(0, dtype="float32")
        return self.booster_.inplace_predict(to_xgboost(X, self.features_), validate_features=False)

    def predict(self, X: Frame) -> Array:
        """More probable label, int64, shape (n,), on the device that holds ``X``."""
        return (self.probability(X) > 0.5).astype("int64")


class Counter:
    """Negative and positive rows of a piece, by the label's column."""

    def __init__(self, label: str) -> None:
        self.label = label

    def __call__(self, frame: Frame) -> tuple[int, int]:
        """Count."""
        positive = int(frame[self.label].sum())
        return len(frame) - positive, positive


def add(left: tuple[int, ...], right: tuple[int, ...]) -> tuple[int, ...]:
    """Sum of two pieces' statistics, entry by entry.

    Parameters
    ----------
    left, right : tuple of int
        As long.
    """
    return tuple(a + b for a, b in zip(left, right, strict=True))


def _description(frame: Frame) -> tuple[str, list[str]]:
    return engine_of(frame).name, [str(name) for name in frame.columns]


def _single(frame: Frame, y: str | Array | Series) -> tuple[Pieces, str]:
    if isinstance(y, str):
        return Pieces([frame]), y
    return Pieces([frame.assign(label=y)]), "label"


def _train(
    pieces: tuple[Pieces, Pieces | None], reading: Reading, parameters: dict[str, Any], rounds: dict[str, Any]
) -> xgboost.Booster:
    kind = xgboost.ExtMemQuantileDMatrix if reading.cache else xgboost.QuantileDMatrix
    matrix = kind(Batches(pieces[0], reading, "train"), max_bin=reading.max_bin)
    evals = []
    if pieces[1] is not None:
        evals = [(kind(Batches(pieces[1], reading, "later"), max_bin=reading.max_bin, ref=matrix), "later")]
    return xgboost.train(parameters, matrix, evals=evals, verbose_eval=False, **rounds)
