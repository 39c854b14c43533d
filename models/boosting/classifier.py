"""Gradient-boosted trees on a matrix: any number of classes, weights, and labels that are probabilities.

Votes of a crowd leave a probability of each class; the trees learn from these as they are (see
`models.boosting.soft_objective`), so that `models.crowd.mbem.MBEM` can drive them.
"""

from typing import Any, Self

import xgboost
from sklearn.base import BaseEstimator, ClassifierMixin

from etl.engine import array_namespace, engine_of
from etl.engine.types import Array, Csr
from etl.handoff import matrix_to_xgboost, numbers
from models.boosting.soft_objective import by_class, gradients, start, targets


class BoostedClassifier(ClassifierMixin, BaseEstimator):
    """Boosted trees on whichever device holds the rows; with labels, those of `xgboost.XGBClassifier`.

    A row stands once. A copy for each class, weighted by its probability, comes to the same, and of ten
    uncertain classes it takes four times as long.

    Parameters
    ----------
    n_estimators : int
        Rounds; each grows a tree a class, and one of two classes.
    max_depth, learning_rate, min_child_weight, reg_lambda, max_bin
        As XGBoost's.
    random_state : int
    n_jobs : int
        Threads; 0 takes all.

    Attributes
    ----------
    booster_ : xgboost.Booster
    classes_ : array, shape (classes,)
    n_features_in_ : int
    n_iter_ : int
        Rounds made.
    stop_reason_ : str

    Examples
    --------
    >>> import numpy
    >>> X, P = numpy.eye(3).repeat(50, axis=0), numpy.array([[0.8, 0.2, 0], [0, 1, 0], [0, 0.5, 0.5]])
    >>> model = BoostedClassifier(n_jobs=1).fit(X, P.repeat(50, axis=0))
    >>> model.predict_proba(numpy.eye(3)[:1]).round(1)
    array([[0.8, 0.2, 0. ]], dtype=float32)
    """

    soft_labels = True

    def __init__(
        self,
        *,
        n_estimators: int = 100,
        max_depth: int = 4,
        learning_rate: float = 0.1,
        min_child_weight: float = 1.0,
        reg_lambda: float = 1.0,
        max_bin: int = 256,
        random_state: int = 0,
        n_jobs: int = 0,
    ) -> None:
        self.n_estimators = n_estimators
        self.max_depth = max_depth
        self.learning_rate = learning_rate
        self.min_child_weight = min_child_weight
        self.reg_lambda = reg_lambda
        self.max_bin = max_bin
        self.random_state = random_state
        self.n_jobs = n_jobs

    @classmethod
    def of(cls, booster: xgboost.Booster, classes: int) -> Self:
        """From trees that are already grown, of classes 0 to ``classes`` - 1."""
        made = cls()
        made.booster_, made.classes_ = booster, list(range(classes))
        made.n_features_in_, made.n_iter_ = booster.num_features(), booster.num_boosted_rounds()
        return made

    def fit(self, X: Array | Csr, y: Array, sample_weight: Array | None = None) -> Self:
        """Grow trees.

        Parameters
        ----------
        X : array or CSR matrix, shape (n, d)
            Missing as NaN; of a sparse matrix what is not stored is missing.
        y : array, shape (n,) or (n, classes)
            Labels; or the probability of each class.
        sample_weight : array of shape (n,), optional
            Of each row, as if it stood so often.

        Raises
        ------
        ValueError
            Lengths differ, there is one class only, a value is infinite, or a weight or probability is not
            one; or a sparse matrix lies on a GPU.
        """
        self.classes_, P = targets(y)
        weight = _weights(sample_weight, len(P), X)
        data = matrix_to_xgboost(X)
        device = {"device": "cuda" if engine_of(X).name == "gpu" else "cpu"}
        options = {"max_bin": self.max_bin, "nthread": self.n_jobs or None}
        cached = xgboost.QuantileDMatrix(data, weight=weight, **options)
        booster = xgboost.Booster(self._parameters() | start(P, weight) | device, [cached])
        self.booster_ = self._boost(booster, cached, data, P, weight)
        self.n_features_in_, self.n_iter_ = X.shape[1], self.n_estimators
        self.stop_reason_ = f"all rounds ({self.n_estimators}) were made"
        return self

    def _parameters(self) -> dict[str, Any]:
        names = ("max_depth", "learning_rate", "min_child_weight", "reg_lambda", "max_bin")
        return {name: getattr(self, name) for name in names} | {
            "tree_method": "hist",
            "seed": self.random_state,
            "nthread": self.n_jobs,
        }

    def _boost(
        self,
        booster: xgboost.Booster,
        cached: xgboost.DMatrix,
        data: Array | Csr,
        P: Array,
        weight: Array | None,
    ) -> xgboost.Booster:
        """Rounds of gradients and trees; margins stay where the rows lie, as XGBoost's own would not."""
        first = margins = _margins(booster, data, (0, 0))
        for number in range(self.n_estimators):
            grad, hess = gradients(margins, P, weight)
            booster.boost(cached, number, grad=grad, hess=hess)
            margins = margins + (_margins(booster, data, (number, number + 1)) - first)
        return booster

    def predict_proba(self, X: Array | Csr) -> Array:
        """Probability of each of ``classes_``, float32, shape (n, classes), on the device of ``X``."""
        if not X.shape[0]:
            return array_namespace(X).zeros((0, len(self.classes_)), dtype="float32")
        return by_class(self.booster_.inplace_predict(matrix_to_xgboost(X)))

    def predict(self, X: Array | Csr) -> Array:
        """Likeliest class of each row, shape (n,)."""
        codes = self.predict_proba(X).argmax(axis=1)
        return array_namespace(codes).asarray(self.classes_)[codes]


def _weights(sample_weight: Array | None, rows: int, X: Array | Csr) -> Array | None:
    """Weights as float32, where they are right; of as many rows as there are labels and rows of ``X``."""
    if X.shape[0] != rows:
        raise ValueError(f"X has {X.shape[0]:,} rows and y {rows:,}; give a label, or probabilities, a row")
    if sample_weight is None:
        return None
    xp = array_namespace(sample_weight)
    weight = sample_weight.astype("float32")
    if weight.shape != (rows,):
        raise ValueError(f"sample_weight has shape {weight.shape}; it must be ({rows},), a weight a row")
    wrong = ~(xp.isfinite(weight) & (weight >= 0))
    count, total = numbers([wrong.sum(), weight.sum()])
    if count or not total:
        raise ValueError(f"{count:,.0f} of {rows:,} sample_weight are no weights, or all are 0")
    return weight


def _margins(booster: xgboost.Booster, data: Array | Csr, rounds: tuple[int, int]) -> Array:
    """Sum of the start and the trees of these rounds, float32, (n, margins); (0, 0) are all."""
    found = booster.inplace_predict(data, iteration_range=rounds, predict_type="margin")
    return found.reshape(len(found), -1)
