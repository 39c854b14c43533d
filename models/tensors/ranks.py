"""How many components a mode has: by the energy of its singular values, or by a Bayesian threshold.

Source of the latter: Nakajima, Sugiyama, Babacan, Tomioka, "Global analytic solution of fully-observed
variational Bayesian matrix factorization", JMLR 14, 2013: theorem 2 (threshold), theorem 3 and corollary 2
(noise variance). Singular values are read by the host; ranks are numbers of the program.
"""

import numpy as np
from scipy.optimize import minimize_scalar

from etl.engine.types import Array
from etl.handoff import to_host
from models.tensors.arrays import is_torch
from models.tensors.batches import matricised
from models.tensors.linalg import left_singular


def singular_values(x: Array, mode: int) -> np.ndarray:
    """Squared singular values of a mode's unfoldings, on the host, shape (tensors, k), descending.

    Parameters
    ----------
    x : float array, shape (tensors, n_1, ..., n_N)
    mode : int
    """
    return host_squares(left_singular(matricised(x.detach() if is_torch(x) else x, mode))[0])


def host_squares(values: Array) -> np.ndarray:
    """Squared singular values in host memory.

    Parameters
    ----------
    values : float array
    """
    return to_host(values.detach() if is_torch(values) else values)


def energy_ranks(x: Array, share: float) -> list[int]:
    """The least ranks that each keep a share of the sum of squares, in every tensor of a batch.

    Parameters
    ----------
    x : float array, shape (tensors, n_1, ..., n_N)
    share : float
        Above 0 and at most 1.

    Raises
    ------
    ValueError
        The share is not of that range.
    """
    if not 0 < share <= 1:
        raise ValueError(f"the energy to keep is a share above 0 and at most 1, not {share}")
    return [int(_by_energy(singular_values(x, mode), share).max()) for mode in range(x.ndim - 1)]


def _by_energy(squares: np.ndarray, share: float) -> np.ndarray:
    kept = np.cumsum(squares, 1)
    rounding = 4 * np.finfo(squares.dtype).eps
    return np.minimum((kept < kept[:, -1:] * (share - rounding)).sum(1) + 1, squares.shape[1])


def evbmf_ranks(x: Array) -> list[int]:
    """Ranks by `evbmf` of each unfolding, at least 1, the most that a tensor of the batch needs.

    Parameters
    ----------
    x : float array, shape (tensors, n_1, ..., n_N)
    """
    ranks = []
    for mode in range(x.ndim - 1):
        size, others = x.shape[mode + 1], int(np.prod(x.shape[1:])) // x.shape[mode + 1]
        found = [evbmf(squares, size, others)[0] for squares in singular_values(x, mode)]
        ranks.append(max(1, *found))
    return ranks


def evbmf(squares: np.ndarray, rows: int, columns: int) -> tuple[int, float]:
    """Rank of a matrix in noise, and the variance of the noise, by empirical variational Bayes.

    Parameters
    ----------
    squares : float array, shape (k,)
        Its squared singular values, descending.
    rows, columns : int

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> noisy = 3 * rng.normal(size=(40, 3)) @ rng.normal(size=(3, 90)) + rng.normal(size=(40, 90))
    >>> rank, variance = evbmf(np.linalg.svd(noisy)[1] ** 2, 40, 90)
    >>> rank, round(variance, 1)
    (3, 1.0)
    """
    low, high = sorted((rows, columns))
    ratio = low / high
    least = threshold(ratio)
    squares = np.asarray(squares, dtype="float64")
    if not squares.sum():
        return 0, 0.0
    bounds = _variance_bounds(squares, low, high, least)
    if bounds[0] >= bounds[1]:
        return int((squares > high * bounds[1] * least).sum()), float(bounds[1])
    log_found = minimize_scalar(
        lambda log: _free_energy(squares, np.exp(log), high, ratio, least),
        bounds=np.log(bounds),
        method="bounded",
    ).x
    variance = float(np.exp(log_found))
    return int((squares > high * variance * least).sum()), variance


def threshold(ratio: float) -> float:
    """A singular value counts if its square is above this times the longer side times the noise variance.

    Parameters
    ----------
    ratio : float
        Of the shorter side to the longer.
    """
    tau = 2.5129 * np.sqrt(ratio)
    return (1 + tau) * (1 + ratio / tau)


def _variance_bounds(squares: np.ndarray, low: int, high: int, least: float) -> tuple[float, float]:
    """Between what the noise variance lies (corollary 2)."""
    most = max(min(int(np.ceil(low / (1 + low / high))) - 1, len(squares)), 1)
    rest = squares[most:]
    upper = squares.sum() / (low * high)
    tail = max(rest[0] / (high * least), rest.mean() / high) if len(rest) else 0.0
    return max(tail, upper * 1e-14), upper


def _free_energy(squares: np.ndarray, variance: float, high: int, ratio: float, least: float) -> float:
    """Free energy as a function of the noise variance, up to a constant (theorem 3)."""
    x = squares / (high * variance)
    x = np.maximum(x, np.finfo("float64").tiny)
    large, small = x[x > least], x[x <= least]
    middle = large - (1 + ratio)
    tau = 0.5 * (middle + np.sqrt(np.maximum(middle**2 - 4 * ratio, 0)))
    found = np.sum(small - np.log(small)) + np.sum(large - tau) + np.sum(np.log((tau + 1) / large))
    return float(found + ratio * np.sum(np.log(tau / ratio + 1)))
