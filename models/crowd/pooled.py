"""Dawid and Skene's model with a Dirichlet prior around the confusion of all workers together."""

from etl.engine.types import Array
from models.crowd.dawid_skene import ConfusionModel, DawidSkene
from models.crowd.ties import Ties


class PooledDawidSkene(DawidSkene):
    """Confusions drawn towards the pooled one, so that workers of few votes are not believed to be perfect.

    Each row of a worker's confusion has the prior ``Dirichlet(strength * pooled row)``; the posterior mean is
    taken. With ``strength`` 0 it is `DawidSkene`. Source: Kim and Ghahramani, "Bayesian classifier
    combination", AISTATS 2012, section 2.1, with the prior's mean estimated from all workers.

    Parameters
    ----------
    strength : float
        Votes that the pooled confusion counts as, for each worker and true label.
    n_iter, tol, ties, random_state
        See `DawidSkene`, whose attributes it has too.
    """

    def __init__(
        self,
        *,
        strength: float = 3.0,
        n_iter: int = 100,
        tol: float | None = 1e-5,
        ties: Ties = "first",
        random_state: int = 0,
    ) -> None:
        super().__init__(n_iter=n_iter, tol=tol, ties=ties, random_state=random_state)
        self.strength = strength

    def _m_step(self, by_vote: Array, by_task: Array, params: ConfusionModel | None) -> ConfusionModel:
        workers, classes = self._shape
        cube = by_vote.reshape(workers, classes, classes)
        return ConfusionModel(pool(cube, self.strength), shares(by_task))


def pool(cube: Array, strength: float) -> Array:
    """Confusions from counts and the pooled confusion as a prior.

    The pooled confusion itself has one vote a true label, spread over the labels.

    Parameters
    ----------
    cube : float64 array, shape (workers, labels, true labels)
        Expected counts of votes.
    strength : float
        Votes that the pooled confusion counts as, for each worker and true label.

    Returns
    -------
    float64 array, shape (workers, labels, true labels)
        Sums to 1 over the labels.
    """
    pooled = cube.sum(axis=0) + 1.0 / cube.shape[1]
    cube = cube + strength * pooled / pooled.sum(axis=0)
    return cube / cube.sum(axis=1, keepdims=True)


def of_all(cube: Array) -> Array:
    """Confusion of all workers together, (labels, true labels), from counts as of `pool`."""
    pooled = cube.sum(axis=0) + 1.0 / cube.shape[1]
    return pooled / pooled.sum(axis=0)


def shares(by_task: Array) -> Array:
    """Class shares, (classes,), from expected counts of tasks, with one task spread over the classes."""
    return (by_task + 1.0 / len(by_task)) / (by_task.sum() + 1.0)
