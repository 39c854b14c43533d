"""A linear classifier as two arrays, which any library trained: applied alike on every device."""

from dataclasses import dataclass
from typing import Self

from etl.engine import array_namespace
from etl.engine.types import Array, Csr, Estimator


@dataclass(frozen=True)
class Linear:
    """Probabilities ``softmax(X @ coef.T + intercept)``; of two classes the first scores 0.

    Attributes
    ----------
    coef : float array, shape (classes, columns); or (1, columns) of two classes
    intercept : float array, shape (classes,) or (1,)
    """

    coef: Array
    intercept: Array

    @classmethod
    def of(cls, fitted: Estimator) -> Self:
        """From a logistic regression of scikit-learn or cuML."""
        xp = array_namespace(fitted.coef_)
        return cls(fitted.coef_.reshape(-1, fitted.coef_.shape[-1]), xp.asarray(fitted.intercept_).ravel())

    @property
    def n_features_in_(self) -> int:
        """Columns."""
        return int(self.coef.shape[1])

    def predict_proba(self, X: Array | Csr) -> Array:
        """Probability of each class, float64.

        Parameters
        ----------
        X : array or CSR matrix, shape (n, columns)

        Returns
        -------
        array, shape (n, classes)
        """
        xp = array_namespace(self.coef)
        scores = (X @ self.coef.T).astype("float64") + self.intercept
        if scores.shape[1] == 1:
            scores = xp.concatenate([xp.zeros_like(scores), scores], axis=1)
        scores = xp.exp(scores - scores.max(axis=1, keepdims=True))
        return scores / scores.sum(axis=1, keepdims=True)
