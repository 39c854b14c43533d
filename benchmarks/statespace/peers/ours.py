"""Our peer: all series in one call."""

from typing import Any

from benchmarks.statespace.peers.series import HORIZON, Result, digest, load_series
from models.statespace.arima import ARIMA
from models.statespace.ets import ETS

__all__ = ["digest", "load", "run"]


def load(data: str) -> Any:
    """Read the series; a first fit reads the compiled kernels from their cache."""
    Y = load_series(data)
    run(Y[:8], 1, "ARIMA(1,1,1)", 8)
    run(Y[:8], 1, "AAN", 8)
    return Y


def run(data: Any, threads: int, case: str, count: int) -> Result:
    """Fit the first ``count`` series and forecast, on as many threads as the pools have."""
    Y = data[:count, :-HORIZON]
    model = ARIMA((1, 1, 1)) if case.startswith("ARIMA") else ETS(case)
    model.fit(Y)
    return data[:count], model.loglik_.numpy(), model.predict(HORIZON)
