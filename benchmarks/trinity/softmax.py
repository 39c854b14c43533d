"""Softmax regression on uncertain labels: scikit-learn's objective, without a copy of each row a class."""

from typing import Self

import numpy as np
from scipy.optimize import minimize

from etl.engine.types import Array, Csr


class SoftmaxRegression:
    """Minimises ``sum of P[i, k] * -log softmax(X[i] W + b)[k] + |W|^2 / (2 C)`` by L-BFGS.

    A further fit begins where the last one ended.

    Parameters
    ----------
    C : float
        As of scikit-learn's LogisticRegression.
    """

    def __init__(self, C: float = 1.0) -> None:
        self.C = C
        self.weights_: np.ndarray | None = None

    def fit(self, X: Array | Csr, P: np.ndarray) -> Self:
        """Learn.

        Parameters
        ----------
        X : matrix, shape (n, d)
        P : float64 array, shape (n, K)
            Probability of each row's classes.
        """
        shape = (X.shape[1] + 1, P.shape[1])
        begin = np.zeros(shape) if self.weights_ is None else self.weights_
        limits = {"maxiter": 100 if self.weights_ is None else 30, "ftol": 1e-6, "gtol": 1e-6}
        rows = X.T.tocsr() if hasattr(X, "tocsr") else X.T

        def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
            W = flat.reshape(shape)
            Z = _softmax(X @ W[:-1] + W[-1])
            cost = -(P * np.log(np.maximum(Z, 1e-300))).sum() + (W[:-1] ** 2).sum() / (2 * self.C)
            slope = np.vstack([rows @ (Z - P) + W[:-1] / self.C, (Z - P).sum(axis=0)])
            return cost / len(P), slope.ravel() / len(P)

        self.weights_ = minimize(loss, begin.ravel(), jac=True, method="L-BFGS-B", options=limits).x.reshape(
            shape
        )
        return self

    def predict_proba(self, X: Array | Csr) -> np.ndarray:
        """Probability of each class, float64, shape (n, K)."""
        assert self.weights_ is not None
        return _softmax(X @ self.weights_[:-1] + self.weights_[-1])


def _softmax(scores: np.ndarray) -> np.ndarray:
    scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    return scores / scores.sum(axis=1, keepdims=True)
