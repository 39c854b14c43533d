"""Components from one batch's third moment after another, when no single tensor is kept."""

from collections.abc import Sequence

from etl.engine import array_namespace
from etl.engine.types import Array
from models.topics.components import Components, apply, finish, random_starts


def online(
    T: Array | Sequence[Array],
    *,
    restarts: int = 1,
    n_iter: int = 200,
    decay: float = 0.6,
    tol: float = 1e-5,
    seed: int = 0,
) -> Components:
    """All components at once from a running mean of the gradients of batches.

    The stochastic gradient of Huang, Niranjan, Hakeem and Anandkumar, "Online tensor methods for learning
    latent variable models", JMLR 2015, keeps components apart by a penalty, and needs a rate. Here each
    step ends in the nearest orthogonal matrix, so that components cannot meet and no rate is needed:
    `polar` with averaging.

    Parameters
    ----------
    T : array, shape (k, k, k), or sequence of them
        Third moments of batches in the same whitened coordinates, seen in turns.
    restarts : int
        Random starts; the components that fit the mean tensor best are kept.
    n_iter : int
        Steps, at most.
    decay : float
        The step t counts ``(t + 1) ** -decay`` in the mean.
    tol : float
        A step that turns no column by more than this (1 - cosine) is the last, once each batch was seen.
    seed : int

    Examples
    --------
    >>> import numpy
    >>> from models.topics.components import rebuild
    >>> noise = numpy.full((2, 2, 2), 0.1)
    >>> exact = rebuild(numpy.array([3.0, 2.0]), numpy.eye(2))
    >>> online([exact + noise, exact - noise]).strengths.round(2)
    array([3., 2.])
    """
    tensors: list[Array] = [T] if hasattr(T, "shape") else list(T)
    mean: Array = sum(tensors) / len(tensors)
    runs = (
        _one(tensors, V.astype(mean.dtype), n_iter, decay, tol) for V in random_starts(mean, restarts, seed)
    )
    return min((finish(mean, V, done) for V, done in runs), key=lambda each: each.residual)


def _one(tensors: list[Array], V: Array, n_iter: int, decay: float, tol: float) -> tuple[Array, int]:
    xp, mean = array_namespace(V), 0.0
    for number in range(n_iter):
        G = apply(tensors[number % len(tensors)], V)
        share = (number + 1) ** -decay
        mean = (1 - share) * mean + share * G * (G * V).sum(axis=0)
        left, _, right = xp.linalg.svd(mean, full_matrices=False)
        before, V = V, left @ right
        if float(1 - xp.abs((before * V).sum(axis=0)).min()) < tol and number >= len(tensors):
            return V, number + 1
    return V, n_iter
