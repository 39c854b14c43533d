"""How far topics lie from each other, and where in a plane."""

import numpy as np

from etl.engine import array_namespace
from etl.engine.types import Array
from etl.handoff import to_host


def hellinger(components: Array) -> np.ndarray:
    """Hellinger distances between topics, on the host.

    Parameters
    ----------
    components : float array, shape (k, words)
        Rows sum to 1.

    Returns
    -------
    float array, shape (k, k)
    """
    xp = array_namespace(components)
    root = xp.sqrt(xp.maximum(components, 0))
    return to_host(xp.sqrt(xp.maximum(1 - root @ root.T, 0)))


def classical_scaling(distance: np.ndarray) -> tuple[np.ndarray, float]:
    """Points whose distances are nearly those given, and the share of squares that they hold.

    Source: Torgerson, "Multidimensional scaling: I. Theory and method", Psychometrika 17, 1952.

    Parameters
    ----------
    distance : float array, shape (k, k)

    Returns
    -------
    points : float array, shape (k, 2)
    share : float

    Examples
    --------
    >>> points, share = classical_scaling(np.array([[0.0, 3.0, 4.0], [3.0, 0.0, 5.0], [4.0, 5.0, 0.0]]))
    >>> float(np.linalg.norm(points[0] - points[2]).round(6)), round(share, 6)
    (4.0, 1.0)
    """
    middle = np.eye(len(distance)) - 1 / len(distance)
    values, vectors = np.linalg.eigh(-0.5 * middle @ distance**2 @ middle)
    values = np.maximum(values, 0)
    points = vectors[:, :-3:-1] * np.sqrt(values[:-3:-1])
    points *= np.where(points.max(axis=0) < -points.min(axis=0), -1, 1)  # vectors have no sign of their own
    return points, float(values[-2:].sum() / max(values.sum(), 1e-12))
