"""Ways to forecast, models and what they must beat, and forecasts from rolling origins."""

import math
from dataclasses import dataclass
from typing import Any

import torch

from models.statespace.arima import ARIMA
from models.statespace.auto_arima import AutoARIMA
from models.statespace.ets import ETS
from models.statespace.forecaster import normal_bounds

RIVALS = ("naive", "seasonal naive", "climatology")
MODELS = ("ets", "arima", "auto", "anomalies")
LONGEST = 48
"""Steps of the longest season that is a part of a model; a state for each step is too many beyond."""


@dataclass(frozen=True)
class Plan:
    """What is forecast, and how.

    Attributes
    ----------
    season, horizon : int
    models : tuple of str
    levels : tuple of int
        Percent.
    cycle : float
        Steps of the climatology's cycle; 0 takes the season.
    around : int
        Steps to each side that the climatology takes together.
    history, memory : int
        Last values from which models learn, and climatology.
    """

    season: int
    horizon: int
    models: tuple[str, ...] = ("ets", "arima", "anomalies")
    levels: tuple[int, ...] = (80, 95)
    cycle: float = 0.0
    around: int = 0
    history: int = 2_000
    memory: int = 20_000


def forecast(name: str, y: Any, plan: Plan) -> Any:
    """Forecasts of one method.

    Parameters
    ----------
    name : str
        Of `RIVALS` or `MODELS`.
    y : tensor of float64, shape (series, time)
        NaN is a gap.

    Returns
    -------
    tensor, shape (1 + 2 * levels, series, horizon)
        Means, then the lower and upper bounds of each level.

    Examples
    --------
    >>> forecast("seasonal naive", torch.tensor([[1.0, 5.0, 1.0, 5.0]]), Plan(2, 3))[0]
    tensor([[1., 5., 1.]])
    """
    if name == "climatology":
        return climatology(y[:, -plan.memory :], plan)
    if name in RIVALS:
        return repeated(y, 1 if name == "naive" else plan.season, plan)
    if name != "anomalies":
        return modelled(name, y, plan)
    known = y[:, -plan.memory :]
    usual = climatology_mean(known, plan)
    past, ahead = usual[:, : -plan.horizon], usual[:, -plan.horizon :]
    return modelled(name, known - past, plan) + ahead


def repeated(y: Any, season: int, plan: Plan) -> Any:
    """The last season again and again; errors are those of a walk (Hyndman & Athanasopoulos 2021, 5.5)."""
    blocks = y.shape[1] // season
    tail = y[:, y.shape[1] - blocks * season :].reshape(len(y), blocks, season)
    number = torch.arange(blocks, device=y.device)[:, None]
    newest = torch.where(torch.isnan(tail), -1, number).amax(1, keepdim=True)
    last = tail.gather(1, newest.clamp(min=0))[:, 0]
    step = torch.arange(plan.horizon, device=y.device)
    square = (y[:, season:] - y[:, :-season]).square().nanmean(1, keepdim=True)
    return torch.stack(normal_bounds(last[:, step % season], square * (step // season + 1), plan.levels))


def places(count: int, plan: Plan, device: Any) -> tuple[Any, int]:
    """Place of each step in the climatology's cycle, and their number."""
    cycle = plan.cycle or float(plan.season)
    return (torch.arange(count, device=device) % cycle).floor().long(), math.ceil(cycle)


def climatology_mean(y: Any, plan: Plan) -> Any:
    """Climatology's means, shape (series, time + horizon)."""
    place, size = places(y.shape[1] + plan.horizon, plan, y.device)
    known = torch.stack([y.nan_to_num(), (~torch.isnan(y)).double()])
    sums = torch.zeros(2, len(y), size, dtype=y.dtype, device=y.device)
    sums.index_add_(2, place[: y.shape[1]], known)
    total, count = sum(sums.roll(by, 2) for by in range(-plan.around, plan.around + 1))
    return (total / count)[:, place]


def climatology(y: Any, plan: Plan) -> Any:
    """Means and quantiles of all earlier values at the same place of the cycle."""
    place, size = places(y.shape[1] + plan.horizon, plan, y.device)
    shares = [(1 + side * level / 100) / 2 for level in plan.levels for side in (-1, 1)]
    wanted, out = torch.tensor(shares, dtype=y.dtype, device=y.device), []
    for own in place[y.shape[1] :]:
        gap = (place[: y.shape[1]] - own).abs()
        out.append(y[:, torch.minimum(gap, size - gap) <= plan.around].nanquantile(wanted, 1))
    return torch.cat([climatology_mean(y, plan)[None, :, -plan.horizon :], torch.stack(out, 2)])


def modelled(name: str, y: Any, plan: Plan) -> Any:
    """Forecasts of a model of the last values, whose gaps are filled."""
    model = new_model(name, plan.season if plan.season <= LONGEST else 1).fit(filled(y[:, -plan.history :]))
    bounds = [bound for level in plan.levels for bound in model.predict_interval(plan.horizon, level)]
    return torch.stack([model.predict(plan.horizon), *bounds])


def filled(y: Any) -> Any:
    """Gaps as the last value before them, since the likelihood of gaps takes minutes.

    Examples
    --------
    >>> filled(torch.tensor([[torch.nan, 1.0, torch.nan, 3.0]]))
    tensor([[nan, 1., 1., 3.]])
    """
    number = torch.arange(y.shape[1], device=y.device)
    newest = torch.where(torch.isnan(y), 0, number).cummax(1).values
    return y.gather(1, newest)


def new_model(name: str, period: int) -> Any:
    """A model that is not fitted; that of anomalies has no season."""
    seasonal = period > 1
    if name == "ets":
        return ETS("AAdA" if seasonal else "AAdN", period=period)
    if name == "auto":
        return AutoARIMA(period=period)
    if name == "arima" and seasonal:
        return ARIMA((1, 0, 1), seasonal_order=(0, 1, 1, period))
    return ARIMA((2, 0, 1), constant=True) if name == "anomalies" else ARIMA((1, 1, 1))


def backtest(y: Any, plan: Plan, origins: list[int]) -> dict[str, Any]:
    """Forecasts from each origin, which see only the values before it.

    Parameters
    ----------
    y : tensor, shape (series, time)
    origins : list of int
        Columns of ``y`` that are the first to be forecast.

    Returns
    -------
    dict of str to tensor, shape (origins, 1 + 2 * levels, series, horizon)
        By method.
    """
    names = (*RIVALS, *plan.models)
    return {name: torch.stack([forecast(name, y[:, :at], plan) for at in origins]) for name in names}


def targets(y: Any, plan: Plan, origins: list[int]) -> Any:
    """Values that were to be forecast, shape (origins, series, horizon)."""
    return torch.stack([y[:, at : at + plan.horizon] for at in origins])
