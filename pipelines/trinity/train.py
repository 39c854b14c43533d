"""Models side by side on the crowd's posteriors, each judged on tasks that it did not see, by votes alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.util import find_spec

from etl.crowd.votes import Votes
from etl.engine import array_namespace
from etl.engine.types import Array, Csr, Estimator
from etl.handoff import numbers
from etl.hashing import mix
from etl.records.waiting import doing
from models.crowd import judged
from models.crowd.joint_em import JointEM, folds
from models.crowd.judged import Judgement
from models.crowd.soft_labels import cross_fit, part, probabilities, take, weighted_fit
from pipelines.run import Run
from pipelines.trinity.config import Learner
from pipelines.trinity.learners import GRIDS, estimator
from pipelines.trinity.shape import Features

FOLDS = 5
MANY = 2_000
"""Tasks from which a fifth of them tells the penalty."""
COMPARED = 20_000
"""Tasks that models are compared on, at most; the best then learns from all."""
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
        whole, xp = self.features.of(learner), array_namespace(self.rows)
        if len(self.rows) == whole.shape[0] and bool((self.rows == xp.arange(len(self.rows))).all()):
            return whole
        return take(whole, self.rows)

    def sample(self, most: int, seed: int) -> "Training":
        """Some of the tasks, drawn by a hash, in their order."""
        xp = array_namespace(self.P)
        if len(self.P) <= most:
            return self
        chosen = xp.sort(mix(xp.arange(len(self.P)), seed).argsort()[:most])
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
    """

    choice: Choice
    model: Estimator
    P: Array = field(repr=False)
    q: Array = field(repr=False)


def compare(run: Run, training: Training, learners: Sequence[Learner], seed: int) -> Compared:
    """Train each learner on parts, and judge it on the rest by the votes; then the best, jointly.

    Parameters
    ----------
    run : Run
    training : Training
    learners : sequence of str
    seed : int
        Of the folds.
    """
    few = training.sample(COMPARED, seed)
    if len(few.P) < len(training.P):
        run.say(f"models: compared on {len(few.P):,} of {len(training.P):,} tasks; the best learns from all")
    found = dict[Choice, Array]()
    for learner in _possible(run, few, learners):
        doing(learner)
        choice, q = _crossed(run, few, learner, seed)
        found[choice] = q
    predicted = {choice.name: q.argmax(axis=1) for choice, q in found.items()}
    first = judged.judge(few.votes, few.P, predicted, random_state=seed)
    best = max(found, key=lambda choice: first.estimate(choice.name).value)
    doing(JOINT)
    joint = _joint(few, best, found[best], seed, run.workers)
    predicted[JOINT] = joint.q_.argmax(axis=1)
    judgement = judged.judge(few.votes, few.P, predicted, random_state=seed)
    gain = judgement.difference(JOINT, best.name)
    took = replace(best, joint=gain.high >= 0)  # on real crowds it gained, where votes could not tell it
    run.say(
        f"model: {took.name.replace('_', ' ')}, around {best.learner}, as by the votes it is right on "
        f"{judgement.estimate(took.name).value:.1%}; learnt jointly with the workers it gains "
        f"{gain.value:+.1%} ({gain.low:+.1%} to {gain.high:+.1%})"
    )
    whole = few is training and took.joint
    fitted = Fitted(took, joint.estimator_, joint.P_, joint.q_) if whole else None
    return Compared(took, judgement, predicted, few.rows, fitted)


def _possible(run: Run, training: Training, learners: Sequence[Learner]) -> list[Learner]:
    kept = [name for name in learners if name != "words" or training.features.words is not None]
    if "words" in learners and "words" not in kept:
        run.say("models: none reads words, as there are no texts or they do not fit into memory")
    if "network" in kept and find_spec("torch") is None:
        run.say("network: left out, as PyTorch is not installed; pip install -e '.[torch]' brings it")
        kept.remove("network")
    return kept or ["logistic"]


def _crossed(run: Run, training: Training, learner: Learner, seed: int) -> tuple[Choice, Array]:
    """Out-of-fold probabilities, of regressions by the penalty under which posteriors are likeliest."""
    X, P = training.X(learner), training.P
    fold = folds(len(P), FOLDS, seed, training.votes)
    if learner not in GRIDS:
        return Choice(learner), cross_fit(estimator(learner, None, run.workers, seed), X, P, fold)
    tried = list[tuple[float, float]]()
    for C in GRIDS[learner]:
        loss = _loss(estimator(learner, C, run.workers, seed), X, P, fold, len(P) >= MANY)
        tried.append((loss, C))
        if loss > min(tried)[0]:
            break
    loss, C = min(tried)
    run.say(f"{learner}: C = {C:g}, under which labels of tasks not seen are likeliest, {loss:.3f} nats each")
    return Choice(learner, C), cross_fit(estimator(learner, C, run.workers, seed), X, P, fold)


def _loss(made: Estimator, X: Array | Csr, P: Array, fold: Array, first: bool) -> float:
    """Cross entropy of tasks that were not seen, in nats: of the first fold alone, or of all."""
    xp = array_namespace(P)
    if first:
        out, rest = xp.flatnonzero(fold == 0), xp.flatnonzero(fold)
        q, P = probabilities(weighted_fit(made, take(X, rest), P[rest]), take(X, out)), P[out]
    else:
        q = cross_fit(made, X, P, fold)
    return numbers([-(P * xp.log(xp.maximum(q, 1e-12))).sum(axis=1).mean()])[0]


def _joint(
    training: Training, choice: Choice, q: Array | None, seed: int, workers: int, n_iter: int = 2
) -> JointEM:
    made = estimator(choice.learner, choice.C, workers, seed)
    model = JointEM(made, n_iter=n_iter, folds=FOLDS, random_state=seed)
    return model.fit_rows(training.X(choice.learner), training.votes, training.P, q)


def fit(training: Training, choice: Choice, seed: int, workers: int, q: Array | None = None) -> Fitted:
    """Train what was chosen on all tasks.

    Parameters
    ----------
    training : Training
    choice : Choice
    seed, workers : int
    q : float64 array, shape (tasks, classes), optional
        Probabilities of each task's labels by earlier models that did not see it, to go on from.
    """
    doing(choice.name)
    if choice.joint:
        joint = _joint(training, choice, q, seed, workers, 2 if q is None else 1)
        return Fitted(choice, joint.estimator_, joint.P_, joint.q_)
    X, P = training.X(choice.learner), training.P
    made = estimator(choice.learner, choice.C, workers, seed)
    q = cross_fit(made, X, P, folds(len(P), FOLDS, seed, training.votes))
    return Fitted(choice, weighted_fit(made, X, P), P, q)


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
    X = take(training.features.of(choice.learner), rows)
    return weighted_fit(estimator(choice.learner, choice.C, workers, seed, voters), X, P[rows])
