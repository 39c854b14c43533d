"""Split-conformal intervals: half widths multiplied so that each level held on forecasts made before."""

import math

import torch

from etl.engine.types import Tensor
from models.statespace.baselines import Plan


def widening(truth: Tensor, value: Tensor, plan: Plan) -> list[float]:
    """By what to multiply half widths so that each level held on these forecasts.

    Split conformal prediction (Lei et al. 2018) with errors over half widths; it needs errors that are
    exchangeable with those to come, and series that go together are not.

    Parameters
    ----------
    truth : tensor, shape (origins, series, horizon)
    value : tensor, shape (origins, 1 + 2 * levels, series, horizon)
        Means, then the lower and upper bounds of each level.
    plan : Plan

    Returns
    -------
    list of float
        One a level; 1 where nothing is known.
    """
    error, out = truth - value[:, 0], list[float]()
    for i, level in enumerate(plan.levels):
        lower, upper = value[:, 0] - value[:, 1 + 2 * i], value[:, 2 + 2 * i] - value[:, 0]
        scores = error.abs() / torch.where(error > 0, upper, lower)
        known = scores[torch.isfinite(scores)].sort().values
        rank = math.ceil((len(known) + 1) * level / 100)
        out.append(float(known[min(rank, len(known)) - 1]) if len(known) else 1.0)
    return out


def widened(value: Tensor, by: list[float]) -> Tensor:
    """Forecasts whose half widths are multiplied, by level.

    Parameters
    ----------
    value : tensor, shape (..., 1 + 2 * levels, series, horizon)
        Means, then the lower and upper bounds of each level.
    by : list of float
        One a level, see `widening`.

    Returns
    -------
    tensor, shape (..., 1 + 2 * levels, series, horizon)
    """
    mean = value[..., :1, :, :]
    times = [1.0] + [factor for factor in by for _ in range(2)]
    return mean + (value - mean) * value.new_tensor(times)[:, None, None]
