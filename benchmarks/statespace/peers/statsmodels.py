"""statsmodels, one series after the other."""

import warnings
from typing import Any

import numpy as np
from statsmodels.tsa.api import ETSModel
from statsmodels.tsa.arima.model import ARIMA

from benchmarks.statespace.peers.series import HORIZON, Result, digest, load_series

__all__ = ["digest", "load", "run"]
load = load_series


def run(data: Any, threads: int, case: str, count: int) -> Result:
    """Fit the first ``count`` series and forecast."""
    warnings.simplefilter("ignore")
    loglik, ahead = [], []
    for y in data[:count, :-HORIZON]:
        if case.startswith("ARIMA"):
            fitted = ARIMA(y, order=(1, 1, 1)).fit()
        else:
            trend = "add" if case[1] == "A" else None
            fitted = ETSModel(y, error="add", trend=trend, damped_trend="d" in case).fit(disp=False)
        loglik.append(fitted.llf)
        ahead.append(fitted.forecast(HORIZON))
    return data[:count], np.array(loglik), np.array(ahead)
