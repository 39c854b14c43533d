"""Zero-based skill: weighted majority vote whose weights move towards each worker's agreement with it."""

import math
from typing import ClassVar

from etl.engine.types import Array
from models.crowd.majority import MajorityVote, agreement
from models.crowd.ties import Ties


class ZeroBasedSkill(MajorityVote):
    """Weighted majority vote, repeated: ``skill += rate * (agreement - skill)``.

    Source: the Toloka aggregation of that name. Skills begin at ``1 / classes``; the rate is multiplied by
    ``factor`` every ``every`` passes.

    Parameters
    ----------
    n_iter : int
        Passes over the votes.
    rate, factor : float
        First learning rate, and what it is multiplied by.
    every : int
        Passes of the same rate.
    ties, random_state
        See `MajorityVote`.
    """

    _weighted = True
    _passes_without_likelihood: ClassVar[float] = math.inf

    def __init__(
        self,
        *,
        n_iter: int = 100,
        rate: float = 1.0,
        factor: float = 0.5,
        every: int = 20,
        ties: Ties = "first",
        random_state: int = 0,
    ) -> None:
        super().__init__(ties=ties, random_state=random_state)
        self.n_iter = n_iter
        self.rate = rate
        self.factor = factor
        self.every = every

    def _initial_params(self) -> Array:
        return self._engine.xp.full(len(self.workers_), 1.0 / len(self.classes_))

    def _m_step(self, by_vote: Array, by_task: Array, params: Array | None) -> Array:
        skills = self._initial_params() if params is None else params
        rate = self.rate * self.factor ** (self.n_iter_ // self.every)
        return skills + rate * (agreement(by_vote, *self._shape) - skills)

    def _extended(self, params: Array) -> Array:
        skills = self._initial_params()
        skills[: len(params)] = params
        return skills
