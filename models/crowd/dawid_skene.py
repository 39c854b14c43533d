"""Dawid and Skene's model: every worker has a confusion matrix, learnt together with the labels by EM."""

from functools import partial
from typing import ClassVar, NamedTuple, Self

from etl.engine import engine_of
from etl.engine.types import Array, Frame, Index
from models.crowd import products
from models.crowd.aggregator import Aggregator
from models.crowd.prediction import column_names
from models.crowd.ties import Ties

LEAST = 1e-10
"""Probabilities are not less than this."""


class ConfusionModel(NamedTuple):
    """Parameters of Dawid and Skene's model.

    Attributes
    ----------
    confusion : float64 array, shape (workers, labels, true labels)
        Probability of the label that a worker votes for, given the true one: sums to 1 over the labels.
    priors : float64 array, shape (classes,)
        Share of tasks of each true label.
    """

    confusion: Array
    priors: Array


class DawidSkene(Aggregator):
    """Confusion matrix of every worker, and class shares, by maximum likelihood.

    Source: Dawid and Skene, "Maximum likelihood estimation of observer error-rates using the EM algorithm",
    Applied Statistics 28(1), 1979: equations 2.3 and 2.4 (M step) and 2.5 (E step). It begins at the shares
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

    _passes_without_likelihood: ClassVar[float] = 1

    def __init__(
        self, *, n_iter: int = 100, tol: float | None = 1e-5, ties: Ties = "first", random_state: int = 0
    ) -> None:
        self.n_iter = n_iter
        self.tol = tol
        self.ties = ties
        self.random_state = random_state

    @classmethod
    def of(cls, params: ConfusionModel, workers: Index, classes: Index) -> Self:
        """Ready to predict, by parameters that were learnt elsewhere, of these workers and labels."""
        found = cls()
        found.workers_, found.classes_ = workers, classes
        found._store(params)
        return found

    def _initial_params(self) -> ConfusionModel | None:
        return None

    def _table(self, params: ConfusionModel | None) -> tuple[Array, products.Posterior]:
        """Log probability of each vote by true label; at first a one for its own label."""
        if params is None:
            workers, classes = self._shape
            return products.vote_table(self._engine.xp.ones(workers), classes), products.normalise
        table, log_priors = logs(params)
        return table, partial(posterior, log_priors=log_priors)

    def _m_step(self, by_vote: Array, by_task: Array, params: ConfusionModel | None) -> ConfusionModel:
        workers, classes = self._shape
        xp, cube = self._engine.xp, by_vote.reshape(workers, classes, classes)
        voted = cube.sum(axis=2, keepdims=True) > 0
        voted |= ~voted.any(axis=1, keepdims=True)  # who has not voted may vote anything
        cube = xp.where(voted, xp.maximum(cube, LEAST), 0.0)
        confusion = cube / cube.sum(axis=1, keepdims=True)  # equation 2.3
        return ConfusionModel(confusion, by_task / by_task.sum())  # equation 2.4

    def _store(self, params: ConfusionModel) -> None:
        self._params = params
        confusion, priors = params
        self.confusion_ = confusion_frame(confusion, self.workers_, self.classes_)
        self.priors_ = self._engine.df.Series(priors, index=self.classes_, name="prior")
        self.skills_ = self._by_worker(confusion.diagonal(axis1=1, axis2=2) @ priors, "skill")


def confusion_frame(confusion: Array, workers: Index, classes: Index) -> Frame:
    """Confusions as a frame: probability of each label voted (columns) by worker and true label (rows).

    Parameters
    ----------
    confusion : float64 array, shape (workers, labels, true labels)
    workers, classes : Index
        Their ids.

    Returns
    -------
    DataFrame
        Indexed by worker and true; a column a label.
    """
    engine = engine_of(confusion)
    rows = confusion.transpose(0, 2, 1).reshape(-1, len(classes))
    frame = engine.df.DataFrame(rows, columns=column_names(classes))
    frame["worker"] = workers.take(engine.xp.repeat(engine.xp.arange(len(workers)), len(classes)))
    frame["true"] = classes.take(engine.xp.tile(engine.xp.arange(len(classes)), len(workers)))
    return frame.set_index(["worker", "true"])


def logs(params: ConfusionModel) -> tuple[Array, Array]:
    """Logarithms of confusions, as a table (workers * labels, true labels), and of priors, (classes,)."""
    xp = engine_of(params.confusion).xp
    table = xp.log(xp.maximum(params.confusion, LEAST)).reshape(-1, len(params.priors))
    return table, xp.log(xp.maximum(params.priors, LEAST))


def posterior(scores: Array, first: int, log_priors: Array) -> tuple[Array, Array]:
    """Probability of each label from summed log likelihoods, and the log likelihood of the votes.

    Equation 2.5 of Dawid and Skene: ``q[t, k] ~ prior[k] * product of confusion[worker, vote, k]``.

    Parameters
    ----------
    scores : float64 array, shape (tasks, classes)
        Log probability of each task's votes by true label; overwritten.
    first : int
        Not looked at: it makes this a `models.crowd.products.Posterior`.
    log_priors : float64 array, shape (classes,)

    Returns
    -------
    q : float64 array, shape (tasks, classes)
    log_likelihood : float64 array, shape ()
        In nats, of all these tasks' votes.
    """
    scores += log_priors
    return products.softmax(scores)
