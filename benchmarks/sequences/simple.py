"""What networks must beat: naive forecasts, climatology, ETS and ARIMA, which see all values so far."""

from dataclasses import replace

import numpy as np
import torch

from benchmarks.sequences.sets import Sequences, Values, Windows
from models.sequences.learners import SHALLOW
from models.sequences.standing import stand
from models.statespace.baselines import BASELINES, Plan

METHODS = (*BASELINES, "ets", "arima")
STORY = tuple(f"story {name}" for name in ("anomalies", *SHALLOW))
"""Methods as ``pipelines.forecast`` has them; those of windows choose for themselves how far they look."""
HISTORY = 672
"""Last values to which ETS and ARIMA are fitted: with a season of 24 hours 2,000 take ten minutes."""


def forecasts(name: str, data: Sequences, windows: Windows) -> Values:
    """Means from each origin, shape (origins, series, horizon).

    ETS and ARIMA are fitted to what is before the first origin and then take further values; where the
    series are others than those of training, they are fitted to the few values before the origin.

    Parameters
    ----------
    name : str
        Of `METHODS` or `STORY`.
    data : Sequences
    windows : Windows
    """
    plan = Plan(data.season, data.horizon, levels=(80,), history=HISTORY, memory=data.memory)
    y = torch.from_numpy(windows.y)
    if name in BASELINES or not data.goes_on:
        return np.stack([stand(name, y[:, :at], plan).forecast()[0].numpy() for at in windows.origins])
    at, found = windows.origins[0], []
    standing = stand(name.removeprefix("story "), y[:, :at], replace(plan, memory=at))
    for origin in windows.origins:
        if origin > at:
            standing = standing.after(y[:, at:origin], torch.full((len(y),), origin - at))
        at = origin
        found.append(standing.forecast()[0].numpy())
    return np.stack(found)
