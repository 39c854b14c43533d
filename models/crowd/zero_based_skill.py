"""Zero-based skill: weighted majority vote whose weights move towards each worker's agreement with it."""

from typing import Any

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

    def _begin(self) -> Any:
        self._skills = self._engine.xp.full(len(self.workers_), 1.0 / len(self.classes_))
        return self._skills

    def _m_step(self, by_vote: Any, by_task: Any) -> Any:
        rate = self.rate * self.factor ** (self.n_iter_ // self.every)
        self._skills = self._skills + rate * (agreement(by_vote, *self._shape) - self._skills)
        return self._skills

    def _is_done(self, loss: float) -> bool:
        return False
