"""Symmetric tensors as sums of components, ``T = sum of strength_i v_i x v_i x v_i``."""

from dataclasses import dataclass
from typing import Any

from etl.engine import array_namespace


@dataclass(frozen=True)
class Components:
    """Components, strongest first.

    Attributes
    ----------
    strengths : array, shape (k,)
        All positive.
    V : array, shape (d, k)
        Columns of length one.
    residual : float
        ``|T - sum| / |T|``: 0 is a perfect fit.
    n_iter : int
    """

    strengths: Any
    V: Any
    residual: float
    n_iter: int


def apply(T: Any, V: Any) -> Any:
    """``T(I, v_i, v_i)`` for each column of V, (d, k)."""
    xp, d = array_namespace(T), len(T)
    TV = (T.reshape(d * d, d) @ V).reshape(d, d, V.shape[1])
    return xp.einsum("abi,bi->ai", TV, V)


def rebuild(strengths: Any, V: Any) -> Any:
    """The tensor of components, (d, d, d)."""
    d, k = V.shape
    pairs = (V[:, None, :] * V[None, :, :]).reshape(d * d, k)
    return (pairs @ (strengths[:, None] * V.T)).reshape(d, d, d)


def finish(T: Any, V: Any, n_iter: int) -> Components:
    """Strengths, signs, order and residual of components."""
    xp = array_namespace(T)
    strengths = (apply(T, V) * V).sum(axis=0)
    V, strengths = xp.where(strengths < 0, -V, V), xp.abs(strengths)
    order = xp.argsort(-strengths)
    V, strengths = V[:, order], strengths[order]
    norm = float(xp.linalg.norm(T.ravel()))
    error = float(xp.linalg.norm((T - rebuild(strengths, V)).ravel()))
    return Components(strengths, V, error / norm if norm else 0.0, n_iter)


def random_starts(T: Any, count: int, seed: int) -> list[Any]:
    """Random orthogonal matrices."""
    xp, k = array_namespace(T), len(T)
    rng = xp.random.RandomState(seed)
    return [xp.linalg.qr(rng.standard_normal((k, k)))[0].astype("float32") for _ in range(count)]
