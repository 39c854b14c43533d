"""Which label wins where several have the same weight."""

from typing import Literal

from etl.engine import array_namespace
from etl.engine.types import Array
from etl.hashing import mix

Ties = Literal["first", "random"]

CLOSE = 1e-9
"""Weights that differ by less than this share of the largest are equal: sums in another order differ so."""


def winner(weights: Array, ties: Ties, seed: int = 0, first: int = 0) -> Array:
    """Code of the heaviest label of each row, int64, shape (tasks,).

    Parameters
    ----------
    weights : array, shape (tasks, classes)
        Not negative.
    ties : {"first", "random"}
        The first label in their order, or one drawn by the seed and the place of the task.
    seed : int
    first : int
        Place of the first row's task among all tasks.

    Raises
    ------
    ValueError
        ``ties`` is neither.

    Examples
    --------
    >>> import numpy
    >>> winner(numpy.array([[1.0, 2.0, 2.0]]), "first").tolist()
    [1]
    """
    if ties not in ("first", "random"):
        raise ValueError(f"ties is {ties!r}; it must be first or random")
    tied = weights >= (weights.max(axis=1) * (1 - CLOSE))[:, None]
    if ties == "first":
        return tied.argmax(axis=1)
    xp = array_namespace(weights)
    among = tied.cumsum(axis=1)
    drawn = mix(xp.arange(first, first + len(tied)), seed) % among[:, -1].astype("uint64")
    return (tied & (among == drawn.astype("int64")[:, None] + 1)).argmax(axis=1)


def one_hot(codes: Array, classes: int) -> Array:
    """Rows of zeros with a one at each code.

    Parameters
    ----------
    codes : int array, shape (n,)
    classes : int

    Returns
    -------
    float64 array, shape (n, classes)
    """
    xp = array_namespace(codes)
    return (codes[:, None] == xp.arange(classes)).astype("float64")


def argmax_posterior(scores: Array, first: int, ties: Ties, seed: int) -> tuple[Array, float]:
    """Posterior that is certain of the heaviest label; see `models.crowd.products.Posterior`.

    Parameters
    ----------
    scores : float64 array, shape (tasks, classes)
        Not negative.
    first : int
        Place of the first row's task among all tasks.
    ties, seed
        See `winner`.

    Returns
    -------
    posterior : float64 array, shape (tasks, classes)
    log_likelihood : float
        0, as this rule has none.
    """
    return one_hot(winner(scores, ties, seed, first), scores.shape[1]), 0.0
