"""What a forecast must beat: the last value, the last season, and the climatology, on a batch of series."""

import math
from dataclasses import dataclass

import torch

from etl.engine.types import Tensor, TorchDevice
from models.statespace.forecaster import normal_bounds

BASELINES = ("naive", "seasonal naive", "climatology")


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


def repeated(y: Tensor, season: int, plan: Plan) -> Tensor:
    """The last season again and again; errors are those of a walk (Hyndman & Athanasopoulos 2021, 5.5).

    Parameters
    ----------
    y : tensor, shape (series, time)
        NaN is a gap.
    season : int
        Steps; 1 repeats the last value.
    plan : Plan

    Returns
    -------
    tensor, shape (1 + 2 * levels, series, horizon)
        Means, then the lower and upper bounds of each level.
    """
    blocks = y.shape[1] // season
    tail = y[:, y.shape[1] - blocks * season :].reshape(len(y), blocks, season)
    number = torch.arange(blocks, device=y.device)[:, None]
    newest = torch.where(torch.isnan(tail), -1, number).amax(1, keepdim=True)
    last = tail.gather(1, newest.clamp(min=0))[:, 0]
    step = torch.arange(plan.horizon, device=y.device)
    square = (y[:, season:] - y[:, :-season]).square().nanmean(1, keepdim=True)
    return torch.stack(normal_bounds(last[:, step % season], square * (step // season + 1), plan.levels))


def places(count: int, plan: Plan, device: TorchDevice) -> tuple[Tensor, int]:
    """Place of each step in the climatology's cycle.

    Parameters
    ----------
    count : int
        Steps.
    plan : Plan
    device : torch.device

    Returns
    -------
    place : int64 tensor, shape (count,)
    size : int
        Places of a cycle.
    """
    cycle = plan.cycle or float(plan.season)
    return (torch.arange(count, device=device) % cycle).floor().long(), math.ceil(cycle)


def cycle_means(y: Tensor, plan: Plan) -> Tensor:
    """Means of all known values, by their place in the cycle.

    Parameters
    ----------
    y : tensor, shape (series, time)
        NaN is a gap.
    plan : Plan

    Returns
    -------
    tensor, shape (series, places)
    """
    place, size = places(y.shape[1], plan, y.device)
    known = torch.stack([y.nan_to_num(), (~torch.isnan(y)).double()])
    sums = torch.zeros(2, len(y), size, dtype=y.dtype, device=y.device)
    sums.index_add_(2, place, known)
    total, count = sum(sums.roll(by, 2) for by in range(-plan.around, plan.around + 1))
    return total / count


def climatology_mean(y: Tensor, plan: Plan) -> Tensor:
    """Means of all known values at the same place of the cycle.

    Parameters
    ----------
    y : tensor, shape (series, time)
        NaN is a gap.
    plan : Plan

    Returns
    -------
    tensor, shape (series, time + horizon)
    """
    place, _ = places(y.shape[1] + plan.horizon, plan, y.device)
    return cycle_means(y, plan)[:, place]


def climatology(y: Tensor, plan: Plan) -> Tensor:
    """Means and quantiles of all earlier values at the same place of the cycle.

    Parameters
    ----------
    y : tensor, shape (series, time)
        NaN is a gap.
    plan : Plan

    Returns
    -------
    tensor, shape (1 + 2 * levels, series, horizon)
        Means, then the lower and upper bounds of each level.
    """
    place, size = places(y.shape[1] + plan.horizon, plan, y.device)
    shares = [(1 + side * level / 100) / 2 for level in plan.levels for side in (-1, 1)]
    wanted, out = torch.tensor(shares, dtype=y.dtype, device=y.device), []
    for ahead in place[y.shape[1] :]:
        gap = (place[: y.shape[1]] - ahead).abs()
        out.append(y[:, torch.minimum(gap, size - gap) <= plan.around].nanquantile(wanted, 1))
    return torch.cat([climatology_mean(y, plan)[None, :, -plan.horizon :], torch.stack(out, 2)])
