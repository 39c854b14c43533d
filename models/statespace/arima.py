"""Seasonal ARIMA by exact likelihood, thousands of series in one optimisation."""

import torch

from etl.engine.types import Tensor
from models.statespace.arima_fit import fit
from models.statespace.arima_state import last_state
from models.statespace.forecaster import Piece, _Forecaster
from models.statespace.sarima import Order


class ARIMA(_Forecaster):
    """ARIMA (p, d, q)(P, D, Q)s for many series; the likelihood is that of the differenced series.

    Without gaps it comes from Chandrasekhar's recursions, with gaps from a Kalman filter whose earlier values
    start diffuse: both are exact, and equal where both apply. The variance is concentrated out.

    Parameters
    ----------
    order : tuple of int
        p, d, q.
    seasonal_order : tuple of int
        P, D, Q, s.
    constant : bool, optional
        A mean of the differenced series: a mean, or a drift. By default where nothing is differenced.
    max_iter : int
    tol : float
        On the gradient of the log-likelihood a value.

    Attributes
    ----------
    phi_, theta_ : tensor, shape (kept series, ...)
        Of the whole polynomials, seasonal parts multiplied in.
    constant_, variance_, loglik_, aicc_ : tensor, shape (kept series,)
    kept_, notes_, iterations_, n_iter_, stop_reason_
        See `models.statespace.forecaster`.

    Examples
    --------
    >>> import numpy
    >>> walk = numpy.random.default_rng(0).normal(size=(3, 80)).cumsum(axis=1)
    >>> model = ARIMA((0, 1, 1)).fit(walk)
    >>> model.predict(5).shape, model.stop_reason_
    ((3, 5), 'gradient small: 3 series')
    """

    def __init__(
        self,
        order: tuple[int, int, int] = (1, 1, 1),
        *,
        seasonal_order: tuple[int, int, int, int] = (0, 0, 0, 1),
        constant: bool | None = None,
        max_iter: int = 100,
        tol: float = 1e-5,
    ) -> None:
        self.order = order
        self.seasonal_order = seasonal_order
        self.constant = constant
        self.max_iter = max_iter
        self.tol = tol

    def _whole(self) -> Order:
        (p, d, q), (P, D, Q, s) = self.order, self.seasonal_order
        whole = Order(p, d, q, P, D, Q, s, d + D == 0 if self.constant is None else self.constant)
        if min(p, d, q, P, D, Q) < 0 or (P + D + Q and s < 2):
            raise ValueError(f"{whole} has a negative order, or a season of fewer than 2 steps")
        return whole

    def _needed(self) -> int:
        order = self._whole()
        return order.lags + order.size + 2

    def _learn(self, y: Tensor) -> list[tuple[Tensor, Piece]]:
        fitted = fit(y, self._whole(), self.max_iter, self.tol)
        self.phi_, self.theta_, _ = fitted.order.coefficients(fitted.x)
        self.loglik_, self.aicc_ = fitted.loglik, fitted.aicc
        state = last_state(y, fitted)
        self.constant_, self.variance_ = state.constant, state.variance
        self._ended(fitted.found.n_iter, fitted.found.reason)
        return [(torch.arange(len(y), device=y.device), state)]
