"""Dawid and Skene's model with a Dirichlet prior around the confusion of all workers together."""

from dataclasses import replace
from operator import add

from etl.crowd.votes import Votes
from etl.engine.types import Array
from etl.records import Choice, record
from models.crowd.aggregator import EMPass, EMRun
from models.crowd.dawid_skene import ConfusionModel, DawidSkene
from models.crowd.ties import Ties

SINGLE = "pooled Dawid-Skene: some tasks have one vote; who errs is learnt from those that have more"
NONE = "pooled Dawid-Skene: no task has two votes, so nothing tells who errs; labels are as voted"


class PooledDawidSkene(DawidSkene):
    """Confusions drawn towards the pooled one, so that workers of few votes are not believed to be perfect.

    Each row of a worker's confusion has the prior ``Dirichlet(strength * pooled row)``; the posterior mean is
    taken. With ``strength`` 0 it is `DawidSkene`. Source: Kim and Ghahramani, "Bayesian classifier
    combination", AISTATS 2012, section 2.1, with the prior's mean estimated from all workers.

    A task of one vote and no known label tells nothing of who errs, and under the prior such tasks would draw
    all labels into one: confusions and shares are learnt from the others. Where there are none, labels are as
    voted.

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

    def _learn(self) -> None:
        votes = self._pieces
        several = replace(votes, items=list(votes.items)).map("corroborated", Votes.corroborated)
        left = several.reduce(len, add)
        if left == self.n_votes_:
            super()._learn()
            return
        record(Choice(reason=SINGLE if left else NONE))
        if not left:
            self._adopt(self._as_voted())
            return
        self._pieces = several.persist()
        try:
            super()._learn()
        finally:
            self._pieces = votes

    def _as_voted(self) -> EMRun:
        by_vote, by_task, _ = self._e_step(self._pieces, None)
        last = EMPass(self._m_step(by_vote, by_task, None), (by_vote, by_task))
        return EMRun(last, "no task has two votes", n_iter=1)

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
