"""The chosen model trained on the crowd's posteriors, alone or jointly with the workers."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from etl import records
from etl.crowd.votes import Votes
from etl.engine import array_namespace
from etl.engine.types import Array, Csr, Estimator
from etl.hashing import mix
from etl.records.waiting import doing
from models.crowd.joint_em import JointEM, folds
from models.crowd.judged import Judgement
from models.crowd.soft_labels import cross_fit, part, weighted_fit
from pipelines.trinity.config import Learner
from pipelines.trinity.features import Features
from pipelines.trinity.learners import estimator

FOLDS, HALVES = 5, 200_000
"""Parts of the tasks of which each is predicted by a model of the rest; of more tasks, halves."""
COMPARED = 20_000
"""Tasks that models are compared on, at most; the best then learns from all. Of twice as many and more, they
learn from as many others."""
JOINT = "joint_em"
"""The best model and the confusions of workers, learnt together."""


@dataclass(frozen=True)
class Choice:
    """What is trained: a learner with its penalty, alone or jointly with the workers.

    Attributes
    ----------
    learner : str
    C : float, optional
        Of the regressions.
    joint : bool
    """

    learner: Learner
    C: float | None = None
    joint: bool = False

    @property
    def name(self) -> str:
        """In the metrics."""
        return JOINT if self.joint else self.learner


@dataclass(frozen=True)
class Training:
    """What models are trained on: rows of tasks with votes.

    Attributes
    ----------
    features : Features
        Of all items.
    rows : int64 array, shape (tasks,)
        Of the tasks, in the order of the votes.
    votes : Votes
    P : float64 array, shape (tasks, classes)
        Posterior by the votes.
    """

    features: Features
    rows: Array
    votes: Votes
    P: Array

    def X(self, learner: str) -> Array | Csr:
        """Features of the tasks; where these are all items, in their order, no copy of them."""
        xp, items = array_namespace(self.rows), len(self.features.dense)
        if len(self.rows) == items and bool((self.rows == xp.arange(items)).all()):
            return self.features.of(learner)
        return self.features.rows(learner, self.rows)

    def drawn(self, most: int, seed: int, after: int = 0) -> Array:
        """Places of some tasks, drawn by a hash, ascending; of others with ``after``, how many were drawn."""
        xp = array_namespace(self.P)
        return xp.sort(mix(xp.arange(len(self.P)), seed).argsort()[after : after + most])

    def sample(self, most: int, seed: int, after: int = 0) -> "Training":
        """These tasks, in their order; all, where they are no more."""
        if len(self.P) <= most:
            return self
        chosen = self.drawn(most, seed, after)
        return replace(self, rows=self.rows[chosen], votes=part(self.votes, chosen), P=self.P[chosen])


@dataclass(frozen=True)
class Compared:
    """What the comparison comes to.

    Attributes
    ----------
    choice : Choice
        The best.
    judgement : Judgement
        Accuracy of the labels and of each model.
    predicted : dict of int64 array, shape (tasks,)
        Of the tasks compared, by models that did not see them.
    rows : int64 array
        Of these tasks among the items.
    fitted : Fitted, optional
        The best model, where all tasks were compared.
    """

    choice: Choice
    judgement: Judgement
    predicted: Mapping[str, Array] = field(repr=False)
    rows: Array = field(repr=False)
    fitted: "Fitted | None" = field(default=None, repr=False)


@dataclass(frozen=True)
class Fitted:
    """The best model, trained on all tasks.

    Attributes
    ----------
    choice : Choice
    model : classifier
    P : float64 array, shape (tasks, classes)
        What it was trained on: the posterior by votes or, jointly, by votes and features.
    q : float64 array, shape (tasks, classes)
        Probabilities of each task's labels by models that did not see it.
    prior : float64 array, shape (tasks, classes), optional
        Such probabilities by the models before, which the posterior of the joint model begins with.
    """

    choice: Choice
    model: Estimator
    P: Array = field(repr=False)
    q: Array = field(repr=False)
    prior: Array | None = field(default=None, repr=False)


def jointly(
    training: Training, choice: Choice, q: Array | None, seed: int, workers: int, n_iter: int = 2
) -> JointEM:
    """The model and the confusions of workers, learnt together, from ``q``, or else from the posteriors."""
    model = joint_model(choice, seed, workers, n_iter, _parts(len(training.P)))
    return model.fit_rows(training.X(choice.learner), training.votes, training.P, q)


def _parts(tasks: int) -> int:
    if tasks <= HALVES:
        return FOLDS
    records.record(
        records.Choice(
            reason=f"models: halves of the {tasks:,} tasks are predicted by each other, as half tells enough"
        )
    )
    return 2


def joint_model(choice: Choice, seed: int, workers: int, n_iter: int = 2, parts: int = FOLDS) -> JointEM:
    """What learns them together, not yet fitted."""
    made = estimator(choice.learner, choice.C, workers, seed)
    return JointEM(made, n_iter=n_iter, folds=parts, random_state=seed)


def out_of_fold(training: Training, choice: Choice, seed: int, workers: int) -> Array:
    """Probabilities of all tasks' labels by models of other tasks, each alone."""
    made, P = estimator(choice.learner, choice.C, workers, seed), training.P
    return cross_fit(made, training.X(choice.learner), P, folds(len(P), _parts(len(P)), seed, training.votes))


def fit(
    training: Training,
    choice: Choice,
    seed: int,
    workers: int,
    q: Array | None = None,
    n_iter: int | None = None,
) -> Fitted:
    """Train what was chosen on all tasks.

    Parameters
    ----------
    training : Training
    choice : Choice
    seed, workers : int
    q : float64 array, shape (tasks, classes), optional
        Probabilities of each task's labels by earlier models that did not see it, to go on from.
    n_iter : int, optional
        Posteriors of the joint model; by default 2, and 1 where there is ``q``.
    """
    doing(choice.name)
    if choice.joint:
        joint = jointly(training, choice, q, seed, workers, n_iter or (2 if q is None else 1))
        return Fitted(choice, joint.estimator_, joint.P_, joint.q_, joint.prior_)
    return alone(training, choice, seed, workers, out_of_fold(training, choice, seed, workers))


def alone(training: Training, choice: Choice, seed: int, workers: int, q: Array) -> Fitted:
    """The model of the posteriors as they are, where its probabilities out of fold are there."""
    made, P = estimator(choice.learner, choice.C, workers, seed), training.P
    return Fitted(choice, weighted_fit(made, training.X(choice.learner), P), P, q)


def once_more(
    training: Training, fitted: Fitted, known: Array, seed: int, workers: int, voters: int
) -> Estimator:
    """The chosen model, trained once more: labels that are known count as certain.

    Parameters
    ----------
    training : Training
    fitted : Fitted
    known : int64 array, shape (items,)
        Code of each item's label, -1 where none is known.
    seed, workers : int
    voters : int
        Processes that vote on each step of a network.
    """
    xp, classes = array_namespace(fitted.P), fitted.P.shape[1]
    P = xp.zeros((len(known), classes))
    P[training.rows] = fitted.P
    certain = known >= 0
    P = xp.where(certain[:, None], known[:, None] == xp.arange(classes), P)
    there = certain.copy()
    there[training.rows] = True
    rows = xp.flatnonzero(there)
    choice = fitted.choice
    X = training.features.rows(choice.learner, rows)
    return weighted_fit(estimator(choice.learner, choice.C, workers, seed, voters), X, P[rows])
