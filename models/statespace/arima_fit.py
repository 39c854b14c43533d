"""ARIMA models of one order fitted to a batch of series: the Kalman filter where there are gaps."""

from dataclasses import dataclass

import torch

from etl.engine.types import Tensor
from models.statespace.arma import cost
from models.statespace.forecaster import first_value
from models.statespace.kalman import LOG_2PI, Filtered, kalman_filter
from models.statespace.lbfgs import Minimum, Objective, challenge, minimise
from models.statespace.sarima import Order


@dataclass(frozen=True)
class Fitted:
    """An order fitted to series.

    Attributes
    ----------
    x : tensor, shape (B, order.size)
        Unbounded parameters: see `models.statespace.sarima.Order.coefficients`.
    loglik, aicc : tensor, shape (B,)
    found : Minimum
        The search.
    """

    order: Order
    x: Tensor
    loglik: Tensor
    aicc: Tensor
    found: Minimum
    scaled: "Scaled"


@dataclass(frozen=True)
class Scaled:
    """Differenced series about zero and of unit size, and how to come back.

    Attributes
    ----------
    w : tensor, shape (B, n - lags)
    start : tensor of int64, shape (B,)
        Index of the first value of ``w``.
    gaps : bool tensor, shape (B,)
        Whether the series has gaps after its first value.
    centre, scale : tensor, shape (B,)
        Differences are ``centre + scale w``; a scale of 0 is a line's.
    """

    w: Tensor
    start: Tensor
    gaps: Tensor
    centre: Tensor
    scale: Tensor


def scale(y: Tensor, order: Order) -> Scaled:
    """Difference the series and bring the differences to unit size.

    Parameters
    ----------
    y : tensor of float64, shape (B, n)
        NaN is a gap.
    order : Order
    """
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


def fit(y: Tensor, order: Order, steps: int = 100, tol: float = 1e-5) -> Fitted:
    """Maximise the likelihood of each series; series with gaps are a second batch of each evaluation.

    Parameters
    ----------
    y : tensor of float64, shape (B, n)
        NaN is a gap.
    order : Order
    steps : int
        Most steps of a search.
    tol : float
        On the gradient of the log-likelihood a value.
    """
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


def _objective(y: Tensor, scaled: Scaled, order: Order) -> Objective:
    """`models.statespace.arma.cost` of parameters, or the same by the Kalman filter, and its gradient."""

    def plain(x: Tensor, rows: Tensor) -> Tensor:
        phi, theta, mean = order.coefficients(x)
        return cost(scaled.w[rows], scaled.start[rows], phi, theta, mean)

    def gappy(x: Tensor, rows: Tensor) -> Tensor:
        found = filter_levels(y[rows], scaled, order, rows, *order.coefficients(x))
        square, logs, size = kalman_sums(found)
        return (square / size).log() / 2 + logs / (2 * size)

    def value(x: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
        f, g = x.new_empty(len(x)), torch.zeros_like(x)
        for part, picked in ((plain, ~scaled.gaps[rows]), (gappy, scaled.gaps[rows])):
            index = picked.nonzero()[:, 0]
            if not len(index):
                continue
            with torch.enable_grad():
                free = x[index].detach().requires_grad_()
                out = part(free, rows[index])
                if free.shape[1]:
                    (g[index],) = torch.autograd.grad(out.sum(), free)
            f[index] = out.detach()
        return f, g

    return value


def kalman_sums(found: Filtered) -> tuple[Tensor, Tensor, Tensor]:
    """Sums of squares over F and of logarithms of F, and how many squares, of each series."""
    v, F = found.residual[..., 0], found.spread[..., 0]
    seen = ~torch.isnan(v)
    logs = torch.where(seen, F, 1).log().sum(1) + found.infinite
    return torch.where(seen, v * v / F, 0).sum(1), logs, seen.sum(1)


def filter_levels(
    y: Tensor, scaled: Scaled, order: Order, rows: Tensor, phi: Tensor, theta: Tensor, mean: Tensor
) -> Filtered:
    """Filter levels in units of the differences' scale, so that the variance is about 1.

    Parameters
    ----------
    y : tensor, shape (b, n)
        Levels of the series ``rows``.
    scaled : Scaled
        Of all series.
    order : Order
    rows : tensor of int64, shape (b,)
    phi, theta, mean : tensor, shape (b, ...)
        Of the series ``rows``, by `models.statespace.sarima.Order.coefficients`.
    """
    scale = torch.where(scaled.scale[rows] > 0, scaled.scale[rows], 1)
    return kalman_filter(y / scale[:, None], order.system(phi, theta, mean + scaled.centre[rows] / scale))
