"""Cross entropy of softmax regression and its slope, by blocks of rows whose scores stay in the cache."""

from typing import NamedTuple

from etl.engine import array_namespace, engine_of
from etl.engine.types import Array, Csr

DENSE, SPARSE, ON_GPU = 1 << 10, 1 << 12, 1 << 26
"""Rows of a block: of an array and of a sparse matrix on the CPU, and of either on a GPU."""


class Block(NamedTuple):
    """Some rows with their probabilities.

    Attributes
    ----------
    X : array or CSR matrix, shape (n, columns)
    P : array, shape (classes, n)
        In the precision of the rows.
    weight : array, shape (n,)
        Sums of the probabilities.
    """

    X: Array | Csr
    P: Array
    weight: Array


class CrossEntropy:
    """``C * sum_i loss(softmax(x_i W + b), P_i) + |V|^2 / 2`` with ``W = V * R.T``, and its gradient.

    Scores are in the precision of the rows, sums over blocks in float64.

    Parameters
    ----------
    X : array or CSR matrix of floats, shape (n, columns)
    P : float64 array, shape (n, classes)
    C : float
    R : float64 array, shape (classes, columns) or (1, 1)
    """

    def __init__(self, X: Array | Csr, P: Array, C: float, R: Array) -> None:
        self.xp, self.C, self.R = array_namespace(P), C, R
        self.dtype = X.dtype if X.dtype.kind == "f" else self.xp.dtype("float64")
        self.columns, self.classes = X.shape[1], P.shape[1]
        size = SPARSE if hasattr(X, "tocsr") else DENSE
        size = ON_GPU if engine_of(P).name == "gpu" else size
        self.blocks = [self._block(X, P, begin, begin + size) for begin in range(0, len(P), size)]

    def _block(self, X: Array | Csr, P: Array, begin: int, end: int) -> Block:
        own = self.xp.ascontiguousarray(P[begin:end].T.astype(self.dtype))
        return Block(_rows(X, begin, min(end, len(P))), own, own.sum(axis=0))

    def start(self) -> Array:
        """Zeros: coefficients (columns, classes), then intercepts, in one row."""
        return self.xp.zeros((self.columns + 1) * self.classes)

    def parts(self, z: Array) -> tuple[Array, Array]:
        """Coefficients, shape (columns, classes), and intercepts, shape (classes,)."""
        size = self.columns * self.classes
        return z[:size].reshape(self.columns, self.classes), z[size:]

    def __call__(self, z: Array) -> tuple[Array, Array]:
        """Value, shape (), and gradient, shape of ``z``."""
        V, b = self.parts(z)
        W, b = (V * self.R.T).astype(self.dtype), b.astype(self.dtype)[:, None]
        loss, slope, sums = self.xp.zeros(()), self.xp.zeros(V.shape), self.xp.zeros(self.classes)
        for block in self.blocks:
            own, G = self._errors(block, self.xp.ascontiguousarray((block.X @ W).T) + b)
            loss += own
            slope += _back(block.X, G)
            sums += G.sum(axis=1, dtype="float64")
        value = self.C * loss + (V * V).sum() / 2
        return value, self.xp.concatenate([(self.C * slope * self.R.T + V).ravel(), self.C * sums])

    def _errors(self, block: Block, S: Array) -> tuple[Array, Array]:
        """Loss of a block, and expected less given probabilities, (classes, n), in the scores' place."""
        S -= S.max(axis=0)
        fit = (block.P * S).sum(dtype="float64")
        E = self.xp.exp(S, out=S)
        norm = E.sum(axis=0)
        E *= block.weight / norm
        E -= block.P
        return (block.weight * self.xp.log(norm)).sum(dtype="float64") - fit, E


def _rows(X: Array | Csr, begin: int, end: int) -> Array | Csr:
    """Rows in the memory of the whole."""
    if not hasattr(X, "tocsr"):
        return X[begin:end]
    if (begin, end) == (0, X.shape[0]):
        return X
    first, last = int(X.indptr[begin]), int(X.indptr[end])
    entries = (X.data[first:last], X.indices[first:last], X.indptr[begin : end + 1] - first)
    return engine_of(X).sparse.csr_matrix(entries, shape=(end - begin, X.shape[1]))


def _back(X: Array | Csr, G: Array) -> Array:
    """``X.T @ G.T``, shape (columns, classes)."""
    if hasattr(X, "tocsr"):
        return X.T @ array_namespace(G).ascontiguousarray(G.T)
    return (G @ X).T
