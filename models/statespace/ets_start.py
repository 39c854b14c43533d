"""First states of exponential smoothing (Hyndman et al. 2008, section 2.6.1); free numbers for weights."""

import math
from dataclasses import dataclass

import torch

from etl.engine.types import Tensor
from models.statespace.smoothing import Form

LOW, HIGH = 1e-4, 0.9999
DAMPING = (0.8, 0.98)
GRID = ((0.05, 0.5, 0.05), (0.3, 0.05, 0.1), (0.7, 0.02, 0.1), (0.95, 0.3, 0.02))
"""Values of alpha, beta / alpha and gamma / (1 - alpha) that a search may start from."""


@dataclass(frozen=True)
class Map:
    """From free numbers (B, form.size) to weights within the usual bounds and to first states.

    Squared sines reach a bound at a finite number, with a derivative of zero: a best value there is a minimum
    like any other. States are affine in the rest.

    Attributes
    ----------
    first : tensor, shape (B, 2 + period)
        Level, slope and seasons at zeros.
    unit : tensor, shape (B, form.states)
        What a free number of 1 adds to each.
    """

    form: Form
    first: Tensor
    unit: Tensor

    def weights(self, x: Tensor) -> Tensor:
        """alpha, beta, gamma and phi, (B, 4): beta below alpha, gamma below 1 - alpha."""
        parts = (x[:, : self.form.weights].sin() ** 2).unbind(1)
        part = iter(parts)
        alpha = LOW + (HIGH - LOW) * next(part)
        zero = torch.zeros_like(alpha)
        beta = alpha * (LOW + (HIGH - LOW) * next(part)) if self.form.trend != "N" else zero
        gamma = (1 - alpha) * (LOW + (HIGH - LOW) * next(part)) if self.form.season != "N" else zero
        low, high = DAMPING
        phi = low + (high - low) * next(part) if self.form.damped else zero + 1
        return torch.stack([alpha, beta, gamma, phi], 1)

    def states(self, x: Tensor) -> Tensor:
        """Level, slope and seasons, (B, 2 + period); the last season makes the sum that of the start."""
        free = x[:, self.form.weights :] * self.unit
        level, rest = free[:, :1], free[:, 1:]
        trend = int(self.form.trend != "N")
        slope = rest[:, :1] if trend else torch.zeros_like(level)
        seasons = rest[:, trend:]
        if self.form.season == "N":
            seasons = torch.zeros_like(self.first[:, 2:])
        else:
            seasons = torch.cat([seasons, -seasons.sum(1, keepdim=True)], 1)
        return self.first + torch.cat([level, slope, seasons], 1)


def grid(form: Form, like: Tensor) -> list[Tensor]:
    """First free numbers worth a try.

    Parameters
    ----------
    form : Form
    like : tensor, shape (B, ...)
        Of the device and dtype that are wanted.

    Returns
    -------
    list of tensor, shape (B, form.size)
    """
    out = []
    for alpha, beta, gamma in GRID:
        chosen = [alpha]
        chosen += [beta] if form.trend != "N" else []
        chosen += [gamma] if form.season != "N" else []
        chosen += [0.9] if form.damped else []
        angles = [math.asin(math.sqrt(value)) for value in chosen]
        out.append(like.new_tensor(angles + [0.0] * form.states).expand(len(like), -1))
    return out


def first_states(y: Tensor, start: Tensor, form: Form) -> Map:
    """Level and slope of a line through the first values, seasons as means of what it leaves.

    Parameters
    ----------
    y : tensor of float64, shape (B, n)
        NaN is a gap.
    start : tensor of int64, shape (B,)
        Index of each first value.
    form : Form
    """
    m = form.period if form.season != "N" else 1
    head = _head(y, start, max(3 * m, 10))
    seasons = _seasons(head, m, form.season)
    plain = {"N": head, "A": head - seasons, "M": head / seasons}[form.season]
    window = plain if m > 1 else plain[:, :10]
    slope, level = _line(window)
    unit = (window - level[:, None]).square().nanmean(1).sqrt().clamp(min=1e-8) + 1e-8 * level.abs()
    if form.positive:
        floor = window.nan_to_num(torch.inf).amin(1) / 2
        level = torch.maximum(level, floor)
    if form.trend == "M":
        slope = (1 + slope / level).clamp(0.8, 1.25)
    if form.trend == "N":
        level, slope = window.nanmean(1), torch.zeros_like(slope)
    relative = unit / level.abs().clamp(min=1e-8)
    trend = [relative if form.trend == "M" else unit] if form.trend != "N" else []
    season = [relative if form.season == "M" else unit] * (m - 1)
    seasonal = seasons[:, :m] if m > 1 else torch.zeros_like(level)[:, None]
    first = torch.cat([level[:, None], slope[:, None], seasonal], 1)
    return Map(form, first, torch.stack([unit, *trend, *season], 1))


def _head(y: Tensor, start: Tensor, count: int) -> Tensor:
    """The first ``count`` values of each series, NaN beyond its end."""
    index = start[:, None] + torch.arange(count, device=y.device)
    inside = index < y.shape[1]
    return torch.where(inside, y.gather(1, index.clamp(max=y.shape[1] - 1)), torch.nan)


def _seasons(head: Tensor, m: int, kind: str) -> Tensor:
    """Mean season of the first cycles, repeated along the head; 0 or 1 where nothing is known."""
    if kind == "N":
        return torch.zeros_like(head)
    cycles = head[:, : head.shape[1] // m * m].unflatten(1, (-1, m))
    centre = cycles.nanmean(2, keepdim=True)
    if kind == "A":
        found = (cycles - centre).nanmean(1).nan_to_num(0.0)
        found = found - found.mean(1, keepdim=True)
    else:
        found = (cycles / centre).nanmean(1).nan_to_num(1.0).clamp(min=0.05)
        found = found / found.mean(1, keepdim=True)
    return found.repeat(1, -(-head.shape[1] // m))[:, : head.shape[1]]


def _line(window: Tensor) -> tuple[Tensor, Tensor]:
    """Slope of a straight line through the values that are there, and its value one step before them."""
    seen = ~torch.isnan(window)
    t = torch.where(
        seen, torch.arange(1, window.shape[1] + 1, dtype=window.dtype, device=window.device), torch.nan
    )
    middle, mean = t.nanmean(1, keepdim=True), window.nanmean(1, keepdim=True)
    spread = (t - middle).square().nansum(1)
    slope = ((t - middle) * (window - mean)).nansum(1) / spread.clamp(min=1e-12)
    return slope, (mean - slope[:, None] * middle)[:, 0]
