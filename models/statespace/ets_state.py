"""Where fitted exponential smoothing models stand after their data, and where they go from there."""

from dataclasses import dataclass, replace

import torch

from etl.engine.types import Tensor
from models.statespace.ets_fit import Fitted
from models.statespace.forecaster import first_value, normal_bounds
from models.statespace.smoothing import Form, run, update

PATHS = 2000
"""Simulated futures of a series whose intervals have no closed form."""


@dataclass(frozen=True)
class Last:
    """Where a model stands after the data.

    Attributes
    ----------
    form : Form
    weights : tensor, shape (B, 4)
        alpha, beta, gamma, phi.
    state : tensor, shape (B, 2 + period)
        Level, slope and seasons.
    errors : tensor, shape (B, n)
        One-step errors, relative where the error is multiplicative.
    variance : tensor, shape (B,)
        Of an error.
    seed : int
        Of simulated intervals.
    """

    form: Form
    weights: Tensor
    state: Tensor
    errors: Tensor
    variance: Tensor
    seed: int

    def forecast(self, horizon: int, levels: tuple[float, ...]) -> list[Tensor]:
        """Mean, then the lower and upper bound of each level, each of shape (B, horizon)."""
        mean = self._mean(horizon)
        if not self.form.positive:
            return normal_bounds(mean, self._spread(horizon) * self.variance[:, None], levels)
        return [mean, *self._simulated(horizon, levels)] if levels else [mean]

    def after(self, y: Tensor, count: Tensor) -> "Last":
        """Where it stands after further values, (B, n); the last ``count`` of each row are a series'."""
        errors, state = run(y.contiguous(), y.shape[1] - count, self.form, self.weights, self.state)
        return replace(self, state=state, errors=errors)

    def scores(self) -> Tensor:
        """One-step errors over their standard deviations, shape (B, n); 0 where nothing varies."""
        deviation = self.variance.sqrt()[:, None]
        return self.errors / torch.where(deviation > 0, deviation, 1)

    def _mean(self, horizon: int) -> Tensor:
        state, out, gap = self.state, [], torch.full_like(self.variance, torch.nan)
        for _ in range(horizon):
            mu, state = update(gap, state, self.form, self.weights)
            out.append(mu)
        return torch.stack(out, 1)

    def _spread(self, horizon: int) -> Tensor:
        """Variances over that of an error: what one does later (Hyndman et al. 2008, 6.1)."""
        _, state = update(torch.ones_like(self.variance), 0 * self.state, self.form, self.weights)
        effect = [torch.ones_like(self.variance)]
        gap = torch.full_like(self.variance, torch.nan)
        for _ in range(horizon - 1):
            mu, state = update(gap, state, self.form, self.weights)
            effect.append(mu)
        return (torch.stack(effect, 1) ** 2).cumsum(1)

    def _simulated(self, horizon: int, levels: tuple[float, ...]) -> list[Tensor]:
        """Quantiles of futures; all meet the same draws, so that none depends on the others."""
        generator = torch.Generator().manual_seed(self.seed)
        noise = torch.randn(horizon, PATHS, generator=generator, dtype=torch.float64).to(self.state)
        parts = [self._quantiles(noise, rows, levels) for rows in torch.arange(len(self.state)).split(256)]
        return [torch.cat(bound) for bound in zip(*parts, strict=True)]

    def _quantiles(self, noise: Tensor, rows: Tensor, levels: tuple[float, ...]) -> list[Tensor]:
        rows = rows.to(self.state.device)
        deviation, weights = self.variance[rows, None].sqrt(), self.weights[rows, None, :]
        state, values = self.state[rows, None, :].expand(-1, noise.shape[1], -1), []
        for draw in noise:
            mu, _ = update(torch.full_like(draw, torch.nan), state, self.form, weights)
            error = deviation * draw
            y = mu * (1 + error.clamp(min=-0.99)) if self.form.error == "M" else mu + error
            _, state = update(y, state, self.form, weights)
            values.append(y)
        paths = torch.stack(values, 2)
        tails = [(1 + side * level / 100) / 2 for level in levels for side in (-1, 1)]
        return list(torch.nanquantile(paths, paths.new_tensor(tails), dim=1))


def last_state(y: Tensor, fitted: Fitted, seed: int) -> Last:
    """Run through the data once more.

    Parameters
    ----------
    y : tensor of float64, shape (B, n)
        What was fitted; NaN is a gap.
    fitted : Fitted
    seed : int
        Of simulated intervals.
    """
    start = first_value(y)
    errors, state = run(y, start, fitted.form, fitted.weights, fitted.first)
    variance = errors.square().nanmean(1)
    still = variance <= 1e-24 * (1 if fitted.form.error == "M" else y.square().nanmean(1))
    return Last(fitted.form, fitted.weights, state, errors, variance.masked_fill(still, 0.0), seed)
