"""How often series are to be differenced: a test for a level that stays, and the strength of a season."""

import torch

from etl.engine.types import Tensor

LEVEL = 0.463
"""Five percent point of the KPSS statistic about a level (Kwiatkowski et al. 1992, table 1)."""
STRONG = 0.64
"""Strength from which a season is differenced (Hyndman & Athanasopoulos 2021, section 9.9)."""


def kpss(y: Tensor) -> Tensor:
    """Statistic of each series (B, n), shape (B,); large where the level does not stay.

    Gaps count as the mean. Kwiatkowski, Phillips, Schmidt & Shin (1992), equation 13, with
    ``3 sqrt(n) / 13`` lags.

    Examples
    --------
    >>> walk = torch.arange(60, dtype=torch.float64)
    >>> bool(kpss(walk[None]) > LEVEL), bool(kpss((walk % 3)[None]) > LEVEL)
    (True, False)
    """
    seen = ~torch.isnan(y)
    n = seen.sum(1).clamp(min=1)
    e = torch.where(seen, y - y.nanmean(1, keepdim=True), 0)
    lags = (3 * n.sqrt() / 13).floor()
    long = (e * e).sum(1)
    for lag in range(1, min(int(lags.max()), y.shape[1] - 1) + 1):
        weight = (1 - lag / (lags + 1)).clamp(min=0)
        long = long + 2 * weight * (e[:, lag:] * e[:, :-lag]).sum(1)
    return (e.cumsum(1) ** 2).sum(1) / (n * long.clamp(min=1e-300))


def strength(y: Tensor, period: int) -> Tensor:
    """Share of the variance about a moving average that a fixed season explains.

    Wang, Smith & Hyndman (2006), with a classical decomposition.

    Parameters
    ----------
    y : tensor of float64, shape (B, n)
        NaN is a gap.
    period : int
        Length of a season in steps.

    Returns
    -------
    tensor, shape (B,)
        0 to 1.

    Examples
    --------
    >>> wave = torch.tensor([1.0, 2.0, 4.0, 3.0], dtype=torch.float64).repeat(6)[None]
    >>> round(float(strength(wave, 4)), 3)
    1.0
    """
    half = period // 2
    weights = torch.ones(2 * half + 1, dtype=y.dtype, device=y.device)
    if period % 2 == 0:
        weights[0] = weights[-1] = 0.5
    inner = y[:, half : y.shape[1] - half]
    trend = (y.unfold(1, 2 * half + 1, 1) * weights).sum(2) / period
    loose = torch.nn.functional.pad(inner - trend, (0, -inner.shape[1] % period), value=torch.nan)
    cycles = loose.unflatten(1, (-1, period))
    rest = (cycles - cycles.nanmean(1, keepdim=True)).flatten(1)
    spreads = [(part - part.nanmean(1, keepdim=True)).square().nanmean(1) for part in (rest, loose)]
    return (1 - spreads[0] / spreads[1].clamp(min=1e-300)).clamp(min=0).nan_to_num(0.0)


def differences(y: Tensor, period: int, most: int = 2) -> tuple[Tensor, Tensor]:
    """Ordinary and seasonal differences that each series needs (Hyndman & Khandakar 2008, section 3.1).

    Parameters
    ----------
    y : tensor of float64, shape (B, n)
        NaN is a gap.
    period : int
        Length of a season in steps; 1 is none.
    most : int
        Largest d.

    Returns
    -------
    d, D : tensor of int64, shape (B,)
    """
    D = torch.zeros(len(y), dtype=torch.int64, device=y.device)
    if period > 1 and y.shape[1] >= 3 * period:
        D = ((strength(y, period) > STRONG) & ((~torch.isnan(y)).sum(1) >= 3 * period)).long()
        moved = torch.nn.functional.pad(y[:, period:] - y[:, :-period], (period, 0), value=torch.nan)
        y = torch.where((D > 0)[:, None], moved, y)
    d = torch.zeros_like(D)
    for _ in range(most):
        more = (kpss(y) > LEVEL) & (d + 1 < (~torch.isnan(y)).sum(1) - 5)
        step = torch.nn.functional.pad(y[:, 1:] - y[:, :-1], (1, 0), value=torch.nan)
        y, d = torch.where(more[:, None], step, torch.full_like(y, torch.nan)), d + more
    return d, D
