"""CP decomposition by alternating least squares, symmetric at its end."""

from operator import attrgetter

from etl.engine import array_namespace
from etl.engine.types import Array
from models.topics.components import Components, finish, random_starts


def als(T: Array, *, restarts: int = 1, n_iter: int = 100, tol: float = 1e-6, seed: int = 0) -> Components:
    """Least squares for one factor at a time, from random orthogonal ones; of all restarts the best fit.

    Nothing keeps two components apart: on noisy moments some come out twice. Source: Kolda and Bader, "Tensor
    decompositions and applications", SIAM Review 2009, section 3.4.

    Parameters
    ----------
    T : array of float, shape (k, k, k)
        Symmetric.
    restarts : int
        Random starts.
    n_iter : int
        Sweeps over the three factors, at most.
    tol : float
        A sweep that turns no column of the first factor by more than this (1 - cosine) is the last.
    seed : int

    Returns
    -------
    Components
        k of them, in the dtype of ``T``.

    Examples
    --------
    >>> import numpy
    >>> from models.topics.components import rebuild
    >>> als(rebuild(numpy.array([3.0, 2.0]), numpy.eye(2)), restarts=3).strengths.round(3)
    array([3., 2.])
    """
    starts = random_starts(T, restarts, seed)
    return min((_one(T, V.astype(T.dtype), n_iter, tol) for V in starts), key=attrgetter("residual"))


def _one(T: Array, V: Array, n_iter: int, tol: float) -> Components:
    xp, k = array_namespace(T), len(T)
    factors, flat, done = [V, V, V], T.reshape(k, k * k), 0
    while done < n_iter:
        done += 1
        before = factors[0]
        for mode in range(3):
            B, C = (factors[m] for m in range(3) if m != mode)
            khatri_rao = (B[:, None, :] * C[None, :, :]).reshape(k * k, -1)
            gram = (B.T @ B) * (C.T @ C)
            A = (flat @ khatri_rao) @ xp.linalg.pinv(gram)
            factors[mode] = A / xp.maximum(xp.linalg.norm(A, axis=0), 1e-300)
        if float(1 - xp.abs((before * factors[0]).sum(axis=0)).min()) < tol:
            break
    signs = xp.sign((factors[0] * factors[1]).sum(axis=0))
    V = factors[0] + signs * factors[1]
    return finish(T, V / xp.maximum(xp.linalg.norm(V, axis=0), 1e-300), done)
