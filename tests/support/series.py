"""Series of known kinds."""

import numpy as np


def integrated(count: int, n: int, seed: int) -> np.ndarray:
    """ARIMA (1, 1, 1) series, shape (count, n)."""
    rng = np.random.default_rng(seed)
    e, w = rng.normal(size=(n, count)), np.zeros((n, count))
    phi, theta = rng.uniform(-0.9, 0.9, (2, count))
    for t in range(1, n):
        w[t] = phi * w[t - 1] + e[t] + theta * e[t - 1]
    return 100 + w.cumsum(0).T


def seasonal(count: int, n: int, seed: int, period: int = 12) -> np.ndarray:
    """Positive series with a trend and a season that grows with the level, shape (count, n)."""
    rng = np.random.default_rng(seed)
    t = np.arange(n)
    level = 50 + 0.3 * t + rng.normal(size=(count, n)).cumsum(1)
    wave = 1 + 0.3 * np.sin(2 * np.pi * (t + rng.integers(0, period, count)[:, None]) / period)
    return np.maximum(level, 20) * wave * np.exp(rng.normal(0, 0.04, (count, n)))
