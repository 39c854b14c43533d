"""Where fitted ARIMA models stand after their data, and where they go from there."""

from dataclasses import dataclass, replace

import torch

from etl.engine.types import Tensor
from models.statespace.arima_fit import Fitted, filter_levels, kalman_sums
from models.statespace.arma import residuals, stationary
from models.statespace.forecaster import normal_bounds
from models.statespace.kalman import StateSpace, _outer, _times
from models.statespace.sarima import Order


@dataclass(frozen=True)
class Last:
    """The predicted state after the data, with its variance in units of the innovations'.

    Attributes
    ----------
    order : Order
    phi, theta : tensor, shape (B, ...)
        Of the whole polynomials.
    system : StateSpace
        Of these and the constant.
    a : tensor, shape (B, k)
    P : tensor, shape (B, k, k)
    errors : tensor, shape (B, n)
        One-step errors over the root of their relative variance; NaN where nothing is predicted.
    variance : tensor, shape (B,)
        Of an innovation.
    constant : tensor, shape (B,)
        Mean of the differenced series.
    """

    order: Order
    phi: Tensor
    theta: Tensor
    system: StateSpace
    a: Tensor
    P: Tensor
    errors: Tensor
    variance: Tensor
    constant: Tensor

    def forecast(self, horizon: int, levels: tuple[float, ...]) -> list[Tensor]:
        """Mean, then the lower and upper bound of each level, each of shape (B, horizon)."""
        mean, variance = project(self, horizon)
        return normal_bounds(mean, variance * self.variance[:, None], levels)

    def after(self, y: Tensor, count: Tensor) -> "Last":
        """Where it stands after further values, (B, n); the last ``count`` of each row are a series'."""
        a, P, errors = self.a, self.P, torch.full_like(y, torch.nan)
        for time in range(y.shape[1]):
            mean, spread, error = observed(self.system, a, P, y[:, time])
            begun = time >= y.shape[1] - count
            a = torch.where(begun[:, None], mean, a)
            P = torch.where(begun[:, None, None], spread, P)
            errors[:, time] = error.masked_fill(~begun, torch.nan)
        return replace(self, a=a, P=P, errors=errors)

    def scores(self) -> Tensor:
        """One-step errors over their standard deviations, shape (B, n); 0 where nothing varies."""
        deviation = self.variance.sqrt()[:, None]
        return self.errors / torch.where(deviation > 0, deviation, 1)


@dataclass(frozen=True)
class _End:
    """State after the data, its variance, one-step errors and their squares' sum, of some of the series."""

    a: Tensor
    P: Tensor
    errors: Tensor
    square: Tensor


def last_state(y: Tensor, fitted: Fitted) -> Last:
    """Run through the data once more: by the recursions, or where there are gaps by the Kalman filter.

    Parameters
    ----------
    y : tensor of float64, shape (B, n)
        What was fitted; NaN is a gap.
    fitted : Fitted
    """
    order, scaled = fitted.order, fitted.scaled
    coefficients = order.coefficients(fitted.x)
    phi, theta, mean = coefficients
    # The mean that was fitted is that of (w - centre) / scale.
    constant = mean * scaled.scale + scaled.centre
    system = order.system(phi, theta, constant).batched(len(y))
    a, P = torch.empty_like(system.a1), torch.empty_like(system.P1)
    errors, square = torch.empty_like(y), torch.empty_like(constant)
    for mask, run in ((~scaled.gaps, _by_recursions), (scaled.gaps, _by_filter)):
        rows = mask.nonzero()[:, 0]
        if len(rows):
            end = run(y, fitted, system, rows, *(part[rows] for part in coefficients))
            a[rows], P[rows], errors[rows], square[rows] = end.a, end.P, end.errors, end.square
    size = (~torch.isnan(y)).sum(1) - order.lags
    variance = square / size * scaled.scale**2
    return Last(order, phi, theta, system, a, P, errors, variance, constant)


def _by_recursions(
    y: Tensor, fitted: Fitted, system: StateSpace, rows: Tensor, phi: Tensor, theta: Tensor, mean: Tensor
) -> _End:
    """Of series without gaps: the earlier values are known, and the state of ``w`` follows its recursions."""
    lags, scaled = fitted.order.lags, fitted.scaled
    start, scale = scaled.start[rows], scaled.scale[rows, None]
    full, gain, first = stationary(phi, theta)
    run = residuals(scaled.w[rows], start, full, mean, gain, first)
    times = torch.arange(run.v.shape[1], device=y.device)
    e = torch.where(times >= start[:, None], run.v / run.F.sqrt(), torch.nan)
    errors = torch.full_like(y[rows], torch.nan)
    errors[:, lags:] = e * scale
    # The newest value comes first; the recursions move the state from where the system starts.
    a, P = system.a1[rows].clone(), system.P1[rows].clone()
    a[:, :lags] = y[rows, y.shape[1] - lags :].flip(1)
    a[:, lags:] += run.a * scale
    P[:, lags:, lags:] += run.change
    return _End(a, P, errors, (e * e).nansum(1))


def _by_filter(
    y: Tensor, fitted: Fitted, system: StateSpace, rows: Tensor, phi: Tensor, theta: Tensor, mean: Tensor
) -> _End:
    """Of series with gaps, in units of the differences' scale and back."""
    filtered = filter_levels(y[rows], fitted.scaled, fitted.order, rows, phi, theta, mean)
    scale = fitted.scaled.scale[rows, None]
    errors = (filtered.residual / filtered.spread.sqrt())[..., 0] * scale
    return _End(filtered.mean[-1] * scale, filtered.variance[-1], errors, kalman_sums(filtered)[0])


def observed(m: StateSpace, a: Tensor, P: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """One step of the Kalman filter, from a predicted state to the next.

    Parameters
    ----------
    m : StateSpace
        Of one value a time, and no noise of it.
    a : tensor, shape (B, k)
    P : tensor, shape (B, k, k)
    y : tensor, shape (B,)
        Values; NaN is a gap, and the state moves on as expected.

    Returns
    -------
    a, P, error : tensor, shape (B, k), (B, k, k) and (B,)
        The error is over the root of its relative variance; NaN in a gap.
    """
    z = m.Z[:, 0]
    Pz = _times(P, z)
    F = (z * Pz).sum(1)
    v = y - (z * a).sum(1)
    known = ~torch.isnan(y)
    share = torch.where(known, v / F, 0)[:, None]
    a = a + share * Pz
    P = P - torch.where(known, 1 / F, 0)[:, None, None] * _outer(Pz, Pz)
    return _times(m.T, a) + m.c, m.T @ P @ m.T.mT + m.Q, v / F.sqrt()


def project(last: Last, horizon: int) -> tuple[Tensor, Tensor]:
    """Means of the next values, and their variances in units of the innovations'.

    Parameters
    ----------
    last : Last
    horizon : int
        Steps.

    Returns
    -------
    mean, variance : tensor, shape (B, horizon)
    """
    m, a, P = last.system, last.a, last.P
    means, variances = [], []
    for _ in range(horizon):
        z = m.Z[:, 0]
        means.append((z * a).sum(1))
        variances.append((z * _times(P, z)).sum(1))
        a, P = _times(m.T, a) + m.c, m.T @ P @ m.T.mT + m.Q
    return torch.stack(means, 1), torch.stack(variances, 1)
