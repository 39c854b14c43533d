"""Majority vote, and Wawa: majority vote weighted by each worker's agreement with it."""

from functools import partial

from etl.engine import array_namespace
from etl.engine.types import Array
from models.crowd import products
from models.crowd.label_weights import LabelWeights
from models.crowd.ties import Ties, argmax_posterior


class MajorityVote(LabelWeights):
    """The label with most votes.

    Parameters
    ----------
    ties : {"first", "random"}
        Which of several labels with as many votes: the first in their order, or one drawn by the seed.
    random_state : int
        Of the draw.

    Attributes
    ----------
    skills_ : Series of float64
        Share of each worker's votes that agree with the majority.

    Examples
    --------
    >>> import pandas
    >>> votes = pandas.DataFrame({"task": [1, 1, 1, 2], "worker": list("abca"), "label": list("xxyy")})
    >>> MajorityVote().fit(votes).predict().to_dict()
    {1: 'x', 2: 'y'}
    """

    _weighted = False

    def __init__(self, *, ties: Ties = "first", random_state: int = 0) -> None:
        self.ties = ties
        self.random_state = random_state

    def _initial_params(self) -> Array | None:
        return None

    def _vote_table(self, skills: Array | None) -> Array:
        workers, classes = self._shape
        return products.vote_table(self._engine.xp.ones(workers) if skills is None else skills, classes)

    def _table(self, params: Array | None) -> tuple[Array, products.Posterior]:
        return self._vote_table(params if self._weighted else None), products.normalise

    def _training_table(self, params: Array | None) -> tuple[Array, products.Posterior]:
        return self._vote_table(params), partial(argmax_posterior, ties=self.ties, seed=self.random_state)

    def _weights(self, params: Array | None, is_training: bool) -> tuple[Array, products.Posterior]:
        is_plain = params is None or not (is_training or self._weighted)
        weights = self._engine.xp.ones(self._shape[0]) if is_plain else params
        if not is_training:
            return weights, products.normalise
        return weights, partial(argmax_posterior, ties=self.ties, seed=self.random_state)

    def _m_step(self, by_vote: Array, by_task: Array, params: Array | None) -> Array:
        return agreement(by_vote, *self._shape)

    def _store(self, params: Array) -> None:
        self._params = params
        self.skills_ = self._by_worker(params, "skill")


class Wawa(MajorityVote):
    """Worker agreement with aggregate: a majority vote in which each worker weighs their agreement with it.

    Source: Appen, "Calculating worker agreement with aggregate (Wawa)", 2021. Parameters and attributes are
    those of `MajorityVote`; ``skills_`` are the weights.
    """

    _weighted = True


def agreement(by_vote: Array, workers: int, classes: int) -> Array:
    """Share of each worker's votes that are for the true label; ``1 / classes`` of who has no votes.

    Parameters
    ----------
    by_vote : float64 array, shape (workers * classes, classes), or (workers, 2)
        See `models.crowd.products.Counts`; or right votes and all, see `models.crowd.label_weights`.
    workers, classes : int

    Returns
    -------
    float64 array, shape (workers,)
    """
    xp = array_namespace(by_vote)
    if by_vote.shape == (workers, 2):
        right, total = by_vote[:, 0], by_vote[:, 1]
    else:
        cube = by_vote.reshape(workers, classes, classes)
        right, total = cube.diagonal(axis1=1, axis2=2).sum(axis=1), cube.sum(axis=(1, 2))
    right = xp.where(total > 0, right, 1.0)
    return right / xp.where(total > 0, total, classes)
