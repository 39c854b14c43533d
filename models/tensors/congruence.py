"""How alike two CP decompositions are, whatever the order and signs of their components."""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment


def congruence(found: Sequence[np.ndarray], wanted: Sequence[np.ndarray]) -> float:
    """Mean product, over modes, of the cosines of matched components: 1 where all are the same.

    Tucker's coefficient of congruence (1951), components matched so that the mean is highest.

    Parameters
    ----------
    found : sequence of float arrays, shape (n_k, rank)
    wanted : sequence of float arrays, shape (n_k, r)
        Components without a partner count as 0 where there are fewer in ``found``.

    Examples
    --------
    >>> wanted = [np.eye(3)[:, :2], np.array([[1.0, 1.0], [0.0, 1.0]])]
    >>> congruence([-2 * wanted[0][:, ::-1], wanted[1][:, ::-1]], wanted)
    1.0
    """
    alike = np.ones((found[0].shape[1], wanted[0].shape[1]))
    for one, other in zip(found, wanted, strict=True):
        alike = alike * (_unit(one).T @ _unit(other))
    rows, columns = linear_sum_assignment(-np.abs(alike))
    return round(float(np.abs(alike)[rows, columns].sum() / wanted[0].shape[1]), 12)


def _unit(factor: np.ndarray) -> np.ndarray:
    norm = np.linalg.norm(factor, axis=0)
    return factor / np.where(norm > 0, norm, 1.0)
