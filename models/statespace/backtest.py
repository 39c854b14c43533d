"""Forecasts by models and baselines, and from rolling origins (Hyndman & Athanasopoulos 2021, 5.10)."""

import torch

from etl.engine.types import Tensor
from models.statespace.baselines import BASELINES, Plan
from models.statespace.standing import stand


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
    return stand(name, y, plan).forecast()


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
