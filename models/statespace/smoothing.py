"""The likelihood of exponential smoothing models over a batch of series."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from etl.engine.types import Tensor
from models.statespace import ets_kernels

KINDS = {"N": 0, "A": 1, "M": 2}


@dataclass(frozen=True)
class Form:
    """Error, trend and season of a model, each N, A or M, whether the trend is damped, the period.

    Examples
    --------
    >>> Form("A", "A", "N").size, Form("M", "A", "M", True, 12).name
    (4, 'MAdM')
    """

    error: str = "A"
    trend: str = "N"
    season: str = "N"
    damped: bool = False
    period: int = 1

    @property
    def codes(self) -> tuple[int, int, int]:
        """Numbers that the kernels know."""
        return KINDS[self.error], KINDS[self.trend], KINDS[self.season]

    @property
    def name(self) -> str:
        """In letters, as in Hyndman et al. (2008)."""
        return self.error + self.trend + ("d" if self.damped else "") + self.season

    @property
    def weights(self) -> int:
        """Free ones of alpha, beta, gamma, phi."""
        return 1 + (self.trend != "N") + (self.season != "N") + self.damped

    @property
    def states(self) -> int:
        """Free first states; seasons count once less, for their sum or product is the level's."""
        return 1 + (self.trend != "N") + (self.season != "N") * (self.period - 1)

    @property
    def size(self) -> int:
        """Parameters besides the variance."""
        return self.weights + self.states

    @property
    def positive(self) -> bool:
        """Whether it is for positive series only."""
        return "M" in (self.error, self.trend, self.season)


class _Compiled(torch.autograd.Function):
    """Value and gradient in one pass of the compiled kernel."""

    @staticmethod
    def forward(ctx: Any, y: Tensor, start: Tensor, form: Form, weights: Tensor, first: Tensor) -> Tensor:
        given = [np.ascontiguousarray(t.detach().numpy()) for t in (y, start)]
        inner = [np.ascontiguousarray(t.detach().numpy()) for t in (weights, first)]
        value, dweights, dfirst = np.empty(len(y)), np.zeros(weights.shape), np.zeros(first.shape)
        wanted = any(ctx.needs_input_grad)
        ets_kernels.smooth(*given, form.codes, form.period, *inner, wanted, value, dweights, dfirst)
        ctx.save_for_backward(torch.from_numpy(dweights), torch.from_numpy(dfirst))
        return torch.from_numpy(value)

    @staticmethod
    def backward(ctx: Any, *outputs: Tensor) -> Tensor:
        dweights, dfirst = ctx.saved_tensors
        by = outputs[0][:, None]
        return None, None, None, dweights * by, dfirst * by


def cost(y: Tensor, start: Tensor, form: Form, weights: Tensor, first: Tensor) -> Tensor:
    """Minus the log-likelihood a value, less ``(log(2 pi) + 1) / 2`` (Hyndman et al. 2008, equation 5.3).

    Parameters
    ----------
    y : tensor of float64, shape (B, n)
        NaN is a gap: states move on as expected.
    start : tensor of int64, shape (B,)
        Index of each first value.
    form : Form
    weights : tensor, shape (B, 4)
        alpha, beta, gamma, phi; what the form lacks is 0, and phi 1.
    first : tensor, shape (B, 2 + period)
        Level, slope and seasons before the first value.

    Returns
    -------
    tensor, shape (B,)
        Infinite where a multiplicative part meets a state that is not positive.
    """
    if y.device.type == "cpu" and y.dtype == torch.float64:
        return _Compiled.apply(y, start, form, weights, first)
    error, mu, _ = recursion(y, start, form, weights, first)
    seen = ~torch.isnan(error)
    size = seen.sum(1)
    value = 0.5 * (torch.where(seen, error, 0).square().sum(1) / size).log()
    if form.error == "M":
        value = value + torch.where(seen, mu, 1).log().sum(1) / size
    if form.positive:
        value = torch.where((torch.where(seen, mu, 1) > 0).all(1), value, torch.inf)
    return torch.where(torch.isnan(value), torch.inf, value)


def run(y: Tensor, start: Tensor, form: Form, weights: Tensor, first: Tensor) -> tuple[Tensor, Tensor]:
    """Run through the data by the compiled kernel, or by array code on a device.

    Parameters
    ----------
    y, start, form, weights, first
        See `cost`.

    Returns
    -------
    errors : tensor, shape (B, n)
        Relative where the error is multiplicative; NaN in gaps, and from the kernel before the start.
    last : tensor, shape (B, 2 + period)
        States after the data.
    """
    if y.device.type != "cpu" or y.dtype != torch.float64:
        error, _, last = recursion(y, start, form, weights, first)
        return error, last
    error, last = np.empty(tuple(y.shape)), np.empty(tuple(first.shape))
    given = [np.ascontiguousarray(t.detach().numpy()) for t in (y, start, weights, first)]
    ets_kernels.states(given[0], given[1], form.codes, form.period, *given[2:], error, last)
    return torch.from_numpy(error), torch.from_numpy(last)


def expected(state: Tensor, form: Form, phi: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """What is expected next (Hyndman et al. 2008, tables 2.2 and 2.3).

    Parameters
    ----------
    state : tensor, shape (..., 2 + period)
        Level, slope and seasons.
    form : Form
    phi : tensor, shape (...)

    Returns
    -------
    step, q, mu : tensor, shape (...)
        The slope damped, the level, and the value.
    """
    level, slope, season = state[..., 0], state[..., 1], state[..., 2]
    step = slope.clamp(min=1e-300) ** phi if form.trend == "M" else phi * slope
    q = {"N": level, "A": level + step, "M": level * step}[form.trend]
    return step, q, {"N": q, "A": q + season, "M": q * season}[form.season]


def update(y: Tensor, state: Tensor, form: Form, weights: Tensor) -> tuple[Tensor, Tensor]:
    """One step by array code (Hyndman et al. 2008, tables 2.2 and 2.3).

    Parameters
    ----------
    y : tensor, shape (...)
        Values; NaN is a gap, and the states move on as expected.
    state : tensor, shape (..., 2 + period)
        Level, slope and seasons.
    form : Form
    weights : tensor, shape (..., 4)
        alpha, beta, gamma, phi.

    Returns
    -------
    mu : tensor, shape (...)
        Value expected.
    state : tensor, shape (..., 2 + period)
        After the value.
    """
    alpha, beta, gamma, phi = weights.unbind(-1)
    step, q, mu = expected(state, form, phi)
    season = state[..., 2]
    value = torch.where(torch.isnan(y), mu, y)
    d = {"N": value, "A": value - season, "M": value / season}[form.season] - q
    turn = beta * d / state[..., 0] if form.trend == "M" else beta * d
    swing = {"N": 0 * q, "A": value - q - season, "M": value / q - season}[form.season]
    new = torch.stack([q + alpha * d, step + turn, season + gamma * swing], -1)
    return mu, torch.cat([new[..., :2], state[..., 3:], new[..., 2:]], -1)


def recursion(
    y: Tensor, start: Tensor, form: Form, weights: Tensor, first: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """What the kernel does, by array code on any device.

    Parameters
    ----------
    y, start, form, weights, first
        See `cost`.

    Returns
    -------
    errors, values : tensor, shape (B, n)
        NaN in gaps, and as expected.
    state : tensor, shape (B, 2 + period)
        After the data.
    """
    state, errors, values = first, [], []
    for t in range(y.shape[1]):
        mu, moved = update(y[:, t], state, form, weights)
        state = torch.where((t >= start)[:, None], moved, state)
        gap = torch.isnan(y[:, t])
        error = torch.where(gap, mu, y[:, t]) - mu  # no NaN may enter before the derivative
        errors.append(torch.where(gap, torch.nan, error / mu if form.error == "M" else error))
        values.append(mu)
    return torch.stack(errors, 1), torch.stack(values, 1), state
