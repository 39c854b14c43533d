"""The innovations of ARMA models and their adjoint on CUDA: a thread a series, a program a warp.

What `models.statespace.arma_kernels` does, with its names. Histories lie in device memory, time by time, so
that neighbours read neighbours. ``TRITON_INTERPRET=1`` runs it on a CPU.
"""

import importlib
from typing import Any

import torch

from etl.engine.types import Tensor
from models.statespace.cuda import WARP
from models.statespace.cuda.arma_step import begun, by_frozen, by_moving, settled, stepped

triton: Any = importlib.import_module("triton")  # by name, as the package comes only with PyTorch for CUDA
tl: Any = importlib.import_module("triton.language")

MOST = 2**30
"""Bytes of gains' histories at a time; more series are taken in parts."""


def innovations(
    w: Tensor,
    start: Tensor,
    phi: Tensor,
    mean: Tensor,
    gain: Tensor,
    first: Tensor,
    square: Tensor,
    logs: Tensor,
    wanted: bool,
    by_phi: Tensor,
    by_mean: Tensor,
    by_gain: Tensor,
    by_first: Tensor,
) -> None:
    """Fill sums and, where wanted, derivatives: see `models.statespace.arma_kernels.innovations`.

    Parameters
    ----------
    w, start, phi, mean, gain, first, square, logs, wanted, by_phi, by_mean, by_gain, by_first
        See there; tensors.
    """
    given = (w, start, phi, mean, gain, first)
    for part in _parts(w, phi):
        own = tuple(each[part] for each in given)
        _, (dphi, dgain) = _launch(own, square[part], logs[part], wanted, by_mean[part], by_first[part])
        by_phi[part], by_gain[part] = dphi.mT, dgain.mT


def residuals(
    w: Tensor,
    start: Tensor,
    phi: Tensor,
    mean: Tensor,
    gain: Tensor,
    first: Tensor,
    v: Tensor,
    F: Tensor,
    a: Tensor,
    change: Tensor,
) -> None:
    """Fill what `models.statespace.arma.Residuals` names.

    Parameters
    ----------
    w, start, phi, mean, gain, first
        See `innovations`.
    v, F : tensor, shape (B, n)
        Filled; 0 and 1 before the start.
    a : tensor, shape (B, r)
        Filled: the predicted state after the last value.
    change : tensor, shape (B, r, r)
        Filled: its variance, less that at the start.
    """
    given, times = (w, start, phi, mean, gain, first), torch.arange(w.shape[1], device=w.device)[:, None]
    for part in _parts(w, phi):
        sums = w.new_empty(4, len(w[part]))
        own = tuple(each[part] for each in given)
        found, _ = _launch(own, sums[0], sums[1], False, sums[2], sums[3])
        on, frozen = times >= start[part], found.frozen
        v[part] = torch.where(on, found.v, 0).mT
        F[part] = torch.where(on, found.F.gather(0, torch.minimum(times, frozen)), 1).mT
        # P' = P + M W W' at each step; past where the gain froze nothing is left to add.
        moves = (on & (times < frozen))[:, None]
        W = torch.where(moves, found.W[:-1], 0)
        M = torch.where(moves, found.M[:-1, None], 0)
        a[part], change[part] = found.a.mT, torch.einsum("tib,tjb->bij", M * W, W)


def _parts(w: Tensor, phi: Tensor) -> list[slice]:
    size = max(WARP, MOST // (16 * (w.shape[1] + 1) * phi.shape[1]))
    return [slice(at, at + size) for at in range(0, len(w), size)]


class _History:
    """Memory for one launch: by time, then by state, then by series.

    Attributes
    ----------
    K, W : tensor, shape (n + 1, r, B)
    M, F : tensor, shape (n + 1, B)
    v, lead : tensor, shape (n, B)
        Innovations, and the first numbers of the states.
    a, da, dW : tensor, shape (r, B)
    frozen : tensor of int64, shape (B,)
        Time from which the gain stays.
    """

    def __init__(self, w: Tensor, r: int) -> None:
        count, n = w.shape
        self.K, self.W = w.new_empty(2, n + 1, r, count)
        self.M, self.F = w.new_empty(2, n + 1, count)
        self.v, self.lead = w.new_empty(2, n, count)
        self.a, self.da, self.dW = w.new_zeros(3, r, count)
        self.frozen = torch.full((count,), n, device=w.device)


def _launch(
    given: tuple[Tensor, ...], square: Tensor, logs: Tensor, wanted: bool, by_mean: Tensor, by_first: Tensor
) -> tuple[_History, tuple[Tensor, Tensor]]:
    w, start, phi, mean, gain, first = given
    (count, n), r = w.shape, phi.shape[1]
    h, (dphi, dgain) = _History(w, r), w.new_zeros(2, r, count)
    with torch.cuda.device_of(w):
        _innovations[(triton.cdiv(count, WARP),)](
            w.mT.contiguous(), start, phi.mT.contiguous(), mean, gain.mT.contiguous(), first,
            (h.a, h.K, h.W, h.M, h.F, h.v, h.lead), (h.da, dgain, h.dW, dphi), h.frozen,
            square, logs, by_mean, by_first, count, n, r, wanted, WARP, num_warps=1,
        )  # fmt: skip
    return h, (dphi, dgain)


@triton.jit
def _innovations(  # type: ignore[no-untyped-def]
    w, start, phi, mean, gain, first, history, adjoint, frozen, square, logs, by_mean, by_first, count, n, r,
    WANTED: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    b = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    on = b < count
    begin = tl.load(start + b, mask=on, other=n)
    f0 = tl.load(first + b, mask=on, other=1.0)
    begun(gain, history, f0, begin, b, on, count, r)
    ss, ll, froze = _forward(
        w, phi, tl.load(mean + b, mask=on, other=0.0), history, f0, begin, b, on, count, n, r
    )
    tl.store(frozen + b, froze, mask=on)
    tl.store(square + b, ss, mask=on)
    tl.store(logs + b, ll, mask=on)
    if WANTED:
        by_square, by_log = 0.5 / ss, 0.5 / (n - begin).to(tl.float64)
        dmean, dfirst = _backward(
            phi, history, adjoint, by_square, by_log, f0, froze, begin, b, on, count, n, r
        )
        tl.store(by_mean + b, dmean, mask=on)
        tl.store(by_first + b, dfirst, mask=on)


@triton.jit
def _forward(w, phi, mean, history, f0, begin, b, on, count, n, r):  # type: ignore[no-untyped-def]
    """Sums of v ** 2 / F and of log F, and where the gain froze; histories are stored."""
    square, logs = tl.zeros_like(f0), tl.zeros_like(f0)
    m, f, log_f, frozen = -1.0 / f0, f0, tl.log(f0), begin * 0 + n
    for t in range(n):
        at = tl.cast(t, tl.int64) * count + b
        live = on & (t >= begin)
        lead = tl.load(history[0] + b, mask=live, other=0.0)
        v = tl.load(w + at, mask=live, other=0.0) - mean - lead
        tl.store(history[5] + at, v, mask=live)
        tl.store(history[6] + at, lead, mask=live)
        square += tl.where(live, v * (v / f), 0.0)
        logs += tl.where(live, log_f, 0.0)
        stepped(phi, history, lead, v / f, tl.minimum(frozen, t), b, live, count, r)
        moving = live & (t < frozen)
        if tl.max(moving.to(tl.int32), 0) > 0:
            later, m_later, largest = settled(phi, history, m, f, t, b, moving, count, r)
            still = tl.abs(m_later) * largest * largest < 1e-17 * later  # SETTLED of arma_kernels
            m, f = tl.where(moving, m_later, m), tl.where(moving, later, f)
            log_f = tl.where(moving, tl.log(tl.where(moving, later, 1.0)), log_f)
            frozen = tl.where(moving & still, t + 1, frozen)
    return square, logs, frozen


@triton.jit
def _backward(  # type: ignore[no-untyped-def]
    phi, history, adjoint, by_square, by_log, f0, frozen, begin, b, on, count, n, r
):
    """Adjoint of `_forward`: derivatives by the mean and by the first F; those by phi and gain are stored."""
    dF, dM, dmean = tl.zeros_like(f0), tl.zeros_like(f0), tl.zeros_like(f0)
    f = tl.load(history[4] + tl.minimum(frozen, n) * count + b, mask=on, other=1.0)
    for back in range(n - tl.min(tl.where(on, frozen, n), 0)):
        t = n - 1 - tl.cast(back, tl.int64)
        live = on & (t >= frozen)
        g = tl.load(history[5] + t * count + b, mask=live, other=0.0) / f
        dg = by_frozen(phi, history, adjoint, g, 2.0 * g * by_square, f, frozen, t, b, live, count, r)
        dF += tl.where(live, by_log / f - g * (dg / f + g * by_square), 0.0)
        dmean -= tl.where(live, dg / f + 2.0 * g * by_square, 0.0)
    last = tl.max(tl.where(on, frozen, 0), 0)
    for back in range(last - tl.min(tl.where(on, begin, n), 0)):
        t = last - 1 - tl.cast(back, tl.int64)
        at = t * count + b
        live = on & (t < frozen) & (t >= begin)
        f, m = tl.load(history[4] + at, mask=live, other=1.0), tl.load(history[3] + at, mask=live, other=0.0)
        later = tl.load(history[4] + at + count, mask=live, other=1.0)
        g = tl.load(history[5] + at, mask=live, other=0.0) / f
        z = tl.load(history[2] + t * count * r + b, mask=live, other=0.0)
        by_later = dF - dM * m * f / (later * later)
        dz, dm = 2.0 * m * z * by_later, dM * f / later + z * z * by_later
        dg, ku, kw = by_moving(
            phi, history, adjoint, g, 2.0 * g * by_square, m, f, z, dz, t, b, live, count, r
        )
        moved = dM * m / later + by_later + kw * z / (f * f) + by_log / f - g * (dg / f + g * by_square)
        dF, dM = tl.where(live, moved, dF), tl.where(live, dm + z * ku, dM)
        dmean -= tl.where(live, dg / f + 2.0 * g * by_square, 0.0)
    for i in range(r):
        at = tl.cast(i, tl.int64) * count + b
        dK = tl.load(adjoint[1] + at, mask=on, other=0.0) + tl.load(adjoint[2] + at, mask=on, other=0.0)
        tl.store(adjoint[1] + at, dK, mask=on)
    return dmean, dF + dM / (f0 * f0)
