"""How good forecasts are: errors by horizon, beside the baselines', and how often intervals cover."""

import math
from typing import Any

import torch

from etl.engine.types import Tensor
from models.statespace.baselines import BASELINES, Plan

Row = dict[str, Any]


def scales(y: Tensor, plan: Plan, origins: list[int]) -> Tensor:
    """Mean absolute errors of the seasonal naive forecast before each origin.

    Parameters
    ----------
    y : tensor, shape (series, time)
        NaN is a gap.
    plan : Plan
    origins : list of int
        Columns of ``y`` that are the first to be forecast.

    Returns
    -------
    tensor, shape (origins, series)
    """
    errors = (y[:, plan.season :] - y[:, : -plan.season]).abs()
    return torch.stack([errors[:, : origin - plan.season].nanmean(1) for origin in origins])


def measures(truth: Tensor, found: dict[str, Tensor], scale: Tensor, plan: Plan) -> list[Row]:
    """Errors of each method on the values that all of them forecast.

    Parameters
    ----------
    truth : tensor, shape (origins, series, horizon)
    found : dict of str to tensor, shape (origins, 1 + 2 * levels, series, horizon)
    scale : tensor, shape (origins, series)
        Of MASE (Hyndman & Koehler 2006); values of a series whose scale is 0 count in the others only.
    plan : Plan

    Returns
    -------
    list of dict
        ``method, mase, smape, rmse, horizon, coverage, width``: sMAPE in percent, 200 |e| / (|y| + |f|);
        ``horizon`` holds RMSE by step; coverage and mean width by level.

    Raises
    ------
    ValueError
        There is no such value.
    """
    cells = ~torch.isnan(truth)
    for value in found.values():
        cells &= ~torch.isnan(value).any(1)
    if not cells.any():
        raise ValueError("no value was forecast by all methods; give longer series, or leave a model out")
    return [{"method": name} | _errors(truth, value, scale, cells, plan) for name, value in found.items()]


def _errors(truth: Tensor, value: Tensor, scale: Tensor, cells: Tensor, plan: Plan) -> Row:
    mean = value[:, 0]
    error = torch.where(cells, truth - mean, torch.nan)
    size = truth.abs() + mean.abs()
    relative = torch.where(size > 0, 200 * error.abs() / size, error.abs())
    scaled = error.abs() / torch.where(scale > 0, scale, torch.nan)[..., None]
    row = {"mase": scaled.nanmean(), "smape": relative.nanmean(), "rmse": error.square().nanmean().sqrt()}
    out: Row = {name: number(amount) for name, amount in row.items()}
    out["horizon"] = [number(step) for step in error.square().nanmean((0, 1)).sqrt().tolist()]
    bounds = {str(level): value[:, 1 + 2 * i : 3 + 2 * i] for i, level in enumerate(plan.levels)}
    inside = {k: (b[:, 0] <= truth) & (truth <= b[:, 1]) for k, b in bounds.items()}
    out["coverage"] = {k: number(held[cells].double().mean()) for k, held in inside.items()}
    out["width"] = {k: number((b[:, 1] - b[:, 0])[cells].mean()) for k, b in bounds.items()}
    return out


def number(value: Tensor | float) -> float | None:
    """A number of four decimals, of four digits where it is small, or None where it is not defined.

    Parameters
    ----------
    value : tensor, 0-d, or float

    Examples
    --------
    >>> number(12.34567), number(1.234567e-5), number(math.inf)
    (12.3457, 1.235e-05, None)
    """
    plain = float(value)
    if not math.isfinite(plain):
        return None
    return round(plain, 4) if abs(plain) >= 0.1 else float(f"{plain:.4g}")


def skill(rows: list[Row], rival: str) -> dict[str, list[float | None]]:
    """Share of the rival's RMSE that each model saves, by horizon; negative where it loses.

    Parameters
    ----------
    rows : list of dict
        By `measures`.
    rival : str
        A method among them.

    Returns
    -------
    dict of str to list of float or None
        By model, one a step; None where an RMSE is not defined.

    Examples
    --------
    >>> rows = [{"method": "naive", "horizon": [2.0, 4.0]}, {"method": "ets", "horizon": [1.0, 5.0]}]
    >>> skill(rows, "naive")
    {'ets': [0.5, -0.25]}
    """
    base = next(row["horizon"] for row in rows if row["method"] == rival)
    return {
        row["method"]: [
            round(1 - rmse / rival_rmse, 4) if rmse is not None and rival_rmse else None
            for rmse, rival_rmse in zip(row["horizon"], base, strict=True)
        ]
        for row in rows
        if row["method"] not in BASELINES
    }
