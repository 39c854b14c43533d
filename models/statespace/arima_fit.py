"""ARIMA models of one order fitted to a batch of series: the Kalman filter where there are gaps."""

from dataclasses import dataclass
from typing import Any

import torch

from models.statespace.arma import cost
from models.statespace.forecaster import first_value
from models.statespace.kalman import LOG_2PI, Filtered, kalman_filter
from models.statespace.lbfgs import Minimum, challenge, minimise
from models.statespace.sarima import Order


@dataclass(frozen=True)
class Fitted:
    """An order fitted to series: parameters, log-likelihood, AICc, each (B, ...), and the search."""

    order: Order
    x: Any
    loglik: Any
    aicc: Any
    found: Minimum
    scaled: "Scaled"


@dataclass(frozen=True)
class Scaled:
    """Differenced series about zero and of unit size, and how to come back."""

    w: Any
    start: Any
    gaps: Any
    centre: Any
    scale: Any


def scale(y: Any, order: Order) -> Scaled:
    """Difference the series, shape (B, n), and bring them to unit size."""
    w = order.difference(y)
    start, size = first_value(w), (~torch.isnan(w)).sum(1)
    gaps = torch.isnan(y).sum(1) != first_value(y)
    centre = w.nansum(1) / size.clamp(min=1) if order.mean else torch.zeros_like(w[:, 0])
    moved = w - centre[:, None]
    scale = ((moved * moved).nansum(1) / size.clamp(min=1)).sqrt()
    # Differences of a line leave rounding errors; they are not a series to be fitted.
    flat = scale <= 1e-12 * y.nan_to_num().abs().amax(1)
    moved = torch.where(flat[:, None], 0 * moved, moved)
    return Scaled(
        moved / torch.where(flat, 1, scale)[:, None], start, gaps, centre, scale.masked_fill(flat, 0)
    )


def fit(y: Any, order: Order, steps: int = 100, tol: float = 1e-5) -> Fitted:
    """Maximise the likelihood of each series, shape (B, n); series with gaps in a second batch."""
    scaled = scale(y, order)
    *starts, second = [*order.starts(scaled.w.nan_to_num(0.0)), None][:3]
    objective = _objective(y, scaled, order)
    rows = torch.arange(len(y), device=y.device)
    values = torch.stack([objective(x, rows)[0].nan_to_num(torch.inf) for x in starts])
    best = torch.stack(starts)[values.argmin(0), rows]
    found = minimise(objective, best, steps=steps, gtol=tol)
    if second is not None:
        found = challenge(objective, found, second, steps=steps, gtol=tol)
    n = (~torch.isnan(y)).sum(1) - order.lags
    loglik = -n * (found.f + 0.5 * (LOG_2PI + 1) + scaled.scale.log())
    k = order.size + 1
    aicc = -2 * loglik + 2 * k * n / (n - k - 1).clamp(min=1e-9)
    return Fitted(order, found.x, loglik, aicc, found, scaled)


def _objective(y: Any, scaled: Scaled, order: Order) -> Any:
    def plain(x: Any, rows: Any) -> Any:
        phi, theta, mean = order.coefficients(x)
        return cost(scaled.w[rows], scaled.start[rows], phi, theta, mean)

    def gappy(x: Any, rows: Any) -> Any:
        found = filter_levels(y[rows], scaled, order, rows, *order.coefficients(x))
        square, logs, size = kalman_sums(found)
        return (square / size).log() / 2 + logs / (2 * size)

    def value(x: Any, rows: Any) -> tuple[Any, Any]:
        f, g = x.new_empty(len(x)), torch.zeros_like(x)
        for part, picked in ((plain, ~scaled.gaps[rows]), (gappy, scaled.gaps[rows])):
            at = picked.nonzero()[:, 0]
            if not len(at):
                continue
            with torch.enable_grad():
                free = x[at].detach().requires_grad_()
                out = part(free, rows[at])
                if free.shape[1]:
                    (g[at],) = torch.autograd.grad(out.sum(), free)
            f[at] = out.detach()
        return f, g

    return value


def kalman_sums(found: Filtered) -> tuple[Any, Any, Any]:
    """Sums of squares over F and of logarithms of F, and how many squares, of each series."""
    v, F = found.residual[..., 0], found.spread[..., 0]
    seen = ~torch.isnan(v)
    infinite = [torch.where(s.diffuse, s.F_diffuse, 1).log() for row in found.steps for s in row]
    logs = torch.where(seen, F, 1).log().sum(1) + torch.stack(infinite, 1).sum(1)
    return torch.where(seen, v * v / F, 0).sum(1), logs, seen.sum(1)


def filter_levels(
    y: Any, scaled: Scaled, order: Order, rows: Any, phi: Any, theta: Any, mean: Any
) -> Filtered:
    """Filter levels in units of the differences' scale, so that the variance is about 1."""
    scale = torch.where(scaled.scale[rows] > 0, scaled.scale[rows], 1)
    return kalman_filter(y / scale[:, None], order.system(phi, theta, mean + scaled.centre[rows] / scale))
