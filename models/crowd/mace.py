"""MACE: a worker either knows the label or spams by a strategy of their own."""

from functools import partial
from typing import NamedTuple

import numpy as np

from etl.engine import engine_of
from etl.engine.types import Array
from etl.handoff import from_host
from models.crowd.aggregator import Aggregator, EMPass
from models.crowd.dawid_skene import LEAST, posterior
from models.crowd.prediction import column_names
from models.crowd.products import Posterior
from models.crowd.ties import Ties


class Competence(NamedTuple):
    """Parameters of MACE; by variational Bayes their rows need not sum to one.

    Attributes
    ----------
    know : float64 array, shape (workers, 2)
        Weight of spamming, then of knowing: ``1 - theta`` and ``theta`` of the paper.
    strategy : float64 array, shape (workers, classes)
        Weight of each label when the worker spams: ``xi`` of the paper.
    """

    know: Array
    strategy: Array


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
        runs = (self._em(EMPass(self._initial_params(restart))) for restart in range(self.n_restarts))
        self._adopt(max(runs, key=lambda run: run.history[-1]))  # the first of equals

    def _initial_params(self, restart: int = 0) -> Competence:
        rng = np.random.default_rng([self.random_state, restart])
        workers, classes = self._shape
        draws = from_host(rng.uniform(1.0, 2.5, (workers, 2 + classes)), self._engine)
        know, strategy = draws[:, :2], draws[:, 2:]
        return Competence(
            know / know.sum(axis=1, keepdims=True), strategy / strategy.sum(axis=1, keepdims=True)
        )

    def _table(self, params: Competence | None) -> tuple[Array, Posterior]:
        """Log weight of each vote by true label: ``log(know * [vote is true] + spam * strategy[vote])``."""
        know, strategy = self._initial_params() if params is None else params
        xp, classes = self._engine.xp, strategy.shape[1]
        spams = know[:, 0, None, None] * strategy[:, :, None]
        knows = know[:, 1, None, None] * xp.eye(classes)
        table = xp.log(xp.maximum(spams + knows, LEAST))
        log_priors = xp.full(classes, -np.log(float(classes)))
        return table.reshape(-1, classes), partial(posterior, log_priors=log_priors)

    def _m_step(self, by_vote: Array, by_task: Array, params: Competence | None) -> Competence:
        """Parameters from expected counts of known and of spammed votes.

        Only a vote for the true label may have been known, with probability
        ``know / (know + spam * strategy[vote])`` by the parameters of the E step.
        """
        know, strategy = self._initial_params() if params is None else params
        workers, classes = self._shape
        cube = by_vote.reshape(workers, classes, classes)
        right = cube.diagonal(axis1=1, axis2=2)
        spam = know[:, 0, None] * strategy
        knew = right * know[:, 1, None] / (spam + know[:, 1, None])
        spammed = cube.sum(axis=2) - knew
        counts = self._engine.xp.stack([spammed.sum(axis=1), knew.sum(axis=1)], axis=1)
        return Competence(expected(counts + self.knowing), expected(spammed + self.strategy))

    def _extended(self, params: Competence) -> Competence:
        fresh = self._initial_params()
        workers, classes = params.strategy.shape
        fresh.know[:workers] = params.know
        fresh.strategy[:workers, :classes] = params.strategy
        return fresh

    def _store(self, params: Competence) -> None:
        self._params = params
        know, strategy = params
        self.skills_ = self._by_worker(know[:, 1] / know.sum(axis=1), "skill")
        shares = strategy / strategy.sum(axis=1, keepdims=True)
        names = column_names(self.classes_)
        self.strategies_ = self._engine.df.DataFrame(shares, index=self.workers_, columns=names)


def expected(counts: Array) -> Array:
    """Geometric mean of the rows' Dirichlet distributions, ``exp(digamma(n[k]) - digamma(sum of n))``.

    Of counts, float64, shape (workers, k); the rows of the result need not sum to one.
    """
    engine = engine_of(counts)
    digamma = engine.special.digamma
    return engine.xp.exp(digamma(counts) - digamma(counts.sum(axis=1, keepdims=True)))
