"""The order of an ARIMA model chosen for each series by AICc, stepwise, all series at once."""

from dataclasses import replace

import torch

from etl.engine.types import Tensor
from models.statespace.arima_fit import fit
from models.statespace.arima_state import last_state
from models.statespace.differencing import differences
from models.statespace.forecaster import Piece, _Forecaster
from models.statespace.sarima import Order


class AutoARIMA(_Forecaster):
    """A KPSS test and the season's strength decide differences, AICc the rest (Hyndman & Khandakar 2008).

    A walk starts from a few orders and goes to the best neighbour while AICc falls. Series that want one
    order are fitted together.

    Parameters
    ----------
    period : int
        Length of a season; 1 is none.
    max_p, max_q, max_P, max_Q : int
        Largest orders.
    max_rounds : int
        Steps of the walk.
    max_iter : int
        Of each fit.
    tol : float
        See `models.statespace.arima.ARIMA`.

    Attributes
    ----------
    orders_ : list of models.statespace.sarima.Order
        Of each kept series.
    loglik_, aicc_ : tensor, shape (kept series,)
    kept_, notes_, iterations_, n_iter_, stop_reason_
        See `models.statespace.forecaster`; iterations are those of the last fit.

    Examples
    --------
    >>> import numpy
    >>> noise = numpy.random.default_rng(0).normal(size=(2, 200))
    >>> [order.d for order in AutoARIMA().fit(numpy.r_[noise, noise.cumsum(axis=1)]).orders_]
    [0, 0, 1, 1]
    """

    def __init__(
        self,
        *,
        period: int = 1,
        max_p: int = 3,
        max_q: int = 3,
        max_P: int = 1,
        max_Q: int = 1,
        max_rounds: int = 6,
        max_iter: int = 50,
        tol: float = 1e-4,
    ) -> None:
        self.period = period
        self.max_p = max_p
        self.max_q = max_q
        self.max_P = max_P
        self.max_Q = max_Q
        self.max_rounds = max_rounds
        self.max_iter = max_iter
        self.tol = tol

    def _needed(self) -> int:
        return 10

    def _learn(self, y: Tensor) -> list[tuple[Tensor, Piece]]:
        d, D = differences(y, self.period)
        pairs = list(zip(d.tolist(), D.tolist(), strict=True))
        best = [self._first(*pair)[0] for pair in pairs]
        self.aicc_ = torch.full_like(y[:, 0], torch.inf)
        wanted = [{order for order in self._first(*pair) if self._allowed(order)} for pair in pairs]
        tried = [set[Order]() for _ in pairs]
        for _ in range(self.max_rounds):
            moved = self._round(y, best, wanted, tried)
            wanted = [
                {o for o in self._near(best[i]) if self._allowed(o)} - tried[i] if i in moved else set()
                for i in range(len(pairs))
            ]
            if not any(wanted):
                break
        self.orders_ = best
        return self._settle(y)

    def _first(self, d: int, D: int) -> list[Order]:
        P, Q, s = (1, 1, self.period) if self.period > 1 else (0, 0, 1)
        base = Order(0, d, 0, 0, D, 0, s, d + D < 2)
        starts = [(2, 2, P, Q), (0, 0, 0, 0), (1, 0, P, 0), (0, 1, 0, Q)]
        return [base, *(replace(base, p=p, q=q, P=P, Q=Q, mean=d + D == 0) for p, q, P, Q in starts)]

    def _near(self, order: Order) -> list[Order]:
        steps = [(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, -1)]
        near = [replace(order, p=order.p + i, q=order.q + j) for i, j in steps]
        near += [replace(order, P=order.P + i, Q=order.Q + j) for i, j in steps if order.s > 1]
        return [*near, replace(order, mean=not order.mean)]

    def _allowed(self, order: Order) -> bool:
        within = (
            order.p <= self.max_p
            and order.q <= self.max_q
            and self.max_P >= order.P
            and self.max_Q >= order.Q
        )
        mean = not order.mean or order.d + order.D < 2
        return within and mean and min(order.p, order.q, order.P, order.Q) >= 0

    def _round(
        self, y: Tensor, best: list[Order], wanted: list[set[Order]], tried: list[set[Order]]
    ) -> set[int]:
        """Fit what is wanted, order by order; returns the series that found a better one."""
        moved, count = set(), (~torch.isnan(y)).sum(1).tolist()
        for order in sorted(set().union(*wanted), key=str):
            need = order.lags + order.size + 4
            rows = [i for i, orders in enumerate(wanted) if order in orders and count[i] >= need]
            for i, orders in enumerate(wanted):
                tried[i] |= {order} & orders
            if not rows:
                continue
            part = y[torch.tensor(rows, device=y.device)]
            aicc = fit(part, order, self.max_iter, self.tol).aicc
            aicc = aicc.nan_to_num(torch.inf, torch.inf, -torch.inf)
            for i, value in zip(rows, aicc.tolist(), strict=True):
                if value < float(self.aicc_[i]):
                    self.aicc_[i], best[i] = value, order
                    moved.add(i)
        return moved

    def _settle(self, y: Tensor) -> list[tuple[Tensor, Piece]]:
        """Fit the best orders once more and keep their states."""
        self.loglik_, pieces = torch.zeros_like(y[:, 0]), list[tuple[Tensor, Piece]]()
        n_iter, reason = (torch.zeros(len(y), dtype=torch.int64, device=y.device) for _ in range(2))
        for order in set(self.orders_):
            rows = torch.tensor([i for i, best in enumerate(self.orders_) if best == order], device=y.device)
            fitted = fit(y[rows], order, self.max_iter, self.tol)
            self.loglik_[rows], self.aicc_[rows] = fitted.loglik, fitted.aicc
            n_iter[rows], reason[rows] = fitted.found.n_iter, fitted.found.reason
            pieces.append((rows, last_state(y[rows], fitted)))
        self._ended(n_iter, reason)
        return pieces
