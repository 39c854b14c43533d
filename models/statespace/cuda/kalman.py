"""The Kalman filter and its adjoint on CUDA: a program a series, whose matrices are tiles.

What `models.statespace.kalman` does, float64 alone. ``TRITON_INTERPRET=1`` runs it on a CPU.
"""

import importlib
from typing import Any

import torch

from etl.engine.types import Tensor
from models.statespace.cuda.kalman_step import observed, tile, unobserved, vector

triton: Any = importlib.import_module("triton")  # by name, as the package comes only with PyTorch for CUDA
tl: Any = importlib.import_module("triton.language")


def filter_states(
    y: Tensor, model: tuple[Tensor, ...], states: tuple[Tensor, ...], steps: tuple[Tensor, ...]
) -> None:
    """Fill the states before each observation of each time and after the last, and what each step finds.

    Parameters
    ----------
    y : tensor, shape (B, n, p)
    model : tuple of tensor
        T, Z, H, Q, a1, P1, P1_diffuse, c, each of shape (B, ...) and contiguous.
    states : tuple of tensor, shape (B, n + 1, p + 1, ...)
        Filled: means, variances, diffuse variances. The last time has one state.
    steps : tuple of tensor, shape (B, n, p), the last of (B,)
        Filled: v, F and F_diffuse; the kind, int32, see `models.statespace.kalman_compiled.Run`; the
        log-likelihood.
    """
    count, n, p = y.shape
    _launch(_filter, count, model[0].shape[1], y, model, states, steps, n, p)


def adjoint(
    model: tuple[Tensor, ...], states: tuple[Tensor, ...], steps: tuple[Tensor, ...], by: tuple[Tensor, ...],
    found: tuple[Tensor, ...],
) -> None:  # fmt: skip
    """Fill derivatives by all of the model.

    Parameters
    ----------
    model, states, steps
        See `filter_states`.
    by : tuple of tensor
        Derivatives by v, F, F_diffuse and the log-likelihood.
    found : tuple of tensor
        Filled: those by the parts of the model; Z's and H's for each time, (B, n, p, k) and (B, n, p).
    """
    count, n, p = steps[0].shape
    _launch(_adjoint, count, model[0].shape[1], model, states, steps, by, found, n, p)


def _launch(kernel: Any, count: int, k: int, *given: Any) -> None:
    size = max(16, triton.next_power_of_2(k))  # a product of tiles has 16 rows or more
    with torch.cuda.device_of(given[0] if torch.is_tensor(given[0]) else given[0][0]):
        kernel[(count,)](*given, k, size, num_warps=max(1, min(8, size * size // 256)))


@triton.jit
def _filter(y, model, states, steps, n, p, k, K: tl.constexpr):  # type: ignore[no-untyped-def]
    b = tl.program_id(0).to(tl.int64)
    T, Q = tile(model[0], b, k, K), tile(model[3], b, k, K)
    a, c = vector(model[4], b, k, K), vector(model[7], b, k, K)
    P, D = tile(model[5], b, k, K), tile(model[6], b, k, K)
    loglik = tl.sum(tl.zeros([K], tl.float64), 0)
    for t in range(n):
        for s in range(p):
            _keep(states, a, P, D, (b * (n + 1) + t) * (p + 1) + s, k, K)
            z, h = vector(model[1], b * p + s, k, K), tl.load(model[2] + b * p + s)
            a, P, D, gained = observed(
                tl.load(y + (b * n + t) * p + s), z, h, a, P, D, steps, (b * n + t) * p + s
            )
            loglik += gained
        _keep(states, a, P, D, (b * (n + 1) + t) * (p + 1) + p, k, K)
        a = tl.sum(T * a[None, :], 1) + c
        P = _moved(T, P) + Q
        P, D = (P + tl.trans(P)) / 2, _moved(T, D)
    _keep(states, a, P, D, (b * (n + 1) + n) * (p + 1), k, K)
    tl.store(steps[4] + b, loglik)


@triton.jit
def _moved(T, P):  # type: ignore[no-untyped-def]
    """T P T'."""
    return tl.dot(tl.dot(T, P, out_dtype=tl.float64), tl.trans(T), out_dtype=tl.float64)


@triton.jit
def _keep(states, a, P, D, at, k, K: tl.constexpr):  # type: ignore[no-untyped-def]
    i = tl.arange(0, K)
    row, column = i[:, None], i[None, :]
    inside = (row < k) & (column < k)
    tl.store(states[0] + at * k + i, a, mask=i < k)
    tl.store(states[1] + at * k * k + row * k + column, P, mask=inside)
    tl.store(states[2] + at * k * k + row * k + column, D, mask=inside)


@triton.jit
def _adjoint(model, states, steps, by, found, n, p, k, K: tl.constexpr):  # type: ignore[no-untyped-def]
    b = tl.program_id(0).to(tl.int64)
    T = tile(model[0], b, k, K)
    by_loglik = tl.load(by[3] + b)
    da, dP = tl.zeros([K], tl.float64), tl.zeros([K, K], tl.float64)
    dc = da
    dD, dT, dQ = dP, dP, dP
    for back in range(n):
        t = n - 1 - tl.cast(back, tl.int64)
        after = (b * (n + 1) + t) * (p + 1) + p
        a, P, D = vector(states[0], after, k, K), tile(states[1], after, k, K), tile(states[2], after, k, K)
        PT, DT = tl.dot(dP, T, out_dtype=tl.float64), tl.dot(dD, T, out_dtype=tl.float64)
        dT += 2 * (tl.dot(PT, P, out_dtype=tl.float64) + tl.dot(DT, D, out_dtype=tl.float64))
        dT += da[:, None] * a[None, :]
        dc, dQ = dc + da, dQ + dP
        da = tl.sum(T * da[:, None], 0)
        dP = tl.dot(tl.trans(T), PT, out_dtype=tl.float64)
        dD = tl.dot(tl.trans(T), DT, out_dtype=tl.float64)
        for last in range(p):
            s = p - 1 - last
            at = (b * (n + 1) + t) * (p + 1) + s
            a, P, D = vector(states[0], at, k, K), tile(states[1], at, k, K), tile(states[2], at, k, K)
            dD = tl.where(
                (tl.load(steps[3] + (b * n + t) * p + s) == 2) & (tile(states[2], at + 1, k, K) == 0), 0.0, dD
            )
            z = vector(model[1], b * p + s, k, K)
            da, dP, dD, dz = unobserved(
                z, a, P, D, da, dP, dD, steps, by, by_loglik, found[2], (b * n + t) * p + s
            )
            i = tl.arange(0, K)
            tl.store(found[1] + ((b * n + t) * p + s) * k + i, dz, mask=i < k)
    _keep((found[4], found[5], found[6]), da, dP, dD, b, k, K)
    _keep((found[7], found[0], found[3]), dc, dT, dQ, b, k, K)
