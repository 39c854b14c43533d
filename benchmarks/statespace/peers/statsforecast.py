"""statsforecast, one series after the other, as its own frame does on one core."""

import warnings
from typing import Any

import numpy as np
from statsforecast.models import ARIMA, AutoETS

from benchmarks.statespace.peers.series import HORIZON, Result, digest, load_series

__all__ = ["digest", "load", "run"]


def load(data: str) -> Any:
    """Read the series; a first fit of each kind loads what it needs."""
    Y = load_series(data)
    run(Y, 1, "ARIMA(1,1,1)", 2)
    run(Y, 1, "AAN", 2)
    return Y


def run(data: Any, threads: int, case: str, count: int) -> Result:
    """Fit the first ``count`` series and forecast."""
    warnings.simplefilter("ignore")
    loglik, ahead = [], []
    n = data.shape[1] - HORIZON
    for y in data[:count, :-HORIZON]:
        if case.startswith("ARIMA"):
            model, lacks = ARIMA(order=(1, 1, 1)), 0.0
        else:
            model = AutoETS(model=case.replace("d", ""), damped="d" in case)
            lacks = n / 2 * (np.log(n) - np.log(2 * np.pi) - 1)  # its likelihood leaves out constants
        try:
            model.fit(y)
        except ValueError:  # ARIMA whose residuals are not finite
            loglik.append(np.nan)
            ahead.append(np.full(HORIZON, np.nan))
            continue
        loglik.append(model.model_["loglik"] + lacks)
        ahead.append(model.predict(HORIZON)["mean"])
    return data[:count], np.array(loglik), np.array(ahead)
