"""The recursions of exponential smoothing and their adjoint, compiled for a CPU: one series at a time.

Codes: 0 none, 1 additive, 2 multiplicative; the error's is 1 or 2. Weights are alpha, beta, gamma, phi.
Names are those of Hyndman et al. (2008), chapter 2: q is the level expected, mu the value expected.
"""

import numba
import numpy as np


@numba.njit(inline="always")
def _expected(kinds, phi, level, slope, season):  # type: ignore[no-untyped-def]
    """The slope's step, q and mu; not a number where a slope that multiplies is not positive."""
    step, q = 0.0, level
    if kinds[1] == 1:
        step = phi * slope
        q = level + step
    elif kinds[1] == 2:
        step = slope if phi == 1.0 or slope <= 0.0 else slope**phi
        q = level * step if slope > 0.0 else np.nan
    return step, q, q + season if kinds[2] == 1 else (q * season if kinds[2] == 2 else q)


@numba.njit(inline="always")
def _unseasoned(kind, value, season):  # type: ignore[no-untyped-def]
    return value - season if kind == 1 else (value / season if kind == 2 else value)


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _forward(y, kinds, m, weights, first, level, slope, season, error):  # type: ignore[no-untyped-def]
    """Fill one series' states; returns the sums of squares and of logarithms, infinite where none is."""
    kind_e, kind_t, kind_s = kinds
    alpha, beta, gamma, phi = weights[0], weights[1], weights[2], weights[3]
    level[0], slope[0] = first[0], first[1]
    if kind_s:
        for j in range(m):
            season[j] = first[2 + j]
    square = logs = 0.0
    for t in range(len(y)):
        last, s = level[t], season[t] if kind_s else 0.0
        step, q, mu = _expected(kinds, phi, last, slope[t], s)
        if (
            (kind_e == 2 and not mu > 0)
            or (kind_t == 2 and not q > 0)
            or (kind_s == 2 and not (q > 0 and s > 0))
        ):
            return np.inf, np.inf
        value = y[t]
        if np.isnan(value):
            level[t + 1], slope[t + 1], error[t] = q, step, np.nan
            if kind_s:
                season[t + m] = s
            continue
        e = value - mu
        if kind_e == 2:
            e /= mu
            logs += np.log(mu)
        error[t] = e
        square += e * e
        d = _unseasoned(kind_s, value, s) - q
        level[t + 1] = q + alpha * d
        slope[t + 1] = step + (beta * d / last if kind_t == 2 else beta * d)
        if kind_s == 1:
            season[t + m] = s + gamma * (value - q - s)
        elif kind_s == 2:
            season[t + m] = s + gamma * (value / q - s)
    return square, logs


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _backward(  # type: ignore[no-untyped-def]
    y, kinds, m, weights, by_square, by_log, level, slope, season, error, dseason, dweights, dfirst
):
    """Adjoint of `_forward`: derivatives by the weights and by the first states."""
    kind_e, kind_t, kind_s = kinds
    alpha, beta, gamma, phi = weights[0], weights[1], weights[2], weights[3]
    dweights[:], dseason[:], dl, db = 0.0, 0.0, 0.0, 0.0
    for t in range(len(y) - 1, -1, -1):
        last, value, e = level[t], y[t], error[t]
        s, ds_next = (season[t], dseason[t + m]) if kind_s else (0.0, 0.0)
        step, q, mu = _expected(kinds, phi, last, slope[t], s)
        dq, dstep, ds = dl, db, ds_next
        if not np.isnan(value):
            d = _unseasoned(kind_s, value, s) - q
            scale = 1.0 / last if kind_t == 2 else 1.0
            dd = alpha * dl + beta * scale * db
            dweights[0] += d * dl
            dweights[1] += d * scale * db
            if kind_s == 1:
                dweights[2] += (value - q - s) * ds_next
                dq -= gamma * ds_next
                ds += -gamma * ds_next - dd
            elif kind_s == 2:
                dweights[2] += (value / q - s) * ds_next
                dq -= gamma * value / (q * q) * ds_next
                ds += -gamma * ds_next - value / (s * s) * dd
            dq -= dd
            dmu = -2.0 * e * by_square
            if kind_e == 2:
                dmu = (dmu * value / mu + by_log) / mu
            dq += s * dmu if kind_s == 2 else dmu
            ds += q * dmu if kind_s == 2 else dmu
        if kind_t == 2:
            dl = step * dq
            if not np.isnan(value):
                dl -= beta * (_unseasoned(kind_s, value, s) - q) * db / (last * last)
            dstep += last * dq
            dweights[3] += np.log(slope[t]) * step * dstep
            db = phi * step / slope[t] * dstep
        else:
            dl = dq
            if kind_t == 1:
                dstep += dq
                dweights[3] += slope[t] * dstep
                db = phi * dstep
        if kind_s:
            dseason[t] = ds
    dfirst[0], dfirst[1] = dl, db
    if kind_s:
        dfirst[2:] = dseason[:m]


@numba.njit(cache=True, nogil=True, error_model="numpy")
def smooth(y, start, kinds, m, weights, first, wanted, value, dweights, dfirst):  # type: ignore[no-untyped-def]
    """Costs of each series, (B,), and where wanted their derivatives, (B, 4) and (B, 2 + m).

    The cost is minus the log-likelihood a value, less ``(log(2 pi) + 1) / 2``, at the best variance.
    """
    n = y.shape[1]
    level, slope, error = np.empty(n + 1), np.empty(n + 1), np.empty(n)
    season, dseason = np.empty(n + m), np.empty(n + m)
    for b in range(len(y)):
        own = y[b, start[b] :]
        size = 0
        for t in range(len(own)):
            size += not np.isnan(own[t])
        square, logs = _forward(own, kinds, m, weights[b], first[b], level, slope, season, error)
        value[b] = 0.5 * np.log(square / size) + logs / size
        if wanted and np.isfinite(value[b]):
            _backward(
                own, kinds, m, weights[b], 0.5 / square, 1.0 / size, level, slope, season, error,
                dseason[: len(own) + m], dweights[b], dfirst[b],
            )  # fmt: skip


@numba.njit(cache=True, nogil=True, error_model="numpy")
def states(y, start, kinds, m, weights, first, error, last):  # type: ignore[no-untyped-def]
    """Fill the errors, (B, n), NaN before the start, and the states after the data, (B, 2 + m)."""
    n = y.shape[1]
    level, slope, season = np.empty(n + 1), np.empty(n + 1), np.empty(n + m)
    for b in range(len(y)):
        own, size = y[b, start[b] :], n - start[b]
        error[b] = np.nan
        _forward(own, kinds, m, weights[b], first[b], level, slope, season, error[b, start[b] :])
        last[b, 0], last[b, 1] = level[size], slope[size]
        for j in range(last.shape[1] - 2):
            last[b, 2 + j] = season[size + j]
