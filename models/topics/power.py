"""The tensor power method, one component after another, each taken off before the next."""

import numpy as np

from etl.engine import array_namespace, engine_of
from etl.engine.types import Array
from etl.handoff import from_host
from models.topics.components import Components, apply, finish, rebuild


def power(T: Array, *, restarts: int = 10, n_iter: int = 50, seed: int = 0) -> Components:
    """Robust power iterations with deflation.

    Source: Anandkumar, Ge, Hsu, Kakade and Telgarsky, "Tensor decompositions for learning latent variable
    models", JMLR 2014, algorithm 1: ``restarts`` random vectors, ``n_iter`` steps each, as many more for
    the best.

    Parameters
    ----------
    T : array of float64, shape (k, k, k)
        Symmetric.
    restarts : int
        Random vectors for each component.
    n_iter : int
        Steps of each.
    seed : int

    Returns
    -------
    Components
        k of them.

    Examples
    --------
    >>> import numpy
    >>> power(rebuild(numpy.array([3.0, 2.0]), numpy.eye(2))).strengths.round(6)
    array([3., 2.])
    """
    xp, k = array_namespace(T), len(T)
    rng, rest, V = np.random.RandomState(seed), T.copy(), []
    for _ in range(k):
        v = from_host(rng.standard_normal((k, restarts)), engine_of(T))
        v = _steps(rest, v / xp.linalg.norm(v, axis=0), n_iter)
        strengths = (apply(rest, v) * v).sum(axis=0)
        best = int(xp.argmax(strengths))
        v = _steps(rest, v[:, best : best + 1], n_iter)
        V.append(v)
        rest = rest - rebuild((apply(rest, v) * v).sum(axis=0), v)
    return finish(T, xp.concatenate(V, axis=1), 2 * n_iter)


def _steps(T: Array, v: Array, n_iter: int) -> Array:
    xp = array_namespace(T)
    for _ in range(n_iter):
        v = apply(T, v)
        v = v / xp.maximum(xp.linalg.norm(v, axis=0), 1e-300)
    return v
