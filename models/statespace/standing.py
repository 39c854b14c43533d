"""Where a method stands after the data of all series: from there it forecasts, or takes further values."""

from dataclasses import dataclass, replace

import torch

from etl.engine.types import Estimator, Tensor
from models.statespace.arima import ARIMA
from models.statespace.auto_arima import AutoARIMA
from models.statespace.baselines import BASELINES, Plan, climatology, cycle_means, repeated
from models.statespace.ets import ETS
from models.statespace.forecaster import Piece

MODELS = ("ets", "arima", "auto_arima", "anomalies")
LONGEST = 48
"""Steps of the longest season that is a part of a model; a state for each step is too many beyond.

Models of longer seasons are of what the means of the season's steps leave."""


@dataclass(frozen=True)
class Repeating:
    """A baseline, which has no parameters: all values are what it goes by.

    Attributes
    ----------
    name : str
        Of `BASELINES`.
    plan : Plan
    y : tensor, shape (series, time)
        NaN is a gap.
    """

    name: str
    plan: Plan
    y: Tensor

    def forecast(self) -> Tensor:
        """Means, then the lower and upper bounds of each level, (1 + 2 * levels, series, horizon)."""
        if self.name == "climatology":
            return climatology(self.y[:, -self.plan.memory :], self.plan)
        return repeated(self.y, 1 if self.name == "naive" else self.plan.season, self.plan)

    def after(self, y: Tensor, count: Tensor) -> "Repeating":
        """The same after further values, (series, n); the last ``count`` of each row are a series'."""
        return replace(self, y=extended(self.y, y, count))


@dataclass(frozen=True)
class Modelled:
    """Fitted models, perhaps of what is left of the values without the means of their cycle.

    Attributes
    ----------
    plan : Plan
    pieces : list of (tensor of int64, Piece)
        Numbers of the series of each; the others have no forecast.
    seen : tensor of int64, shape (series,)
        Steps since the cycle began.
    usual : tensor, shape (series, places), optional
        Means by place in the cycle.
    """

    plan: Plan
    pieces: list[tuple[Tensor, Piece]]
    seen: Tensor
    usual: Tensor = None

    def forecast(self) -> Tensor:
        """See `Repeating.forecast`."""
        count = 1 + 2 * len(self.plan.levels)
        shape = (count, len(self.seen), self.plan.horizon)
        out = torch.full(shape, torch.nan, dtype=torch.float64, device=self.seen.device)
        for rows, piece in self.pieces:
            out[:, rows] = torch.stack(piece.forecast(self.plan.horizon, self.plan.levels))
        return out if self.usual is None else out + self.expected(self.seen, self.plan.horizon)

    def after(self, y: Tensor, count: Tensor) -> "Modelled":
        """See `Repeating.after`; parameters stay as they were fitted."""
        if self.usual is not None:
            y = y - self.expected(self.seen + count - y.shape[1], y.shape[1])
        pieces = [(rows, piece.after(y[rows], count[rows])) for rows, piece in self.pieces]
        return replace(self, pieces=pieces, seen=self.seen + count)

    def expected(self, first: Tensor, steps: int) -> Tensor:
        """Means of the cycle from each series' own step on, (series, steps)."""
        return of_cycle(self.usual, self.plan, first, steps)


Standing = Repeating | Modelled


def extended(known: Tensor, y: Tensor, count: Tensor) -> Tensor:
    """Values after which further ones came; each series ends in the last column.

    Parameters
    ----------
    known : tensor, shape (series, time)
    y : tensor, shape (series, n)
        The last ``count`` of each row are a series'.
    count : tensor of int64, shape (series,)

    Examples
    --------
    >>> old, new = torch.tensor([[1.0, 2.0]]), torch.tensor([[torch.nan, 3.0]])
    >>> extended(old, new, torch.tensor([1]))
    tensor([[nan, 1., 2., 3.]])
    """
    width, more = known.shape[1], y.shape[1]
    begun = torch.arange(more, device=y.device) >= more - count[:, None]
    place = torch.arange(width, device=y.device) + (more - count)[:, None]
    whole = y.new_full((len(y), width + more), torch.nan).scatter_(1, place, known)
    whole[:, width:] = torch.where(begun, y, whole[:, width:])
    return whole


def of_cycle(usual: Tensor, plan: Plan, first: Tensor, steps: int) -> Tensor:
    """Usual values from each series' own step on, (series, steps).

    Parameters
    ----------
    usual : tensor, shape (series, places)
        Means by place in the cycle.
    plan : Plan
    first : tensor of int64, shape (series,)
    steps : int
    """
    cycle = plan.cycle or float(plan.season)
    step = first[:, None] + torch.arange(steps, device=first.device)
    return usual.gather(1, (step % cycle).floor().long())


def stand(name: str, y: Tensor, plan: Plan) -> Standing:
    """Fit a method to series.

    Parameters
    ----------
    name : str
        Of `BASELINES` or `MODELS`.
    y : tensor of float64, shape (series, time)
        NaN is a gap.
    plan : Plan
    """
    if name in BASELINES:
        return Repeating(name, plan, y)
    if name != "anomalies" and plan.season <= LONGEST:
        return modelled(name, y, plan)
    if name != "anomalies":
        plan = replace(plan, cycle=0.0, around=0)
    known = y[:, -plan.memory :]
    none = torch.zeros(len(y), dtype=torch.int64, device=y.device)
    cycle = Modelled(plan, [], none, cycle_means(known, plan))
    left = known - cycle.expected(none, known.shape[1])
    return replace(modelled(name, left, plan), usual=cycle.usual)


def modelled(name: str, y: Tensor, plan: Plan) -> Modelled:
    """Fit a model to the last values, whose gaps are filled.

    Parameters
    ----------
    name : str
        Of `MODELS`.
    y : tensor of float64, shape (series, time)
    plan : Plan
    """
    model = new_model(name, plan.season if plan.season <= LONGEST else 1).fit(filled(y[:, -plan.history :]))
    pieces = [(model.kept_[rows], piece) for rows, piece in model.pieces_]
    seen = torch.full((len(y),), y.shape[1], dtype=torch.int64, device=y.device)
    return Modelled(plan, pieces, seen)


def filled(y: Tensor) -> Tensor:
    """Gaps as the last value before them, since the likelihood of gaps takes minutes.

    Examples
    --------
    >>> filled(torch.tensor([[torch.nan, 1.0, torch.nan, 3.0]]))
    tensor([[nan, 1., 1., 3.]])
    """
    number = torch.arange(y.shape[1], device=y.device)
    newest = torch.where(torch.isnan(y), 0, number).cummax(1).values
    return y.gather(1, newest)


def new_model(name: str, period: int) -> Estimator:
    """A model that is not fitted; that of anomalies has no season.

    Parameters
    ----------
    name : str
        Of `MODELS`.
    period : int
        Length of a season in steps; 1 is none.
    """
    seasonal = period > 1
    if name == "ets":
        return ETS("AAdA" if seasonal else "AAdN", period=period)
    if name == "auto_arima":
        return AutoARIMA(period=period)
    if name == "arima" and seasonal:
        return ARIMA((1, 0, 1), seasonal_order=(0, 1, 1, period))
    return ARIMA((2, 0, 1), constant=True) if name == "anomalies" else ARIMA((1, 1, 1))
