"""Forecasters from windows by the names of the command line, with what they look at by a plan."""

from collections.abc import Callable
from typing import Any

import torch

from etl.engine.types import Tensor
from models.sequences.base import OverWindows
from models.sequences.linear import DLinear, NLinear
from models.sequences.nvar import NVAR
from models.sequences.tensor_train import LSTMForecaster, MLSTMForecaster, TTLSTMForecaster, TTRNNForecaster
from models.statespace.baselines import Plan
from models.statespace.standing import LONGEST

SHALLOW = ("dlinear", "nlinear", "nvar")
"""Solved in closed form, within seconds."""
NETWORKS: dict[str, Callable[..., OverWindows]] = {
    "lstm": LSTMForecaster,
    "mlstm": MLSTMForecaster,
    "tt_rnn": TTRNNForecaster,
    "tt_lstm": TTLSTMForecaster,
}
METHODS = (*SHALLOW, *NETWORKS)
KINDS: dict[str, Callable[..., OverWindows]] = {
    "dlinear": DLinear,
    "nlinear": NLinear,
    "nvar": NVAR,
} | NETWORKS
LEAST, MOST = 12, 192
"""Steps that are looked at."""
DELAYS = 8
"""Delayed values of NVAR, whose products are many."""
CUBED = 5
"""The same where products have three factors, as of systems that are symmetric about their mean."""
WAVES = 3
"""Waves of a season: the whole, its half and its third."""


def learner(name: str, y: Tensor, plan: Plan, seed: int = 0) -> OverWindows:
    """A fitted forecaster; of those in closed form, the variant of least error on the last windows.

    Parameters
    ----------
    name : str
        Of `METHODS`.
    y : tensor of float64, shape (series, time)
        NaN is a gap.
    plan : Plan
    seed : int
        Of networks.
    """
    told: dict[str, Any] = {"season": periods(plan, y.shape[1]), "levels": plan.levels}
    steps = lookback(y, plan)
    if name in NETWORKS:
        return KINDS[name](plan.horizon, steps, scaling="series", random_state=seed, **told).fit(y)
    found = [KINDS[name](plan.horizon, steps, **told, **options).fit(y) for options in variants(name, steps)]
    return min(found, key=lambda model: model.validation_)


def variants(name: str, steps: int) -> list[dict[str, Any]]:
    """Options of a method that are compared.

    Parameters
    ----------
    name : str
        Of `SHALLOW`.
    steps : int
        That are looked at.

    Examples
    --------
    >>> variants("dlinear", 24)
    [{'scaling': 'series'}, {'scaling': 'window'}]
    """
    if name == "dlinear":
        return [{"scaling": scaling} for scaling in ("series", "window")]
    if name == "nlinear":
        return [{}]
    skips = sorted({1, max(1, steps // DELAYS)})
    kept = [{"scaling": "series", "skip": skip, "delays": DELAYS} for skip in skips]
    skips = sorted({1, max(1, steps // (3 * CUBED))})
    kept += [{"scaling": "series", "order": 3, "skip": skip, "delays": CUBED} for skip in skips]
    return [each | {"iterated": iterated} for each in kept for iterated in (False, True)]


def periods(plan: Plan, time: int) -> tuple[float, ...]:
    """Periods of the waves that are features: those of the season, if it is short, and of the cycle.

    Parameters
    ----------
    plan : Plan
    time : int
        Steps of the series, of which a cycle must be within.

    Examples
    --------
    >>> periods(Plan(24, 48, cycle=8766.0), 20_000)
    (24.0, 12.0, 8.0, 8766.0)
    """
    if plan.season > LONGEST:
        return (1.0,)
    waves = [plan.season / part for part in range(1, WAVES + 1) if plan.season / part >= 2]
    cycle = [plan.cycle] if 2 * plan.season < plan.cycle < time else []
    return (*waves, *cycle) or (1.0,)


def lookback(y: Tensor, plan: Plan) -> int:
    """Steps to look at: two seasons or the horizon, as far as half of the series have windows.

    Parameters
    ----------
    y : tensor, shape (series, time)
    plan : Plan
    """
    seasons = 2 * plan.season if plan.season <= LONGEST else 0
    wanted = min(MOST, max(LEAST, seasons, plan.horizon))
    known = int((~torch.isnan(y)).sum(1).median())
    return max(1, min(wanted, (known - plan.horizon) // 2))
