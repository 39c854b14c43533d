"""The inner loops over documents, compiled for a CPU: one sweep over the non-zeros does all that one would.

Each reads a document's words once, keeps its `k` numbers in the cache, and adds into a table of words. The
array code of `models.topics.products` does the same in several sparse products, and on a device is what runs.
"""

import math

import numpy as np
from numba import njit


@njit(nogil=True, fastmath=True, cache=True)
def gram(indptr, indices, data, weight, Q, out):  # type: ignore[no-untyped-def]
    """Add ``X.T @ diag(weight) @ X @ Q`` to ``out``."""
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
def project(indptr, indices, data, weight, W, P, R):  # type: ignore[no-untyped-def]
    """Write ``X @ W`` into ``P``, and add ``X.T @ diag(weight) @ P`` to ``R``."""
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
def _log_mean(x):  # type: ignore[no-untyped-def]
    """``y, c`` with ``digamma(x) = log(y) + c``: five steps up, then the asymptotic series."""
    one, y = np.float32(1), x + np.float32(5)
    down = one / x + one / (x + 1) + one / (x + 2) + one / (x + 3) + one / (x + 4)
    z = one / y
    square = z * z
    return y, -down - z * np.float32(0.5) - square * (np.float32(1 / 12) - square * np.float32(1 / 120))


@njit(nogil=True, fastmath=True, cache=True)
def mixtures(indptr, indices, data, alpha, B, gamma, inner, words, logs):  # type: ignore[no-untyped-def]
    """``inner`` steps of each document's ``gamma``, in place; adds to ``words`` and ``logs``.

    Returns documents that have words, and the log likelihood: see `models.topics.refine.Expected`.
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
            mass = np.float32(0)
            for j in range(k):
                y, c = _log_mean(g[j])
                t[j] = y * np.float32(math.exp(c))
                mass += g[j]
                total[j] = 0
                if step == inner - 1:
                    logs[j] += math.log(y) + c
            for p in range(begin, end):
                b = B[indices[p]]
                s = np.float32(1e-30)
                for j in range(k):
                    s += t[j] * b[j]
                q = data[p] / s
                share[p - begin] = q
                for j in range(k):
                    total[j] += q * b[j]
            if step < inner - 1:
                for j in range(k):
                    g[j] = alpha[j] + t[j] * total[j]
        y, c = _log_mean(mass)
        norm = math.log(y) + c
        documents += 1
        for p in range(begin, end):
            loss += data[p] * (math.log(data[p] / share[p - begin]) - norm)
            o, q = words[indices[p]], share[p - begin]
            for j in range(k):
                o[j] += q * t[j]
        for j in range(k):
            logs[j] -= norm
            g[j] = alpha[j] + t[j] * total[j]
    return documents, loss
