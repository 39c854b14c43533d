"""The likelihood of exponential smoothing models over a batch of series."""

from dataclasses import dataclass
from typing import Any

import torch

from etl.engine.types import Tensor
from models.statespace.compiled import launch

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
        value = y.new_empty(len(y))
        dweights, dfirst = y.new_zeros(weights.shape), y.new_zeros(first.shape)
        given, wanted = (y, start, form.codes, form.period, weights, first), any(ctx.needs_input_grad)
        launch("ets", "smooth", *given, wanted, value, dweights, dfirst)
        ctx.save_for_backward(dweights, dfirst)
        return value

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
    return _Compiled.apply(y, start, form, weights, first)


def run(y: Tensor, start: Tensor, form: Form, weights: Tensor, first: Tensor) -> tuple[Tensor, Tensor]:
    """Run through the data.

    Parameters
    ----------
    y, start, form, weights, first
        See `cost`.

    Returns
    -------
    errors : tensor, shape (B, n)
        Relative where the error is multiplicative; NaN in gaps and before the start.
    last : tensor, shape (B, 2 + period)
        States after the data.
    """
    error, last = y.new_empty(y.shape), y.new_zeros(first.shape)
    launch("ets", "states", y, start, form.codes, form.period, weights, first, error, last)
    return error, last


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
