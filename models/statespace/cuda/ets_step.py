"""One step of exponential smoothing and its adjoint, for Triton: see `models.statespace.cuda.ets`.

Weights ``w`` are alpha, beta, gamma, phi.
"""

import importlib
from typing import Any

triton: Any = importlib.import_module("triton")  # by name, as the package comes only with PyTorch for CUDA
tl: Any = importlib.import_module("triton.language")


@triton.jit
def expected(phi, level, slope, season, TREND: tl.constexpr, SEASON: tl.constexpr):  # type: ignore[no-untyped-def]
    """The slope's step, q and mu; not a number where a slope that multiplies is not positive."""
    step, q = tl.zeros_like(level), level
    if TREND == 1:
        step = phi * slope
        q = level + step
    if TREND == 2:
        power = tl.exp(phi * tl.log(tl.where(slope > 0, slope, 1.0)))
        step = tl.where((slope > 0) & (phi != 1.0), power, slope)
        q = tl.where(slope > 0, level * step, float("nan"))
    mu = q
    if SEASON == 1:
        mu = q + season
    if SEASON == 2:
        mu = q * season
    return step, q, mu


@triton.jit
def possible(q, mu, season, ERROR: tl.constexpr, TREND: tl.constexpr, SEASON: tl.constexpr):  # type: ignore[no-untyped-def]
    """Whether all that multiplies is positive."""
    fine = (q == q) | (q != q)
    if ERROR == 2:
        fine = fine & (mu > 0)
    if TREND == 2:
        fine = fine & (q > 0)
    if SEASON == 2:
        fine = fine & (q > 0) & (season > 0)
    return fine


@triton.jit
def unseasoned(value, season, SEASON: tl.constexpr):  # type: ignore[no-untyped-def]
    """A value without its season."""
    if SEASON == 1:
        value = value - season
    if SEASON == 2:
        value = value / season
    return value


@triton.jit
def moved(w, x, level, slope, season, step, q, TREND: tl.constexpr, SEASON: tl.constexpr):  # type: ignore[no-untyped-def]
    """Level, slope and season after a value."""
    d = unseasoned(x, season, SEASON) - q
    turn = w[1] * d
    if TREND == 2:
        turn = turn / level
    if SEASON == 1:
        season = season + w[2] * ((x - q) - season)
    if SEASON == 2:
        season = season + w[2] * (x / q - season)
    return q + w[0] * d, step + turn, season


@triton.jit
def by_value(  # type: ignore[no-untyped-def]
    w, x, level, q, mu, season, d, dl, db, ds, by_square, by_log,
    ERROR: tl.constexpr, TREND: tl.constexpr, SEASON: tl.constexpr,
):  # fmt: skip
    """Adjoint of a value: derivatives by q and by the season, and by gamma."""
    dmu = -2.0 * (x - mu) * by_square
    if ERROR == 2:
        dmu = (dmu / mu * x / mu + by_log) / mu
    dd = w[0] * dl + w[1] * db
    if TREND == 2:
        dd = w[0] * dl + w[1] / level * db
    dq, now, dgamma = dl - dd, ds, tl.zeros_like(dl)
    if SEASON == 0:
        dq += dmu
    if SEASON == 1:
        dgamma = (x - q - season) * ds
        dq += dmu - w[2] * ds
        now = ds - w[2] * ds - dd + dmu
    if SEASON == 2:
        dgamma = (x / q - season) * ds
        dq += season * dmu - w[2] * x / (q * q) * ds
        now = ds - w[2] * ds - x / (season * season) * dd + q * dmu
    return dq, now, dgamma


@triton.jit
def by_trend(w, level, slope, step, dq, db, dlevel, TREND: tl.constexpr):  # type: ignore[no-untyped-def]
    """Adjoint of the trend: derivatives by level and slope before the step, and by phi.

    ``dlevel`` is what a value adds where a slope multiplies.
    """
    dl, now, dphi = dq, db, tl.zeros_like(dq)
    if TREND == 1:
        dphi = slope * (db + dq)
        now = w[3] * (db + dq)
    if TREND == 2:
        dstep = db + level * dq
        dl = step * dq + dlevel
        dphi = tl.log(slope) * step * dstep
        now = w[3] * step / slope * dstep
    return dl, now, dphi
