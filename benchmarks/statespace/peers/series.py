"""Series that forecasters are compared on, and by what."""

from pathlib import Path
from typing import Any

import numpy as np

HORIZON = 12
SHOWN = 1000
"""Series whose likelihoods are compared one by one."""
Result = tuple[Any, Any, Any]


def make(folder: Path, size: int, length: int, seed: int) -> Path:
    """Save series of ``length`` values and as many as are forecast; kept for the next run.

    By turns ARIMA (1, 1, 1) with coefficients from -0.9 to 0.9, and a level with a slope that both drift.
    """
    path = folder / f"statespace-{size}-{length}-{seed}.npy"
    if not path.exists():
        rng, n = np.random.default_rng(seed), length + HORIZON
        e = rng.normal(size=(n, size))
        one, other = np.zeros((n, size)), np.zeros((n, size))
        phi, theta = rng.uniform(-0.9, 0.9, (2, size))
        alpha, turn = rng.uniform(0.05, 0.95, size), rng.uniform(0, 0.3, size)
        slope = rng.normal(0, 0.3, size)
        for t in range(1, n):
            one[t] = phi * one[t - 1] + e[t] + theta * e[t - 1]
            other[t] = other[t - 1] + slope + alpha * e[t - 1]
            slope = slope + alpha * turn * e[t - 1]
        folder.mkdir(parents=True, exist_ok=True)
        Y = 100 + np.where(np.arange(size) % 2, one.cumsum(0), other + e).T
        np.save(path, np.ascontiguousarray(Y))
    return path


def load_series(data: str) -> Any:
    """Series, shape (size, length + HORIZON)."""
    return np.load(data)


def mase(Y: Any, ahead: Any) -> Any:
    """Mean absolute error over that of the naive forecast within the sample, of each series.

    Examples
    --------
    >>> mase(np.array([[0.0, 1.0, 2.0] + [5.0] * HORIZON]), np.full((1, HORIZON), 3.0)).tolist()
    [2.0]
    """
    known, coming = Y[:, :-HORIZON], Y[:, -HORIZON:]
    return np.abs(coming - ahead).mean(1) / np.abs(np.diff(known)).mean(1)


def digest(result: Result) -> dict[str, Any]:
    """Log-likelihoods and errors of the first series."""
    Y, loglik, ahead = (np.asarray(part)[:SHOWN] for part in result)
    return {"loglik": np.round(loglik, 5).tolist(), "mase": np.round(mase(Y, ahead), 5).tolist()}
