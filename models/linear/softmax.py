"""Softmax regression on labels that are probabilities, with columns weighed by how they tell classes."""

from typing import Self

from sklearn.base import BaseEstimator, ClassifierMixin

from etl.engine import array_namespace
from etl.engine.types import Array, Csr
from models.linear.cross_entropy import CrossEntropy
from models.linear.lbfgs import minimise


class SoftmaxRegression(ClassifierMixin, BaseEstimator):
    """Multinomial logistic regression with an L2 penalty, on dense or sparse rows where they lie.

    It minimises ``C * sum_i loss(softmax(x_i W + b), P_i) + |W / R|^2 / 2``, where the loss is the cross
    entropy to the probabilities ``P_i`` and ``R`` is 1 or, with ``ratios``, how much more often a column
    occurs in a class than in the others: ``R[k, j] = log(share of j in k / share of j in the rest)``. So
    words that tell a class are free to weigh, and the rest are not; in short texts that gains some points.
    Source of the ratios: Wang and Manning, "Baselines and bigrams: simple, good sentiment and topic
    classification", ACL 2012, section 2.1, here of any number of classes and of soft labels.

    Parameters
    ----------
    C : float
        Inverse of the penalty, as scikit-learn's.
    ratios : bool
        Weigh columns, which hold no negative values then.
    max_iter : int
    tol : float
        See `models.linear.lbfgs.minimise`.

    Attributes
    ----------
    coef_ : float64 array, shape (classes, columns)
    intercept_ : float64 array, shape (classes,)
    classes_ : int64 array, shape (classes,)
    n_features_in_, n_iter_ : int
    stop_reason_ : str

    Examples
    --------
    >>> import numpy
    >>> X, P = numpy.eye(2).repeat(4, axis=0), numpy.array([[0.9, 0.1], [0.2, 0.8]]).repeat(4, axis=0)
    >>> SoftmaxRegression(C=1000.0).fit(X, P).predict_proba(numpy.eye(2)).round(1).tolist()
    [[0.9, 0.1], [0.2, 0.8]]
    """

    soft_labels = True
    passes_over_zeros = True
    """Rows whose probabilities are all 0 do not count, as if they were left out."""

    def __init__(
        self, C: float = 1.0, *, ratios: bool = False, max_iter: int = 60, tol: float = 1e-3
    ) -> None:
        self.C = C
        self.ratios = ratios
        self.max_iter = max_iter
        self.tol = tol

    def fit(self, X: Array | Csr, y: Array, sample_weight: Array | None = None) -> Self:
        """Learn.

        Parameters
        ----------
        X : array or CSR matrix, shape (n, columns)
        y : array, shape (n,) or (n, classes)
            Labels, or the probability of each class.
        sample_weight : array of shape (n,), optional

        Raises
        ------
        ValueError
            Numbers of rows differ.
        """
        P = self._targets(y)
        if X.shape[0] != len(P):
            raise ValueError(
                f"X has {X.shape[0]:,} rows and y {len(P):,}; give a label, or probabilities, a row"
            )
        if sample_weight is not None:
            P = P * sample_weight[:, None]
        xp = array_namespace(P)
        R = ratios(X, P) if self.ratios else xp.ones((1, 1))
        objective = CrossEntropy(X, P, self.C, R)
        found = minimise(objective, objective.start(), steps=self.max_iter, tol=self.tol)
        V, self.intercept_ = objective.parts(found.x)
        self.coef_ = xp.ascontiguousarray((V * R.T).T)
        self.n_features_in_, self.n_iter_, self.stop_reason_ = X.shape[1], found.n_iter, found.reason
        return self

    def _targets(self, y: Array) -> Array:
        xp = array_namespace(y)
        if y.ndim == 2:
            self.classes_ = xp.arange(y.shape[1])
            return y.astype("float64", copy=False)
        self.classes_, codes = xp.unique(y, return_inverse=True)
        return (codes[:, None] == xp.arange(len(self.classes_))).astype("float64")

    def predict_proba(self, X: Array | Csr) -> Array:
        """Probability of each class, float64, shape (n, classes)."""
        xp = array_namespace(self.coef_)
        S = X @ self.coef_.T.astype(X.dtype, copy=False) + self.intercept_
        S = xp.exp(S - S.max(axis=1, keepdims=True))
        return S / S.sum(axis=1, keepdims=True)

    def predict(self, X: Array | Csr) -> Array:
        """Likeliest class of each row, shape (n,)."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


def ratios(X: Array | Csr, P: Array) -> Array:
    """Log ratio of each column's share in a class and in the others, by the rows that hold it.

    Parameters
    ----------
    X : array or CSR matrix, shape (n, columns)
        What is not 0 is there.
    P : float64 array, shape (n, classes)

    Returns
    -------
    float64 array, shape (classes, columns)

    Examples
    --------
    >>> import numpy
    >>> ratios(numpy.eye(2), numpy.eye(2)).round(2).tolist()
    [[0.69, -0.69], [-0.69, 0.69]]
    """
    xp = array_namespace(P)
    if hasattr(X, "tocsr"):
        there = X.tocsr().copy()
        there.data = xp.ones_like(there.data)
    else:
        there = (X != 0).astype("float64")
    counts = (there.T @ P.astype(there.dtype, copy=False)).T.astype("float64") + 1.0
    rest = counts.sum(axis=0) - counts
    shares = [part / part.sum(axis=1, keepdims=True) for part in (counts, rest)]
    return xp.log(shares[0]) - xp.log(shares[1])
