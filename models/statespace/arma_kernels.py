"""The innovations of ARMA models and their adjoint, compiled for a CPU: one series at a time, in its cache.

Chandrasekhar's recursions (Morf, Sidhu & Kailath 1974): the variance of the state moves by rank one a step,
so a step costs O(r), not O(r ** 2), and stops costing anything once the gain has settled.
"""

import numba
import numpy as np

SETTLED = 1e-17
"""Change of the variance, relative to the innovation's, below which the gain is frozen."""


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _forward(
    w: np.ndarray,
    phi: np.ndarray,
    mean: float,
    gain: np.ndarray,
    first: float,
    a: np.ndarray,
    K: np.ndarray,
    W: np.ndarray,
    M: np.ndarray,
    F: np.ndarray,
    v: np.ndarray,
) -> tuple[float, float, int]:
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
def _frozen(
    phi: np.ndarray,
    frozen: int,
    by_square: float,
    by_log: float,
    a: np.ndarray,
    k: np.ndarray,
    f: float,
    v: np.ndarray,
    da: np.ndarray,
    dK: np.ndarray,
    dphi: np.ndarray,
) -> tuple[float, float]:
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


@numba.njit(error_model="numpy", forceinline=True)
def _moving(
    phi: np.ndarray,
    lead: float,
    k: np.ndarray,
    w: np.ndarray,
    g: float,
    m: float,
    f: float,
    da: np.ndarray,
    dK: np.ndarray,
    dW: np.ndarray,
    dphi: np.ndarray,
) -> tuple[float, float, float, float, float]:
    """Adjoint of one step's vectors, in place; returns the sums that its scalars need.

    ``lead`` is the state's first number and ``g`` the innovation over its variance ``f``.
    """
    r, z = len(phi), w[0]
    dg = lead_a = lead_w = ku = kw = 0.0
    previous_a = previous_u = 0.0
    for i in range(r):
        u = phi[i] * z + (w[i + 1] if i + 1 < r else 0.0)
        du = m * z * dK[i] + dW[i]
        ku += u * dK[i]
        kw += k[i] * dW[i]
        dg += k[i] * da[i]
        dK[i] += g * da[i] - dW[i] * z / f
        dphi[i] += lead * da[i] + z * du
        lead_a += phi[i] * da[i]
        lead_w += phi[i] * du
        previous_a, da[i] = da[i], previous_a
        previous_u, dW[i] = du, previous_u
    return dg, lead_a, lead_w, ku, kw


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _backward(
    phi: np.ndarray,
    frozen: int,
    by_square: float,
    by_log: float,
    a: np.ndarray,
    K: np.ndarray,
    W: np.ndarray,
    M: np.ndarray,
    F: np.ndarray,
    v: np.ndarray,
    da: np.ndarray,
    dK: np.ndarray,
    dW: np.ndarray,
    dphi: np.ndarray,
) -> tuple[float, float]:
    """Adjoint of `_forward`; returns the derivatives by the mean and by the first F."""
    da[:], dK[:], dW[:], dphi[:] = 0.0, 0.0, 0.0, 0.0
    last = min(frozen, len(M) - 1)
    dF, dmean = _frozen(phi, frozen, by_square, by_log, a, K[last], F[last], v, da, dK, dphi)
    dM = 0.0
    for t in range(frozen - 1, -1, -1):
        f, later, m, z, g = F[t], F[t + 1], M[t], W[t, 0], v[t] / F[t]
        dF -= dM * m * f / (later * later)
        df = dM * m / later + dF
        dm, dz = dM * f / later + z * z * dF, 2.0 * m * z * dF
        dg, lead_a, lead_w, ku, kw = _moving(phi, a[t, 0], K[t], W[t], g, m, f, da, dK, dW, dphi)
        dm += z * ku
        dz += m * ku - kw / f
        dv = dg / f + 2.0 * g * by_square
        dF = df + kw * z / (f * f) + by_log / f - g * (dg / f + g * by_square)
        da[0] = lead_a - dv
        dW[0] = lead_w + dz
        dM = dm
        dmean -= dv
    for i in range(len(phi)):
        dK[i] += dW[i]
    return dmean, dF + dM / (F[0] * F[0])


@numba.njit(cache=True, nogil=True, error_model="numpy")
def innovations(
    w: np.ndarray,
    start: np.ndarray,
    phi: np.ndarray,
    mean: np.ndarray,
    gain: np.ndarray,
    first: np.ndarray,
    square: np.ndarray,
    logs: np.ndarray,
    wanted: bool,
    by_phi: np.ndarray,
    by_mean: np.ndarray,
    by_gain: np.ndarray,
    by_first: np.ndarray,
) -> None:
    """Fill the sums of each series and, where wanted, derivatives of ``log(square) / 2 + logs / (2 n)``.

    The objective's weights are known here, so one pass forward and one back give value and gradient.

    Parameters
    ----------
    w : float64 array, shape (B, n)
        Without gaps after ``start``.
    start : int64 array, shape (B,)
        Index of each first value.
    phi, mean, gain, first : float64 array, shape (B, r), (B,), (B, r) and (B,)
        See `models.statespace.arma.stationary`.
    square, logs : float64 array, shape (B,)
        Filled: sums of ``v ** 2 / F`` and of ``log F``.
    wanted : bool
        Whether derivatives are.
    by_phi, by_mean, by_gain, by_first : float64 array, shaped as what they are derivatives by
        Filled.
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
