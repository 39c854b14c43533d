"""MACE: a worker either knows the label or spams by a strategy of their own."""

from functools import partial
from typing import Any

import numpy as np

from etl.engine import engine_of
from models.crowd.aggregator import Aggregator
from models.crowd.dawid_skene import LEAST, posterior
from models.crowd.ties import Ties


class MACE(Aggregator):
    """Multi-annotator competence estimation, by variational Bayes.

    Source: Hovy, Berg-Kirkpatrick, Vaswani and Hovy, "Learning whom to trust with MACE", NAACL 2013, sections
    3.1 to 3.3. All its expected counts are sums over Dawid and Skene's counts of worker, vote and true label.

    Parameters
    ----------
    n_restarts : int
        Random beginnings; the one with the highest likelihood is kept.
    n_iter : int
        Passes over the votes of each.
    tol : float, optional
        See `DawidSkene`.
    knowing, strategy : float
        Pseudo-counts of the priors: Beta of knowing, Dirichlet of the strategy.
    ties, random_state
        See `MajorityVote`; the seed is also that of the beginnings.

    Attributes
    ----------
    skills_ : Series
        Probability that a worker knows rather than spams.
    strategies_ : DataFrame
        Probability of each label (columns) when a worker (rows) spams.
    """

    def __init__(
        self,
        *,
        n_restarts: int = 10,
        n_iter: int = 50,
        tol: float | None = None,
        knowing: float = 0.5,
        strategy: float = 10.0,
        ties: Ties = "first",
        random_state: int = 0,
    ) -> None:
        self.n_restarts = n_restarts
        self.n_iter = n_iter
        self.tol = tol
        self.knowing = knowing
        self.strategy = strategy
        self.ties = ties
        self.random_state = random_state

    def _learn(self) -> None:
        best: dict[str, Any] = {}
        for restart in range(self.n_restarts):
            self._restart = restart
            super()._learn()
            if not best or self.history_[-1] > best["history_"][-1]:
                best = dict(self.__dict__)
        self.__dict__.update(best)

    def _begin(self) -> Any:
        rng = np.random.default_rng([self.random_state, getattr(self, "_restart", 0)])
        workers, classes = self._shape
        xp = self._engine.xp
        draws = xp.asarray(rng.uniform(1.0, 2.5, (workers, 2 + classes)))
        know = draws[:, :2] / draws[:, :2].sum(axis=1, keepdims=True)
        return know, draws[:, 2:] / draws[:, 2:].sum(axis=1, keepdims=True)

    def _table(self, params: Any) -> Any:
        know, strategy = params
        xp = self._engine.xp
        classes = strategy.shape[1]
        spam = know[:, 0, None, None] * strategy[:, :, None]
        table = xp.log(xp.maximum(spam + know[:, 1, None, None] * xp.eye(classes), LEAST))
        priors = xp.full(classes, -xp.log(float(classes)))
        return table.reshape(-1, classes), partial(posterior, log_priors=priors)

    def _m_step(self, by_vote: Any, by_task: Any) -> Any:
        workers, classes = self._shape
        know, strategy = self._used
        cube = by_vote.reshape(workers, classes, classes)
        spam = know[:, 0, None] * strategy
        right = cube.diagonal(axis1=1, axis2=2)
        knew = right * know[:, 1, None] / (spam + know[:, 1, None])
        spammed = cube.sum(axis=2) - knew
        counts = self._engine.xp.stack([spammed.sum(axis=1), knew.sum(axis=1)], axis=1)
        return expected(counts + self.knowing), expected(spammed + self.strategy)

    def _training_table(self, params: Any) -> Any:
        self._used = self._begin() if params is None else params
        return self._table(self._used)

    def _store(self, params: Any) -> None:
        self._params = params
        know, strategy = params
        self.skills_ = self._by_worker(know[:, 1] / know.sum(axis=1), "skill")
        shares = strategy / strategy.sum(axis=1, keepdims=True)
        self.strategies_ = self._engine.df.DataFrame(shares, index=self.workers_, columns=self.classes_)


def expected(counts: Any) -> Any:
    """Geometric mean of the rows' Dirichlet distributions, which need not sum to one."""
    engine = engine_of(counts)
    digamma = engine.special.digamma
    return engine.xp.exp(digamma(counts) - digamma(counts.sum(axis=1, keepdims=True)))
