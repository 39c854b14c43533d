"""Where fitted ARIMA models stand after their data, and where they go from there."""

from dataclasses import dataclass
from typing import Any

import torch

from models.statespace.arima_fit import Fitted, filter_levels, kalman_sums
from models.statespace.arma import residuals, stationary
from models.statespace.forecaster import normal_bounds
from models.statespace.kalman import StateSpace, _times


@dataclass(frozen=True)
class Last:
    """The predicted state after the data, with its variance in units of the innovations'.

    Attributes
    ----------
    system : StateSpace
    a : tensor, shape (B, k)
    P : tensor, shape (B, k, k)
    errors : tensor, shape (B, n)
        One-step errors over the root of their relative variance; NaN where nothing is predicted.
    variance : tensor, shape (B,)
        Of an innovation.
    constant : tensor, shape (B,)
        Mean of the differenced series.
    """

    system: StateSpace
    a: Any
    P: Any
    errors: Any
    variance: Any
    constant: Any

    def forecast(self, horizon: int, levels: tuple[float, ...]) -> list[Any]:
        """Mean, then the lower and upper bound of each level, each of shape (B, horizon)."""
        mean, variance = project(self, horizon)
        return normal_bounds(mean, variance * self.variance[:, None], levels)

    def scores(self) -> Any:
        """One-step errors over their standard deviations, shape (B, n); 0 where nothing varies."""
        deviation = self.variance.sqrt()[:, None]
        return self.errors / torch.where(deviation > 0, deviation, 1)


def last_state(y: Any, fitted: Fitted) -> Last:
    """Run through the data, shape (B, n), once more."""
    order, scaled = fitted.order, fitted.scaled
    phi, theta, mean = order.coefficients(fitted.x)
    constant = mean * scaled.scale + scaled.centre
    system = order.system(phi, theta, constant).batched(len(y))
    a, P, errors = system.a1.clone(), system.P1.clone(), torch.full_like(y, torch.nan)
    square, lags = torch.zeros_like(constant), order.lags
    size = (~torch.isnan(y)).sum(1) - lags
    plain, gappy = (~scaled.gaps).nonzero()[:, 0], scaled.gaps.nonzero()[:, 0]
    if len(plain):
        start = scaled.start[plain]
        full, gain, first = stationary(phi[plain], theta[plain])
        v, F, state, change = residuals(scaled.w[plain], start, full, mean[plain], gain, first)
        times = torch.arange(v.shape[1], device=y.device)
        e = torch.where(times >= start[:, None], v / F.sqrt(), torch.nan)
        square[plain], errors[plain, lags:] = (e * e).nansum(1), e * scaled.scale[plain, None]
        a[plain, lags:] += state * scaled.scale[plain, None]
        a[plain, :lags] = y[plain, y.shape[1] - lags :].flip(1)
        P[plain, lags:, lags:] += change
    if len(gappy):
        found = filter_levels(y[gappy], scaled, order, gappy, phi[gappy], theta[gappy], mean[gappy])
        by = scaled.scale[gappy]
        square[gappy] = kalman_sums(found)[0]
        a[gappy], P[gappy] = found.mean[-1] * by[:, None], found.variance[-1]
        errors[gappy] = (found.residual / found.spread.sqrt())[..., 0] * by[:, None]
    return Last(system, a, P, errors, square / size * scaled.scale**2, constant)


def project(last: Last, horizon: int) -> tuple[Any, Any]:
    """Means of the next values, and their variances in units of the innovations', shape (B, horizon)."""
    m, a, P = last.system, last.a, last.P
    means, variances = [], []
    for _ in range(horizon):
        z = m.Z[:, 0]
        means.append((z * a).sum(1))
        variances.append((z * _times(P, z)).sum(1))
        a, P = _times(m.T, a) + m.c, m.T @ P @ m.T.mT + m.Q
    return torch.stack(means, 1), torch.stack(variances, 1)
