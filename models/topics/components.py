"""Symmetric tensors as sums of components, ``T = sum of strength_i v_i x v_i x v_i``."""

from dataclasses import dataclass

import numpy as np

from etl.engine import array_namespace, engine_of
from etl.engine.types import Array
from etl.handoff import from_host


@dataclass(frozen=True)
class Components:
    """Components, strongest first.

    Attributes
    ----------
    strengths : array of float, shape (k,)
        All positive.
    V : array of float, shape (d, k)
        Columns of length one.
    residual : float
        ``|T - sum| / |T|``: 0 is a perfect fit.
    n_iter : int
    """

    strengths: Array
    V: Array
    residual: float
    n_iter: int


def apply(T: Array, V: Array) -> Array:
    """``T(I, v_i, v_i)`` for each column of V.

    Parameters
    ----------
    T : array of float, shape (d, d, d)
    V : array of float, shape (d, k)

    Returns
    -------
    array of float, shape (d, k)
    """
    xp, d = array_namespace(T), len(T)
    TV = (T.reshape(d * d, d) @ V).reshape(d, d, V.shape[1])
    return xp.einsum("abi,bi->ai", TV, V)


def rebuild(strengths: Array, V: Array) -> Array:
    """The tensor of components.

    Parameters
    ----------
    strengths : array of float, shape (k,)
    V : array of float, shape (d, k)

    Returns
    -------
    array of float, shape (d, d, d)
    """
    d, k = V.shape
    pairs = (V[:, None, :] * V[None, :, :]).reshape(d * d, k)
    return (pairs @ (strengths[:, None] * V.T)).reshape(d, d, d)


def finish(T: Array, V: Array, n_iter: int) -> Components:
    """Strengths, signs, order and residual of components.

    Parameters
    ----------
    T : array of float, shape (d, d, d)
        Symmetric.
    V : array of float, shape (d, k)
        Columns of length one, of any sign and order.
    n_iter : int
        Steps that were made, to be noted.
    """
    xp = array_namespace(T)
    strengths = (apply(T, V) * V).sum(axis=0)
    V, strengths = xp.where(strengths < 0, -V, V), xp.abs(strengths)
    order = xp.argsort(-strengths)
    V, strengths = V[:, order], strengths[order]
    norm = float(xp.linalg.norm(T.ravel()))
    error = float(xp.linalg.norm((T - rebuild(strengths, V)).ravel()))
    return Components(strengths, V, error / norm if norm else 0.0, n_iter)


def random_starts(T: Array, count: int, seed: int) -> list[Array]:
    """Random orthogonal matrices, drawn on the host, so that they are the same for every device.

    Parameters
    ----------
    T : array, shape (k, k, k)
        Tells the size, and the device.
    count : int
    seed : int

    Returns
    -------
    list of ``count`` arrays of float32, shape (k, k)
    """
    rng, shape = np.random.RandomState(seed), (len(T), len(T))
    drawn = [np.linalg.qr(rng.standard_normal(shape))[0].astype("float32") for _ in range(count)]
    return [from_host(V, engine_of(T)) for V in drawn]
