"""The inner loops over documents, compiled for a CPU: one sweep over the non-zeros does all that one would.

Each reads a document's words once, keeps its `k` numbers in the cache, and adds into a table of words. The
array code of `models.topics.products` does the same in several sparse products, and on a device is what runs.
"""

import math

import numpy as np
from numba import njit


@njit(nogil=True, fastmath=True, cache=True)
def gram(
    indptr: np.ndarray,
    indices: np.ndarray,
    data: np.ndarray,
    weight: np.ndarray,
    Q: np.ndarray,
    out: np.ndarray,
) -> None:
    """Add ``X.T @ diag(weight) @ X @ Q`` to ``out``.

    Parameters
    ----------
    indptr, indices : int arrays, shape (documents + 1,) and (non-zeros,)
        Of X, CSR of shape (documents, words).
    data : float array, shape (non-zeros,)
    weight : float array, shape (documents,)
    Q, out : float arrays, shape (words, k)
    """
    k = Q.shape[1]
    row = np.empty(k, Q.dtype)
    for d in range(len(indptr) - 1):
        if weight[d] == 0:
            continue
        row[:] = 0
        for p in range(indptr[d], indptr[d + 1]):
            c, q = data[p], Q[indices[p]]
            for j in range(k):
                row[j] += c * q[j]
        for j in range(k):
            row[j] *= weight[d]
        for p in range(indptr[d], indptr[d + 1]):
            c, o = data[p], out[indices[p]]
            for j in range(k):
                o[j] += c * row[j]


@njit(nogil=True, fastmath=True, cache=True)
def project(
    indptr: np.ndarray,
    indices: np.ndarray,
    data: np.ndarray,
    weight: np.ndarray,
    W: np.ndarray,
    P: np.ndarray,
    R: np.ndarray,
) -> None:
    """Write ``X @ W`` into ``P``, and add ``X.T @ diag(weight) @ P`` to ``R``.

    Parameters
    ----------
    indptr, indices, data, weight
        See `gram`.
    W, R : float arrays, shape (words, k)
    P : float array, shape (documents, k)
        Need not be initialised.
    """
    k = W.shape[1]
    for d in range(len(indptr) - 1):
        row = P[d]
        row[:] = 0
        for p in range(indptr[d], indptr[d + 1]):
            c, w = data[p], W[indices[p]]
            for j in range(k):
                row[j] += c * w[j]
        if weight[d] == 0:
            continue
        for p in range(indptr[d], indptr[d + 1]):
            c, r = data[p] * weight[d], R[indices[p]]
            for j in range(k):
                r[j] += c * row[j]


@njit(nogil=True, fastmath=True, cache=True)
def _log_mean(x: np.float32) -> tuple[np.float32, np.float32]:
    """``y, c`` with ``digamma(x) = log(y) + c``: five steps up, then the asymptotic series."""
    one, y = np.float32(1), x + np.float32(5)
    down = one / x + one / (x + 1) + one / (x + 2) + one / (x + 3) + one / (x + 4)
    z = one / y
    square = z * z
    return y, -down - z * np.float32(0.5) - square * (np.float32(1 / 12) - square * np.float32(1 / 120))


@njit(nogil=True, fastmath=True, cache=True, inline="always")
def _geometric_means(
    g: np.ndarray, t: np.ndarray, total: np.ndarray, logs: np.ndarray, is_last: bool
) -> np.float32:
    """``t_j = exp(digamma(gamma_j))``, without the factor that topics share; returns the sum of gamma."""
    mass = np.float32(0)
    for j in range(len(g)):
        y, c = _log_mean(g[j])
        t[j] = y * np.float32(math.exp(c))
        mass += g[j]
        total[j] = 0
        if is_last:
            logs[j] += math.log(y) + c
    return mass


@njit(nogil=True, fastmath=True, cache=True, inline="always")
def _responsibilities(
    indices: np.ndarray,
    data: np.ndarray,
    begin: int,
    end: int,
    t: np.ndarray,
    B: np.ndarray,
    share: np.ndarray,
    total: np.ndarray,
) -> None:
    """Equation 6, summed: ``share_v = c_v / sum_j t_j B_vj``; adds ``sum_v share_v B_v`` to ``total``."""
    for p in range(begin, end):
        b = B[indices[p]]
        s = np.float32(1e-30)
        for j in range(len(t)):
            s += t[j] * b[j]
        q = data[p] / s
        share[p - begin] = q
        for j in range(len(t)):
            total[j] += q * b[j]


@njit(nogil=True, fastmath=True, cache=True, inline="always")
def _count(
    indices: np.ndarray,
    data: np.ndarray,
    begin: int,
    end: int,
    t: np.ndarray,
    share: np.ndarray,
    norm: float,
    words: np.ndarray,
    loss: float,
) -> float:
    """Add the expected tokens of a document's words, ``share_v t``; returns loss plus its log likelihood."""
    for p in range(begin, end):
        loss += data[p] * (math.log(data[p] / share[p - begin]) - norm)
        o, q = words[indices[p]], share[p - begin]
        for j in range(len(t)):
            o[j] += q * t[j]
    return loss


@njit(nogil=True, fastmath=True, cache=True)
def mixtures(
    indptr: np.ndarray,
    indices: np.ndarray,
    data: np.ndarray,
    alpha: np.ndarray,
    B: np.ndarray,
    gamma: np.ndarray,
    inner: int,
    words: np.ndarray,
    logs: np.ndarray,
) -> tuple[int, float]:
    """``inner`` steps of each document's ``gamma``, in place; adds to ``words`` and ``logs``.

    Parameters
    ----------
    indptr, indices, data
        See `gram`; float32 counts.
    alpha : float32 array, shape (k,)
    B, words : float32 arrays, shape (words, k)
    gamma : float32 array, shape (documents, k)
    inner : int
        At least 1.
    logs : float64 array, shape (k,)

    Returns
    -------
    documents : int
        With words.
    loss : float
        Log likelihood: see `models.topics.refine.Expected`.
    """
    k, documents, loss = B.shape[1], 0, 0.0
    t, total = np.empty(k, np.float32), np.empty(k, np.float32)
    share = np.empty(1024, np.float32)
    for d in range(len(indptr) - 1):
        begin, end = indptr[d], indptr[d + 1]
        g = gamma[d]
        if begin == end:
            g[:] = alpha
            continue
        if end - begin > len(share):
            share = np.empty(2 * (end - begin), np.float32)
        for step in range(inner):
            mass = _geometric_means(g, t, total, logs, step == inner - 1)
            _responsibilities(indices, data, begin, end, t, B, share, total)
            if step < inner - 1:
                for j in range(k):
                    # equation 7
                    g[j] = alpha[j] + t[j] * total[j]
        y, c = _log_mean(mass)
        norm = math.log(y) + c
        documents += 1
        loss = _count(indices, data, begin, end, t, share, norm, words, loss)
        for j in range(k):
            logs[j] -= norm
            g[j] = alpha[j] + t[j] * total[j]
    return documents, loss
