"""The components of a whitened moment, all at once; and by name the methods of the literature."""

from collections.abc import Callable

from etl.engine import array_namespace
from etl.engine.types import Array
from models.topics.als import als
from models.topics.components import Components, apply, finish, random_starts
from models.topics.online import online
from models.topics.power import power


def polar(
    T: Array,
    *,
    restarts: int = 4,
    n_iter: int = 200,
    tol: float = 1e-5,
    seed: int = 0,
    start: Array | None = None,
) -> Components:
    """All components at once: ``V <- polar(T(I, v_i, v_i) strength_i)`` climbs ``sum strength_i^2``.

    Parameters
    ----------
    T : array, shape (k, k, k)
        Symmetric.
    restarts : int
        Random starts, of which the one that is best after a few sweeps goes on.
    n_iter, tol : int, float
        Stop after so many sweeps, or when one turns no column by more than ``tol``.
    seed : int
        Of the random starts.
    start : array, shape (k, k), optional
        Orthogonal; takes the place of random starts.

    Notes
    -----
    The columns stay orthogonal, so that two components cannot become one, and nothing is deflated, so that
    errors do not add up. Source: the objective of Anandkumar, Ge, Hsu, Kakade and Telgarsky, "Tensor
    decompositions for learning latent variable models", JMLR 2014, section 4, for all components together;
    its gradient is made orthogonal as in Chen and Saad, "On the tensor SVD and the optimal low rank
    orthogonal approximation of tensors", SIAM J. Matrix Anal. Appl. 2009.

    Examples
    --------
    >>> import numpy
    >>> from models.topics.components import rebuild
    >>> T = rebuild(numpy.array([3.0, 2.0]), numpy.eye(2))
    >>> polar(T).strengths.round(6)
    array([3., 2.])
    """
    xp = array_namespace(T)
    work = T.astype("float32")
    starts = [start.astype("float32")] if start is not None else random_starts(T, restarts, seed)
    best, score = starts[0], -1.0
    for V in starts if len(starts) > 1 else []:
        V, _, _ = _sweeps(work, V, min(15, n_iter), tol)
        value = float(((apply(work, V) * V).sum(axis=0) ** 2).sum())
        if value > score:
            best, score = V, value
    V, done, _ = _sweeps(work, best, n_iter, tol)
    return finish(T, xp.asarray(V, T.dtype), done)


def _sweeps(T: Array, V: Array, n_iter: int, tol: float) -> tuple[Array, int, float]:
    xp, turned, done = array_namespace(T), 1.0, 0
    while done < n_iter and turned > tol:
        G = apply(T, V)
        G = G * (G * V).sum(axis=0)
        left, _, right = xp.linalg.svd(G, full_matrices=False)
        new = left @ right
        turned = float(1 - xp.abs((new * V).sum(axis=0)).min())
        V, done = new, done + 1
    return V, done, turned


METHODS: dict[str, Callable[..., Components]] = {"polar": polar, "power": power, "als": als, "online": online}
"""By the name that the estimator takes."""
