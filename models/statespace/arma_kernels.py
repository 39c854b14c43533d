"""The innovations of ARMA models and their adjoint, compiled for a CPU: one series at a time, in its cache.

Chandrasekhar's recursions (Morf, Sidhu & Kailath 1974): the variance of the state moves by rank one a step,
so a step costs O(r), not O(r ** 2), and stops costing anything once the gain has settled.
"""

import numba
import numpy as np

SETTLED = 1e-17
"""Change of the variance, relative to the innovation's, below which the gain is frozen."""


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _forward(w, phi, mean, gain, first, a, K, W, M, F, v):  # type: ignore[no-untyped-def]
    """Fill one series' history; returns the sums of v ** 2 / F and of log F, and where the gain froze."""
    n, r = len(w), len(phi)
    square = logs = 0.0
    a[0], K[0], W[0] = 0.0, gain, gain
    M[0], F[0], frozen = -1.0 / first, first, n
    log_f = np.log(first)
    for t in range(n):
        now, nxt = (t, t + 1) if t < frozen else (frozen, frozen)
        v[t] = w[t] - mean - a[t, 0]
        g, lead, k = v[t] / F[now], a[t, 0], K[now]
        square += v[t] * g
        logs += log_f
        for i in range(r - 1):
            a[t + 1, i] = phi[i] * lead + a[t, i + 1] + k[i] * g
        a[t + 1, r - 1] = phi[r - 1] * lead + k[r - 1] * g
        if now == nxt:
            continue
        z, m, f = W[t, 0], M[t], F[t]
        F[t + 1] = f + m * z * z
        M[t + 1] = m * f / F[t + 1]
        largest = 0.0
        for i in range(r):
            u = phi[i] * z + (W[t, i + 1] if i + 1 < r else 0.0)
            W[t + 1, i] = u - k[i] * z / f
            K[t + 1, i] = k[i] + m * z * u
            largest = max(largest, abs(W[t + 1, i]))
        log_f = np.log(F[t + 1])
        if abs(M[t + 1]) * largest * largest < SETTLED * F[t + 1]:
            frozen = t + 1
    return square, logs, frozen


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _frozen(phi, frozen, by_square, by_log, a, k, f, v, da, dK, dphi):  # type: ignore[no-untyped-def]
    """Adjoint of the steps after the gain froze; returns the derivatives by F and by the mean."""
    r = len(phi)
    dF = dmean = 0.0
    for t in range(len(v) - 1, frozen - 1, -1):
        g, dg, lead = v[t] / f, 0.0, 0.0
        for i in range(r):
            dg += k[i] * da[i]
            dK[i] += g * da[i]
            dphi[i] += a[t, 0] * da[i]
            lead += phi[i] * da[i]
        dv = dg / f + 2.0 * g * by_square
        dF += by_log / f - g * (dg / f + g * by_square)
        for i in range(r - 1, 0, -1):
            da[i] = da[i - 1]
        da[0] = lead - dv
        dmean -= dv
    return dF, dmean


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _backward(phi, frozen, by_square, by_log, a, K, W, M, F, v, da, dK, dW, dphi):  # type: ignore[no-untyped-def]
    """Adjoint of `_forward`; returns the derivatives by the mean and by the first F."""
    r = len(phi)
    da[:], dK[:], dW[:], dphi[:] = 0.0, 0.0, 0.0, 0.0
    at = min(frozen, len(M) - 1)
    dF, dmean = _frozen(phi, frozen, by_square, by_log, a, K[at], F[at], v, da, dK, dphi)
    dM = 0.0
    for t in range(frozen - 1, -1, -1):
        f, later, m, z, g = F[t], F[t + 1], M[t], W[t, 0], v[t] / F[t]
        dF -= dM * m * f / (later * later)
        df = dM * m / later + dF
        dm, dz = dM * f / later + z * z * dF, 2.0 * m * z * dF
        dg = lead_a = lead_w = ku = kw = 0.0
        previous_a = previous_u = 0.0
        for i in range(r):
            u = phi[i] * z + (W[t, i + 1] if i + 1 < r else 0.0)
            du = m * z * dK[i] + dW[i]
            ku += u * dK[i]
            kw += K[t, i] * dW[i]
            dg += K[t, i] * da[i]
            dK[i] += g * da[i] - dW[i] * z / f
            dphi[i] += a[t, 0] * da[i] + z * du
            lead_a += phi[i] * da[i]
            lead_w += phi[i] * du
            previous_a, da[i] = da[i], previous_a
            previous_u, dW[i] = du, previous_u
        dm += z * ku
        dz += m * ku - kw / f
        dv = dg / f + 2.0 * g * by_square
        dF = df + kw * z / (f * f) + by_log / f - g * (dg / f + g * by_square)
        da[0] = lead_a - dv
        dW[0] = lead_w + dz
        dM = dm
        dmean -= dv
    for i in range(r):
        dK[i] += dW[i]
    return dmean, dF + dM / (F[0] * F[0])


@numba.njit(cache=True, nogil=True, error_model="numpy")
def innovations(w, start, phi, mean, gain, first, square, logs, wanted, by_phi, by_mean, by_gain, by_first):  # type: ignore[no-untyped-def]
    """Sums of each series, (B,), and where wanted the derivatives of ``log(square) / 2 + logs / 2 / n``.

    The objective's weights are known here, so one pass forward and one back give value and gradient.
    """
    n, r = w.shape[1], phi.shape[1]
    a, K, W = np.empty((n + 1, r)), np.empty((n + 1, r)), np.empty((n + 1, r))
    M, F, v = np.empty(n + 1), np.empty(n + 1), np.empty(n)
    da, dK, dW = np.empty(r), np.empty(r), np.empty(r)
    for b in range(len(w)):
        s, size = start[b], n - start[b]
        hist = _forward(w[b, s:], phi[b], mean[b], gain[b], first[b], a, K, W, M, F, v)
        square[b], logs[b], frozen = hist
        if wanted:
            by_square, by_log = 0.5 / square[b], 0.5 / size
            by_mean[b], by_first[b] = _backward(
                phi[b], frozen, by_square, by_log, a, K, W, M[: size + 1], F, v[:size], da, dK, dW, by_phi[b]
            )
            by_gain[b] = dK
