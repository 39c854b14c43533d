"""Forecasts by models and baselines, and from rolling origins (Hyndman & Athanasopoulos 2021, 5.10)."""

from dataclasses import replace

import torch

from etl.engine.types import Estimator, Tensor
from models.statespace.arima import ARIMA
from models.statespace.auto_arima import AutoARIMA
from models.statespace.baselines import BASELINES, Plan, climatology, climatology_mean, repeated
from models.statespace.ets import ETS

MODELS = ("ets", "arima", "auto", "anomalies")
LONGEST = 48
"""Steps of the longest season that is a part of a model; a state for each step is too many beyond.

Models of longer seasons are of what the means of the season's steps leave."""


def forecast(name: str, y: Tensor, plan: Plan) -> Tensor:
    """Forecasts of one method.

    Parameters
    ----------
    name : str
        Of `BASELINES` or `MODELS`.
    y : tensor of float64, shape (series, time)
        NaN is a gap.
    plan : Plan

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
    if name in BASELINES:
        return repeated(y, 1 if name == "naive" else plan.season, plan)
    if name != "anomalies":
        if plan.season <= LONGEST:
            return modelled(name, y, plan)
        plan = replace(plan, cycle=0.0, around=0)
    known = y[:, -plan.memory :]
    usual = climatology_mean(known, plan)
    past, ahead = usual[:, : -plan.horizon], usual[:, -plan.horizon :]
    return modelled(name, known - past, plan) + ahead


def modelled(name: str, y: Tensor, plan: Plan) -> Tensor:
    """Forecasts of a model of the last values, whose gaps are filled.

    Parameters
    ----------
    name : str
        Of `MODELS`.
    y : tensor of float64, shape (series, time)
    plan : Plan

    Returns
    -------
    tensor, shape (1 + 2 * levels, series, horizon)
        See `forecast`.
    """
    model = new_model(name, plan.season if plan.season <= LONGEST else 1).fit(filled(y[:, -plan.history :]))
    bounds = [bound for level in plan.levels for bound in model.predict_interval(plan.horizon, level)]
    return torch.stack([model.predict(plan.horizon), *bounds])


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
    if name == "auto":
        return AutoARIMA(period=period)
    if name == "arima" and seasonal:
        return ARIMA((1, 0, 1), seasonal_order=(0, 1, 1, period))
    return ARIMA((2, 0, 1), constant=True) if name == "anomalies" else ARIMA((1, 1, 1))


def backtest(y: Tensor, plan: Plan, origins: list[int]) -> dict[str, Tensor]:
    """Forecasts from each origin, which see only the values before it.

    Parameters
    ----------
    y : tensor, shape (series, time)
    plan : Plan
    origins : list of int
        Columns of ``y`` that are the first to be forecast.

    Returns
    -------
    dict of str to tensor, shape (origins, 1 + 2 * levels, series, horizon)
        By method.
    """
    names = (*BASELINES, *plan.models)
    return {name: torch.stack([forecast(name, y[:, :origin], plan) for origin in origins]) for name in names}


def targets(y: Tensor, plan: Plan, origins: list[int]) -> Tensor:
    """Values that were to be forecast.

    Parameters
    ----------
    y, plan, origins
        See `backtest`; each origin has ``plan.horizon`` columns after it.

    Returns
    -------
    tensor, shape (origins, series, horizon)
    """
    return torch.stack([y[:, origin : origin + plan.horizon] for origin in origins])
