"""The recursions of exponential smoothing and their adjoint on CUDA: a thread a series, a program a warp.

What `models.statespace.ets_kernels` does, with its names and codes. States that the way back needs lie in
device memory, time by time, so that neighbours read neighbours. ``TRITON_INTERPRET=1`` runs it on a CPU.
"""

import importlib
from typing import Any

import torch

from etl.engine.types import Tensor
from models.statespace.cuda import WARP
from models.statespace.cuda.ets_step import by_trend, by_value, expected, moved, possible, unseasoned

triton: Any = importlib.import_module("triton")  # by name, as the package comes only with PyTorch for CUDA
tl: Any = importlib.import_module("triton.language")

Kinds = tuple[int, int, int]


def smooth(
    y: Tensor,
    start: Tensor,
    kinds: Kinds,
    m: int,
    weights: Tensor,
    first: Tensor,
    wanted: bool,
    value: Tensor,
    dweights: Tensor,
    dfirst: Tensor,
) -> None:
    """Fill the cost of each series and, where wanted, its derivatives: see `models.statespace.ets_kernels`.

    Parameters
    ----------
    y, start, kinds, m, weights, first, wanted, value, dweights, dfirst
        See there; tensors.
    """
    _launch(y, start, kinds, m, weights, first, (value, dweights, dfirst), (value, first), wanted, False)


def states(
    y: Tensor,
    start: Tensor,
    kinds: Kinds,
    m: int,
    weights: Tensor,
    first: Tensor,
    error: Tensor,
    last: Tensor,
) -> None:
    """Fill the errors, and the states after the data: see `models.statespace.ets_kernels.states`.

    Parameters
    ----------
    y, start, kinds, m, weights, first, error, last
        See there; tensors.
    """
    value, by_time = torch.empty_like(y[:, 0]), torch.full_like(y.mT, torch.nan).contiguous()
    _launch(y, start, kinds, m, weights, first, (value, weights, first), (by_time, last), False, True)
    error.copy_(by_time.mT)


def _launch(
    y: Tensor, start: Tensor, kinds: Kinds, m: int, weights: Tensor, first: Tensor,
    results: tuple[Tensor, Tensor, Tensor], after: tuple[Tensor, Tensor], wanted: bool, states: bool,
) -> None:  # fmt: skip
    count, n = y.shape
    levels, slopes = y.new_empty(2, n, count)
    seasons, dseasons = y.new_zeros(2, n + m, count) if kinds[2] else (levels, slopes)
    with torch.cuda.device_of(y):
        _smooth[(triton.cdiv(count, WARP),)](
            y.mT.contiguous(), start, weights, first, (levels, slopes, seasons, dseasons), *results, *after,
            count, n, m, *kinds, wanted, states, WARP, num_warps=1,
        )  # fmt: skip


@triton.jit
def _smooth(  # type: ignore[no-untyped-def]
    y, start, weights, first, history, value, dweights, dfirst, error, last, count, n, m,
    ERROR: tl.constexpr, TREND: tl.constexpr, SEASON: tl.constexpr,
    WANTED: tl.constexpr, STATES: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    b = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    on = b < count
    begin = tl.load(start + b, mask=on, other=n)
    w = _four(weights + b * 4, on)
    square, logs, size, level, slope = _forward(
        y, begin, w, first, history, error, b, on, count, n, m, ERROR, TREND, SEASON, STATES
    )
    if STATES:
        _finish(last, level, slope, history[2], b, on, begin * 0 + n, count, m, SEASON)
    cost = 0.5 * tl.log(square / size) + logs / size
    tl.store(value + b, cost, mask=on)
    if WANTED:
        good = on & (cost - cost == 0)
        dl, db, dw = _backward(
            y, begin, w, history, 0.5 / square, 1.0 / size, b, good, count, n, m, ERROR, TREND, SEASON
        )
        _finish(dfirst, dl, db, history[3], b, good, begin, count, m, SEASON)
        for i in tl.static_range(4):
            tl.store(dweights + b * 4 + i, dw[i], mask=good)


@triton.jit
def _four(at, on):  # type: ignore[no-untyped-def]
    a, b = tl.load(at, mask=on, other=0.0), tl.load(at + 1, mask=on, other=0.0)
    return a, b, tl.load(at + 2, mask=on, other=0.0), tl.load(at + 3, mask=on, other=1.0)


@triton.jit
def _finish(out, level, slope, seasons, b, on, time, count, m, SEASON: tl.constexpr):  # type: ignore[no-untyped-def]
    """Level, slope and the seasons from a time on, as a row."""
    out += b * (2 + m)
    tl.store(out, level, mask=on)
    tl.store(out + 1, slope, mask=on)
    if SEASON:
        for j in range(m):
            tl.store(out + 2 + j, tl.load(seasons + (time + j) * count + b, mask=on, other=0.0), mask=on)


@triton.jit
def _forward(  # type: ignore[no-untyped-def]
    y, begin, w, first, history, error, b, on, count, n, m,
    ERROR: tl.constexpr, TREND: tl.constexpr, SEASON: tl.constexpr, STATES: tl.constexpr,
):  # fmt: skip
    """Sums of squares and logarithms, infinite where none is, values seen, the last level and slope."""
    first += b * (2 + m)
    level, slope = tl.load(first, mask=on, other=1.0), tl.load(first + 1, mask=on, other=1.0)
    if SEASON:
        for j in range(m):
            tl.store(history[2] + (begin + j) * count + b, tl.load(first + 2 + j, mask=on), mask=on)
    square, logs, size = tl.zeros_like(level), tl.zeros_like(level), tl.zeros_like(level)
    alive = on
    for t in range(n):
        at = tl.cast(t, tl.int64) * count + b
        begun = t >= begin
        season = tl.load(history[2] + at, mask=alive & begun & (SEASON > 0), other=1.0)
        step, q, mu = expected(w[3], level, slope, season, TREND, SEASON)
        alive = alive & (possible(q, mu, season, ERROR, TREND, SEASON) | (begun == 0))
        live = alive & begun
        tl.store(history[0] + at, level, mask=live)
        tl.store(history[1] + at, slope, mask=live)
        x = tl.load(y + at, mask=live, other=float("nan"))
        seen = live & (x == x)
        x = tl.where(seen, x, mu)
        e = x - mu
        if ERROR == 2:
            e = e / mu
            logs += tl.where(seen, tl.log(tl.where(seen, mu, 1.0)), 0.0)
        square += tl.where(seen, e * e, 0.0)
        size += tl.where(seen, 1.0, 0.0)
        if STATES:
            tl.store(error + at, e, mask=seen)
        new, turned, swung = moved(w, x, level, slope, season, step, q, TREND, SEASON)
        if SEASON:
            later = history[2] + at + tl.cast(m, tl.int64) * count
            tl.store(later, tl.where(seen, swung, season), mask=live)
        level = tl.where(live, tl.where(seen, new, q), level)
        slope = tl.where(live, tl.where(seen, turned, step), slope)
    infinite = tl.where(alive, 0.0, float("inf"))
    return square + infinite, logs + infinite, size, level, slope


@triton.jit
def _backward(  # type: ignore[no-untyped-def]
    y, begin, w, history, by_square, by_log, b, good, count, n, m,
    ERROR: tl.constexpr, TREND: tl.constexpr, SEASON: tl.constexpr,
):  # fmt: skip
    """Derivatives by the first level and slope and by the weights; those by seasons are stored."""
    dl, db = tl.zeros_like(by_square), tl.zeros_like(by_square)
    dalpha, dbeta, dgamma, dphi = dl, dl, dl, dl
    for back in range(n):
        at = tl.cast(n - 1 - back, tl.int64) * count + b
        live = good & (n - 1 - back >= begin)
        swings = live & (SEASON > 0)
        level, slope = (
            tl.load(history[0] + at, mask=live, other=1.0),
            tl.load(history[1] + at, mask=live, other=1.0),
        )
        season = tl.load(history[2] + at, mask=swings, other=1.0)
        ds = tl.load(history[3] + at + tl.cast(m, tl.int64) * count, mask=swings, other=0.0)
        x = tl.load(y + at, mask=live, other=float("nan"))
        seen = live & (x == x)
        step, q, mu = expected(w[3], level, slope, season, TREND, SEASON)
        x = tl.where(seen, x, mu)
        d = unseasoned(x, season, SEASON) - q
        dq, now, gamma = by_value(
            w, x, level, q, mu, season, d, dl, db, ds, by_square, by_log, ERROR, TREND, SEASON
        )
        if SEASON:
            tl.store(history[3] + at, tl.where(seen, now, ds), mask=live)
        turn = d * db
        if TREND == 2:
            turn = turn / level
        dalpha += tl.where(seen, d * dl, 0.0)
        dbeta += tl.where(seen, turn, 0.0)
        dgamma += tl.where(seen, gamma, 0.0)
        back_dl, back_db, phi = by_trend(
            w,
            level,
            slope,
            step,
            tl.where(seen, dq, dl),
            db,
            tl.where(seen, -w[1] * turn / level, 0.0),
            TREND,
        )
        dphi += tl.where(live, phi, 0.0)
        dl, db = tl.where(live, back_dl, dl), tl.where(live, back_db, db)
    return dl, db, (dalpha, dbeta, dgamma, dphi)
