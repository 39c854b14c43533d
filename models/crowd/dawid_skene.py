"""Dawid and Skene's model: every worker has a confusion matrix, learnt together with the labels by EM."""

from functools import partial
from typing import Any

from etl.engine import engine_of
from models.crowd import products
from models.crowd.aggregator import Aggregator, vote_table
from models.crowd.ties import Ties

LEAST = 1e-10
"""Probabilities are not less than this."""


class DawidSkene(Aggregator):
    """Confusion matrix of every worker, and class shares, by maximum likelihood.

    Source: Dawid and Skene, "Maximum likelihood estimation of observer error-rates using the EM algorithm",
    Applied Statistics 28(1), 1979: equations 2.3 and 2.4 (step) and 2.5 (posterior). It begins at the shares
    of votes. `n_iter` counts posteriors, the one of `predict` included.

    Parameters
    ----------
    n_iter : int
        Most passes over the votes.
    tol : float, optional
        Stop when a pass raises the log likelihood by less than this a vote; None makes all passes.
    ties, random_state
        See `MajorityVote`.

    Attributes
    ----------
    confusion_ : DataFrame
        Probability of each label voted (columns) by worker and true label (rows).
    priors_ : Series
        Share of tasks of each label.
    skills_ : Series
        Probability that a worker's vote is right, over the priors.

    Examples
    --------
    >>> import pandas
    >>> votes = pandas.DataFrame({"task": [1, 1, 2, 2], "worker": list("abab"), "label": list("xxyy")})
    >>> DawidSkene().fit_predict(votes).to_dict()
    {1: 'x', 2: 'y'}
    """

    def __init__(
        self, *, n_iter: int = 100, tol: float | None = 1e-5, ties: Ties = "first", random_state: int = 0
    ) -> None:
        self.n_iter = n_iter
        self.tol = tol
        self.ties = ties
        self.random_state = random_state

    def _begin(self) -> Any:
        return None

    def _table(self, params: Any) -> Any:
        if params is None:
            workers, classes = self._shape
            return vote_table(self._engine.xp.ones(workers), classes), products.normalise
        confusion, priors = params
        xp = self._engine.xp
        table = xp.log(xp.maximum(confusion, LEAST)).reshape(-1, len(priors))
        return table, partial(posterior, log_priors=xp.log(xp.maximum(priors, LEAST)))

    def _m_step(self, by_vote: Any, by_task: Any) -> Any:
        workers, classes = self._shape
        cube = by_vote.reshape(workers, classes, classes)
        xp = self._engine.xp
        used = cube.sum(axis=2, keepdims=True) > 0
        used |= ~used.any(axis=1, keepdims=True)  # who has not voted may vote anything
        cube = xp.where(used, xp.maximum(cube, LEAST), 0.0)
        return cube / cube.sum(axis=1, keepdims=True), by_task / by_task.sum()

    def _is_done(self, loss: float) -> bool:
        return self.n_iter_ > 1 and super()._is_done(loss)

    def _store(self, params: Any) -> None:
        self._params = params
        confusion, priors = params
        self.confusion_ = table(confusion, self.workers_, self.classes_)
        self.priors_ = self._engine.df.Series(priors, index=self.classes_, name="prior")
        self.skills_ = self._by_worker(confusion.diagonal(axis1=1, axis2=2) @ priors, "skill")


def table(confusion: Any, workers: Any, classes: Any) -> Any:
    """Confusions, (workers, labels, true labels), as a frame of labels by worker and true label."""
    engine = engine_of(confusion)
    frame = engine.df.DataFrame(confusion.transpose(0, 2, 1).reshape(-1, len(classes)), columns=classes)
    frame["worker"] = workers.take(engine.xp.repeat(engine.xp.arange(len(workers)), len(classes)))
    frame["true"] = classes.take(engine.xp.tile(engine.xp.arange(len(classes)), len(workers)))
    return frame.set_index(["worker", "true"])


def posterior(scores: Any, first: int, log_priors: Any) -> tuple[Any, float]:
    """Probability of each label from summed log likelihoods, and the log likelihood of the votes."""
    scores += log_priors
    return products.softmax(scores)
