"""Split-conformal intervals: half widths multiplied so that each level held on forecasts made before."""

import math
from collections.abc import Sequence
from itertools import pairwise

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


def widened(value: Tensor, by: list[float], levels: Sequence[int]) -> Tensor:
    """Forecasts whose half widths are multiplied, by level; an interval holds those of lower levels.

    Parameters
    ----------
    value : tensor, shape (..., 1 + 2 * levels, series, horizon)
        Means, then the lower and upper bounds of each level.
    by : list of float
        One a level, see `widening`; of few errors that of a lower level may be the larger.
    levels : sequence of int
        In percent.

    Returns
    -------
    tensor, shape (..., 1 + 2 * levels, series, horizon)
    """
    mean = value[..., :1, :, :]
    times = [1.0] + [factor for factor in by for _ in range(2)]
    wide = mean + (value - mean) * value.new_tensor(times)[:, None, None]
    for low, high in pairwise(sorted(range(len(by)), key=lambda i: levels[i])):
        for side, outer in ((1, torch.minimum), (2, torch.maximum)):
            inner, own = (wide[..., side + 2 * i, :, :] for i in (low, high))
            wide[..., side + 2 * high, :, :] = outer(inner, own)
    return wide
