"""Nonlinear vector autoregression, the next generation of reservoirs (Gauthier et al. 2021)."""

from collections.abc import Mapping, Sequence
from itertools import combinations_with_replacement

import torch

from etl.engine.types import Tensor, TorchDevice
from models.sequences.ridge import RidgeForecaster
from models.sequences.split import Split
from models.sequences.windows import Batch, Windows

SLACK = 0.1
"""Share of the range of training by which a forecast may leave it, since products grow fast beyond."""


class NVAR(RidgeForecaster):
    """Ridge regression on delayed values and their products (Gauthier et al. 2021, Nature Comm. 12:5564).

    Features are 1, the delayed values (eq. 5) and all their products up to an order (eq. 6). Iterated, the
    regression gives the next difference (eq. 8), and the forecast is fed back; direct, it gives each step
    to come by itself. Forecasts stay in the range of training, in scales of a window, and a tenth more.

    Parameters
    ----------
    horizon, lookback, season, levels, strengths
        See `models.sequences.linear.DLinear`.
    skip : int
        Steps between delayed values, of which there are ``lookback`` over ``skip``.
    order : int
        Most factors of a product, 1 to 3.
    delays : int, optional
        Delayed values, at most; by default all of the lookback.
    iterated : bool
    scaling : {"window", "last", "series", "global"}
        What is subtracted from each window; see `models.sequences.linear.DLinear`.

    Attributes
    ----------
    weights_, strength_, n_iter_, stop_reason_
        See `models.sequences.linear.DLinear`.
    bounds_ : tensor, shape (2,)
        Least and largest value that is forecast, in deviations of the series.
    notes_, parted_, validation_, widths_
        See `models.sequences.base`.

    Examples
    --------
    >>> x = [0.4]
    >>> for _ in range(99):
    ...     x.append(3.7 * x[-1] * (1 - x[-1]))
    >>> import numpy
    >>> model = NVAR(4, 1, iterated=True, strengths=(1e-12,)).fit(numpy.array([x[:96]]))
    >>> bool(abs(model.predict() - x[96:]).max() < 1e-3)
    True
    """

    bounds_: Tensor

    def __init__(
        self,
        horizon: int,
        lookback: int,
        *,
        season: float | tuple[float, ...] = 1,
        levels: tuple[int, ...] = (80, 95),
        scaling: str = "global",
        skip: int = 1,
        order: int = 2,
        delays: int | None = None,
        iterated: bool = False,
        strengths: tuple[float, ...] | None = None,
    ) -> None:
        self.horizon = horizon
        self.lookback = lookback
        self.season = season
        self.levels = levels
        self.scaling = scaling
        self.skip = skip
        self.order = order
        self.delays = delays
        self.iterated = iterated
        self.strengths = strengths

    def state_dict(self) -> dict[str, Tensor]:
        """See `OverWindows.state_dict`; the range of forecasts, too."""
        return super().state_dict() | {"reach": self.bounds_}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """See `OverWindows.load_state_dict`.

        Parameters
        ----------
        state : mapping of str to tensor
        """
        super().load_state_dict(state)
        self.bounds_ = state["reach"]

    def _check(self) -> None:
        super()._check()
        if self.delays is not None and self.delays < 1:
            raise ValueError(f"delays is {self.delays}; it is at least 1, or None for all of the lookback")
        if self.skip < 1 or not 1 <= self.order <= 3:
            raise ValueError(f"skip {self.skip} is 1 or more, and order {self.order} is 1, 2 or 3")

    def _design(self, batch: Batch) -> Tensor:
        values = batch.window[..., 0] * batch.unit
        return torch.cat([*products(values, self._places(values.device)), *self._beside(batch)], 1)

    def _places(self, device: TorchDevice) -> list[Tensor]:
        """Columns of a window for `products`, the latest first."""
        return places(range(self.lookback)[:: -self.skip][: self.delays], self.order, device)

    def _target(self, batch: Batch) -> Tensor:
        if not self.iterated:
            return super()._target(batch)
        return (batch.target[:, :1] - batch.window[:, -1:, 0]) * batch.unit

    def _learn(self, made: Windows, parts: Split) -> None:
        self.bounds_ = self._reach(made, parts.train)
        super()._learn(made, parts)
        self.bounds_ = self._reach(made, made.usable().nonzero().T)

    def _reach(self, made: Windows, at: Tensor) -> Tensor:
        """Range of the values to come, and `SLACK`, (2,)."""
        low, high = [], []
        for batch in self._batches(made, at):
            values = batch.target * batch.unit
            low.append(values.nan_to_num(torch.inf).amin())
            high.append(values.nan_to_num(-torch.inf).amax())
        least, most = torch.stack(low).amin(), torch.stack(high).amax()
        return torch.stack([least - SLACK * (most - least), most + SLACK * (most - least)])

    def _scaled(self, batch: Batch) -> Tensor:
        return self._ahead(batch, self.weights_)

    def _errors(self, made: Windows, at: Tensor, holed: bool, found: list[Tensor]) -> list[float]:
        out = []
        for weights in found:
            batches = self._batches(made, at)
            errors = [(self._ahead(b, weights)[0] - b.target) * b.unit for b in batches]
            out.append(torch.cat(errors).square().nanmean())
        return torch.stack(out).nan_to_num(torch.inf).tolist()

    def _ahead(self, batch: Batch, weights: Tensor) -> Tensor:
        """Forecasts, scaled, (1, B, horizon)."""
        if self.iterated:
            return self._rolled(batch, weights)
        return ((self._design(batch) @ weights.T).clamp(*self.bounds_) / batch.unit)[None]

    def _rolled(self, batch: Batch, weights: Tensor) -> Tensor:
        """Forecasts that are fed back, scaled, (1, B, horizon)."""
        values, found = batch.window[..., 0] * batch.unit, list[Tensor]()
        at, ones = self._places(values.device), torch.ones_like(batch.unit)
        for step in range(self.horizon):
            gain = torch.cat([*products(values, at), batch.known[:, step], ones], 1) @ weights.T
            latest = (values[:, -1:] + gain).clamp(*self.bounds_)
            values = torch.cat([values[:, 1:], latest], 1)
            found.append(latest / batch.unit)
        return torch.cat(found, 1)[None]

    def _beside(self, batch: Batch) -> list[Tensor]:
        if not self.iterated:
            return super()._beside(batch)
        return [batch.known[:, 0], torch.ones_like(batch.unit)]


def places(columns: Sequence[int], order: int, device: TorchDevice) -> list[Tensor]:
    """Columns whose values are multiplied, each choice once, by number of factors.

    Parameters
    ----------
    columns : sequence of int
    order : int
        Most factors.
    device : torch.device

    Returns
    -------
    list of tensor of int64, shape (products, factors)

    Examples
    --------
    >>> places([1, 0], 2, "cpu")[1].tolist()
    [[1, 1], [1, 0], [0, 0]]
    """
    chosen = [list(combinations_with_replacement(columns, factors)) for factors in range(1, order + 1)]
    return [torch.tensor(each, device=device) for each in chosen]


def products(values: Tensor, at: Sequence[Tensor]) -> list[Tensor]:
    """Values and their products, by number of factors.

    Parameters
    ----------
    values : tensor, shape (B, K)
    at : sequence of tensor
        See `places`.

    Returns
    -------
    list of tensor, shape (B, products)

    Examples
    --------
    >>> products(torch.tensor([[2.0, 3.0]]), places([0, 1], 2, "cpu"))
    [tensor([[2., 3.]]), tensor([[4., 6., 9.]])]
    """
    return [values[:, at[0][:, 0]], *(values[:, each].prod(2) for each in at[1:])]
