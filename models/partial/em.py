"""Candidates for any classifier: expectation maximisation, with weights where probabilities are not taken."""

from sklearn.base import BaseEstimator, ClassifierMixin

from etl.engine import array_namespace
from etl.engine.types import Array, Estimator
from models.crowd.soft_labels import probabilities, weighted_fit


class PartialEM(ClassifierMixin, BaseEstimator):
    """Weighs each candidate by the model's probability of it and fits the model with the weights, in turns.

    Raises the likelihood that `models.partial.classifier.partial_loss` is of, as EM does. Source: Jin
    and Ghahramani, "Learning with multiple labels", NIPS 2002, equations 6 and 7.

    Parameters
    ----------
    estimator : classifier
        With ``predict_proba``; see `models.crowd.soft_labels.weighted_fit`.
    n_iter : int
        Fits.

    Attributes
    ----------
    estimator_ : classifier
    classes_ : int64 array, shape (K,)
    history_ : list of float
        Mean log-likelihood of the candidates after each fit.
    n_iter_ : int
    stop_reason_ : str
    """

    def __init__(self, estimator: Estimator, *, n_iter: int = 4) -> None:
        self.estimator = estimator
        self.n_iter = n_iter

    def fit(self, X: Array, Y: Array) -> "PartialEM":
        """Learn from candidates.

        Parameters
        ----------
        X : array, shape (n, ...)
            Rows as the estimator takes them.
        Y : array, shape (n, K)
            Candidates of each row, 0 or 1, or soft; each row has at least one.
        """
        xp = array_namespace(Y)
        Y = Y.astype("float64")
        self.classes_ = xp.arange(Y.shape[1])
        P, self.history_ = Y / Y.sum(axis=1, keepdims=True), list[float]()
        for _ in range(self.n_iter):
            self.estimator_ = weighted_fit(self.estimator, X, P)
            joint = Y * xp.maximum(probabilities(self.estimator_, X), 1e-12)
            total = joint.sum(axis=1, keepdims=True)
            self.history_.append(float(xp.log(total).mean()))
            P = joint / total
        self.n_iter_ = self.n_iter
        self.stop_reason_ = f"all fits ({self.n_iter}) were made"
        return self

    def predict_proba(self, X: Array) -> Array:
        """Probability of each class, float64, shape (n, K)."""
        return probabilities(self.estimator_, X)

    def predict(self, X: Array) -> Array:
        """Likeliest class of each row."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]
