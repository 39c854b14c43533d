"""The recursions of exponential smoothing and their adjoint, compiled for a CPU: one series at a time.

Codes: 0 none, 1 additive, 2 multiplicative; the error's is 1 or 2. Weights are alpha, beta, gamma, phi.
Names are those of Hyndman et al. (2008), chapter 2: q is the level expected, mu the value expected.
"""

import numba
import numpy as np

Kinds = tuple[int, int, int]
"""Codes of error, trend and season."""


@numba.njit(inline="always")
def _expected(
    kinds: Kinds, phi: float, level: float, slope: float, season: float
) -> tuple[float, float, float]:
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
def _impossible(kinds: Kinds, q: float, mu: float, season: float) -> bool:
    """Whether a part that multiplies meets a number that is not positive."""
    return (
        (kinds[0] == 2 and not mu > 0)
        or (kinds[1] == 2 and not q > 0)
        or (kinds[2] == 2 and not (q > 0 and season > 0))
    )


@numba.njit(inline="always")
def _unseasoned(kind: int, value: float, season: float) -> float:
    return value - season if kind == 1 else (value / season if kind == 2 else value)


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _forward(
    y: np.ndarray,
    kinds: Kinds,
    m: int,
    weights: np.ndarray,
    first: np.ndarray,
    level: np.ndarray,
    slope: np.ndarray,
    season: np.ndarray,
    error: np.ndarray,
) -> tuple[float, float]:
    """Fill one series' states; returns the sums of squares and of logarithms, infinite where none is."""
    kind_e, kind_t, kind_s = kinds
    alpha, beta, gamma, phi = weights[0], weights[1], weights[2], weights[3]
    level[0], slope[0] = first[0], first[1]
    if kind_s:
        season[:m] = first[2 : 2 + m]
    square = logs = 0.0
    for t in range(len(y)):
        last, s = level[t], season[t] if kind_s else 0.0
        step, q, mu = _expected(kinds, phi, last, slope[t], s)
        if _impossible(kinds, q, mu, s):
            return np.inf, np.inf
        value = y[t]
        if np.isnan(value):
            level[t + 1], slope[t + 1], error[t] = q, step, np.nan
            if kind_s:
                season[t + m] = s
            continue
        error[t] = value - mu if kind_e == 1 else (value - mu) / mu
        logs += np.log(mu) if kind_e == 2 else 0.0
        square += error[t] * error[t]
        d = _unseasoned(kind_s, value, s) - q
        level[t + 1] = q + alpha * d
        slope[t + 1] = step + (beta * d / last if kind_t == 2 else beta * d)
        if kind_s:
            season[t + m] = s + gamma * ((value - q if kind_s == 1 else value / q) - s)
    return square, logs


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _by_value(
    kinds: Kinds,
    weights: np.ndarray,
    value: float,
    last: float,
    q: float,
    s: float,
    dmu: float,
    dl: float,
    db: float,
    ds: float,
    dweights: np.ndarray,
) -> tuple[float, float]:
    """Adjoint of a value that is there: derivatives by q and by the season s, from those by what follows."""
    alpha, beta, gamma = weights[0], weights[1], weights[2]
    d = _unseasoned(kinds[2], value, s) - q
    scale = 1.0 / last if kinds[1] == 2 else 1.0
    dd = alpha * dl + beta * scale * db
    dweights[0] += d * dl
    dweights[1] += d * scale * db
    dq, ds_next = dl, ds
    if kinds[2] == 1:
        dweights[2] += (value - q - s) * ds_next
        dq -= gamma * ds_next
        ds += -gamma * ds_next - dd
    elif kinds[2] == 2:
        dweights[2] += (value / q - s) * ds_next
        dq -= gamma * value / (q * q) * ds_next
        ds += -gamma * ds_next - value / (s * s) * dd
    dq -= dd
    dq += s * dmu if kinds[2] == 2 else dmu
    ds += q * dmu if kinds[2] == 2 else dmu
    return dq, ds


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _backward(
    y: np.ndarray,
    kinds: Kinds,
    m: int,
    weights: np.ndarray,
    by_square: float,
    by_log: float,
    level: np.ndarray,
    slope: np.ndarray,
    season: np.ndarray,
    error: np.ndarray,
    dseason: np.ndarray,
    dweights: np.ndarray,
    dfirst: np.ndarray,
) -> None:
    """Adjoint of `_forward`: derivatives by the weights and by the first states."""
    beta, phi = weights[1], weights[3]
    dweights[:], dseason[:], dl, db = 0.0, 0.0, 0.0, 0.0
    for t in range(len(y) - 1, -1, -1):
        last, value = level[t], y[t]
        s, ds = (season[t], dseason[t + m]) if kinds[2] else (0.0, 0.0)
        step, q, mu = _expected(kinds, phi, last, slope[t], s)
        dq, dstep, seen = dl, db, not np.isnan(value)
        if seen:
            dmu = -2.0 * error[t] * by_square
            if kinds[0] == 2:
                dmu = (dmu * value / mu + by_log) / mu
            dq, ds = _by_value(kinds, weights, value, last, q, s, dmu, dl, db, ds, dweights)
        if kinds[1] == 2:
            dl = step * dq
            if seen:
                dl -= beta * (_unseasoned(kinds[2], value, s) - q) * db / (last * last)
            dstep += last * dq
            dweights[3] += np.log(slope[t]) * step * dstep
            db = phi * step / slope[t] * dstep
        else:
            dl = dq
            if kinds[1] == 1:
                dstep += dq
                dweights[3] += slope[t] * dstep
                db = phi * dstep
        if kinds[2]:
            dseason[t] = ds
    dfirst[0], dfirst[1] = dl, db
    if kinds[2]:
        dfirst[2:] = dseason[:m]


@numba.njit(cache=True, nogil=True, error_model="numpy")
def smooth(
    y: np.ndarray,
    start: np.ndarray,
    kinds: Kinds,
    m: int,
    weights: np.ndarray,
    first: np.ndarray,
    wanted: bool,
    value: np.ndarray,
    dweights: np.ndarray,
    dfirst: np.ndarray,
) -> None:
    """Fill the cost of each series and, where wanted, its derivatives.

    The cost is minus the log-likelihood a value, less ``(log(2 pi) + 1) / 2``, at the best variance.

    Parameters
    ----------
    y : float64 array, shape (B, n)
        NaN is a gap.
    start : int64 array, shape (B,)
        Index of each first value.
    kinds : tuple of 3 int
    m : int
        Length of a season.
    weights : float64 array, shape (B, 4)
    first : float64 array, shape (B, 2 + m)
        Level, slope and seasons before the first value.
    wanted : bool
        Whether derivatives are.
    value : float64 array, shape (B,)
        Filled; infinite where a part that multiplies meets a number that is not positive.
    dweights, dfirst : float64 array, shape (B, 4) and (B, 2 + m)
        Filled where wanted and finite.
    """
    n = y.shape[1]
    level, slope, error = np.empty(n + 1), np.empty(n + 1), np.empty(n)
    season, dseason = np.empty(n + m), np.empty(n + m)
    for b in range(len(y)):
        series = y[b, start[b] :]
        size = 0
        for t in range(len(series)):
            size += not np.isnan(series[t])
        square, logs = _forward(series, kinds, m, weights[b], first[b], level, slope, season, error)
        value[b] = 0.5 * np.log(square / size) + logs / size
        if wanted and np.isfinite(value[b]):
            _backward(
                series, kinds, m, weights[b], 0.5 / square, 1.0 / size, level, slope, season, error,
                dseason[: len(series) + m], dweights[b], dfirst[b],
            )  # fmt: skip


@numba.njit(cache=True, nogil=True, error_model="numpy")
def states(
    y: np.ndarray,
    start: np.ndarray,
    kinds: Kinds,
    m: int,
    weights: np.ndarray,
    first: np.ndarray,
    error: np.ndarray,
    last: np.ndarray,
) -> None:
    """Fill the errors, and the states after the data.

    Parameters
    ----------
    y, start, kinds, m, weights, first
        See `smooth`.
    error : float64 array, shape (B, n)
        Filled; NaN before the start and in gaps.
    last : float64 array, shape (B, 2 + m)
        Filled: level, slope and seasons.
    """
    n = y.shape[1]
    level, slope, season = np.empty(n + 1), np.empty(n + 1), np.empty(n + m)
    for b in range(len(y)):
        series, size = y[b, start[b] :], n - start[b]
        error[b] = np.nan
        _forward(series, kinds, m, weights[b], first[b], level, slope, season, error[b, start[b] :])
        last[b, 0], last[b, 1] = level[size], slope[size]
        for j in range(last.shape[1] - 2):
            last[b, 2 + j] = season[size + j]
