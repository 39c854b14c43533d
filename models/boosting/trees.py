"""Gradient-boosted trees on whichever device holds the rows: in memory, from disk, or over a cluster.

XGBoost reads each piece through its column pointers and keeps its own quantised copy, a byte a value (Chen
and Guestrin, 2016, doi:10.1145/2939672.2939785, sections 3.2 and 4.2). Where even that does not fit, it
keeps pages of it on disk and reads them again in every pass.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import xgboost
from sklearn.base import BaseEstimator, ClassifierMixin

from etl.engine import array_namespace, engine_of
from etl.executors import Dask
from etl.handoff import column, to_xgboost
from etl.pieces import Pieces
from etl.records import Choice, record
from models.boosting import dask


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
        self, X: Any, y: Any = "label", *, later: Pieces | None = None, cache: Path | None = None
    ) -> "BoostedTrees":
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

    def _keep_best(self, booster: xgboost.Booster, watched: bool) -> "BoostedTrees":
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

    def predict_proba(self, X: Any) -> Any:
        """Probabilities of labels 0 and 1, float32, shape (n, 2), on the device that holds ``X``."""
        one = self.probability(X)
        return array_namespace(X).stack([1 - one, one], axis=1)

    def probability(self, X: Any) -> Any:
        """Probability of label 1, float32, shape (n,), on the device that holds ``X``."""
        if not len(X):
            return array_namespace(X).zeros(0, dtype="float32")
        return self.booster_.inplace_predict(to_xgboost(X, self.features_), validate_features=False)

    def predict(self, X: Any) -> Any:
        """More probable label, int64, shape (n,), on the device that holds ``X``."""
        return (self.probability(X) > 0.5).astype("int64")


class Reading:
    """How a piece is handed to XGBoost: its features and their types, its label, bins, and page files."""

    def __init__(
        self, features: list[str], types: list[str], label: str, max_bin: int, cache: Path | None
    ) -> None:
        self.features, self.types, self.label = features, types, label
        self.max_bin, self.cache = max_bin, cache


class Counter:
    """Negative and positive rows of a piece, by the label's column."""

    def __init__(self, label: str) -> None:
        self.label = label

    def __call__(self, frame: Any) -> tuple[int, int]:
        """Count."""
        positive = int(frame[self.label].sum())
        return len(frame) - positive, positive


def add(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    """Sum of two statistics, place by place."""
    return tuple(a + b for a, b in zip(one, other, strict=True))


def _description(frame: Any) -> tuple[str, list[str]]:
    return engine_of(frame).name, [str(name) for name in frame.columns]


def _single(frame: Any, y: Any) -> tuple[Pieces, str]:
    if isinstance(y, str):
        return Pieces([frame]), y
    return Pieces([frame.assign(label=y)]), "label"


class Batches(xgboost.DataIter):
    """Feeds pieces to XGBoost one after another; none is held longer than XGBoost reads it."""

    def __init__(self, pieces: Pieces, reading: Reading, name: str) -> None:
        self.pieces, self.reading = pieces, reading
        self._frames = iter(pieces)
        super().__init__(cache_prefix=str(reading.cache / name) if reading.cache else None)

    def next(self, input_data: Callable[..., None]) -> bool:
        """Hand over the next piece that has rows."""
        for frame in self._frames:
            if len(frame):
                input_data(
                    data=to_xgboost(frame, self.reading.features),
                    label=column(frame, self.reading.label),
                    feature_types=self.reading.types,
                )
                return True
        return False

    def reset(self) -> None:
        """Begin again with the first piece."""
        self._frames = iter(self.pieces)


def _train(
    pieces: tuple[Pieces, Pieces | None], reading: Reading, parameters: dict[str, Any], rounds: dict[str, Any]
) -> xgboost.Booster:
    kind = xgboost.ExtMemQuantileDMatrix if reading.cache else xgboost.QuantileDMatrix
    matrix = kind(Batches(pieces[0], reading, "train"), max_bin=reading.max_bin)
    evals = []
    if pieces[1] is not None:
        evals = [(kind(Batches(pieces[1], reading, "later"), max_bin=reading.max_bin, ref=matrix), "later")]
    return xgboost.train(parameters, matrix, evals=evals, verbose_eval=False, **rounds)
