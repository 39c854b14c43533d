"""Sparse products over documents: compiled loops where a CPU holds the counts, array code anywhere else."""

from etl.engine import array_namespace, engine_of
from etl.engine.types import Array, Csr

ROWS = {"cpu": 1 << 12, "gpu": 1 << 16}
"""Rows at a time: what a core's cache holds, or what a launch on a device is worth."""


def gram(X: Csr, weight: Array, Q: Array) -> Array:
    """``X.T @ diag(weight) @ X @ Q``, (words, columns): one sweep over the non-zeros on a CPU.

    Parameters
    ----------
    X : CSR of float, shape (documents, words)
    weight : array of float, shape (documents,)
    Q : array of X's dtype, shape (words, columns)

    Returns
    -------
    array of Q's dtype, shape (words, columns)

    Examples
    --------
    >>> import numpy, scipy.sparse
    >>> X = scipy.sparse.csr_matrix(numpy.array([[1.0, 2.0]]))
    >>> gram(X, numpy.ones(1), numpy.eye(2))
    array([[1., 2.],
           [2., 4.]])
    """
    if engine_of(X).name == "gpu":
        return X.T @ (weight[:, None] * (X @ Q))
    from models.topics import kernels

    out = array_namespace(X).zeros_like(Q)
    kernels.gram(X.indptr, X.indices, X.data, weight, Q, out)
    return out


def project(X: Csr, weight: Array, W: Array) -> tuple[Array, Array]:
    """``P = X @ W`` and ``R = X.T @ diag(weight) @ P``, in one sweep over the non-zeros on a CPU.

    Parameters
    ----------
    X : CSR of float, shape (documents, words)
    weight : array of float, shape (documents,)
    W : array of X's dtype, shape (words, columns)

    Returns
    -------
    P : array of W's dtype, shape (documents, columns)
    R : array of W's dtype, shape (words, columns)
    """
    xp = array_namespace(X)
    if engine_of(X).name == "gpu":
        P = X @ W
        return P, X.T @ (weight[:, None] * P)
    from models.topics import kernels

    P, R = xp.empty((X.shape[0], W.shape[1]), W.dtype), xp.zeros_like(W)
    kernels.project(X.indptr, X.indices, X.data, weight, W, P, R)
    return P, R


def cubes(P: Array, weight: Array, rows: int | None = None) -> Array:
    """``sum over rows d of weight[d] * P[d] x P[d] x P[d]``.

    Each unordered triple is computed once: ``rows`` at a time, a block for each first index.

    Parameters
    ----------
    P : array of float, shape (documents, k)
    weight : array of float, shape (documents,)
    rows : int, optional
        Documents at a time; see `ROWS`.

    Returns
    -------
    array of float64, shape (k, k, k)
        Symmetric.
    """
    engine = engine_of(P)
    xp, rows, k = engine.xp, rows or ROWS[engine.name], P.shape[1]
    T = xp.zeros((k, k, k))
    for begin in range(0, len(P), rows):
        part = xp.ascontiguousarray(P[begin : begin + rows].T)
        scaled = part * weight[begin : begin + rows]
        for i in range(k):
            T[i, i:, i:] += (part[i:] * scaled[i]) @ part[i:].T
    for i in range(k):
        block = T[i, i:, i:]
        T[i:, i, i:] = block
        T[i:, i:, i] = block
    return T


def pairs(A: Array, W: Array, rows: int | None = None) -> Array:
    """``sum over rows v of A[v] x W[v] x W[v]``, in all three placements of A.

    Parameters
    ----------
    A, W : arrays of float, shape (words, k)
    rows : int, optional
        Words at a time; see `ROWS`.

    Returns
    -------
    array of float64, shape (k, k, k)
        Symmetric.
    """
    engine = engine_of(W)
    xp, rows, k = engine.xp, rows or ROWS[engine.name], W.shape[1]
    S = xp.zeros((k, k, k))
    for begin in range(0, len(W), rows):
        a = xp.ascontiguousarray(A[begin : begin + rows].T)
        w = xp.ascontiguousarray(W[begin : begin + rows].T)
        for i in range(k):
            S[i, i:] += (w[i:] * w[i]) @ a.T
    for i in range(k):
        S[i:, i] = S[i, i:]
    return S + S.transpose(0, 2, 1) + S.transpose(2, 0, 1)
