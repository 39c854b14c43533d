"""Models compared by the votes on tasks that they did not see: each alone, then the best with the workers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec

from etl.engine import array_namespace
from etl.engine.types import Array, Csr, Estimator
from etl.handoff import numbers
from etl.records.waiting import doing
from models.crowd import judged
from models.crowd.joint_em import folds
from models.crowd.judged import Judgement
from models.crowd.soft_labels import cross_entropy, cross_fit, probabilities, take, weighted_fit
from pipelines.run import Run
from pipelines.trinity.config import Learner
from pipelines.trinity.learners import GRIDS, estimator
from pipelines.trinity.train import (
    COMPARED,
    FOLDS,
    JOINT,
    Choice,
    Compared,
    Fitted,
    Training,
    alone,
    fit,
    jointly,
    out_of_fold,
)

MANY = 2_000
"""Tasks from which a fifth of them tells the penalty."""
SOONEST: tuple[Learner, ...] = ("logistic", "words", "xgboost", "network")
"""Learners by how soon they are trained on many tasks."""
WORTH = 0.005
"""Accuracy that a model must gain, by its interval, so that all tasks are waited for longer."""


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
    few, others = _compared(run, training, seed)
    found = dict[Choice, Array]()
    for learner in _possible(run, few, learners):
        doing(learner)
        choice, q = _apart(run, few, others, learner, seed) if others else _crossed(run, few, learner, seed)
        found[choice] = q
    predicted = {choice.name: q.argmax(axis=1) for choice, q in found.items()}
    first = judged.judge(few.votes, few.P, predicted, random_state=seed)
    best = max(found, key=lambda choice: first.estimate(choice.name).value)
    if few is not training:
        best = _soonest(run, first, list(found), best)
        if training.features.words and best.learner != "words":
            training.features.words.release()
        return _on_all(run, training, best, predicted, seed)
    doing(JOINT)
    joint = jointly(few, best, found[best], seed, run.workers)
    predicted[JOINT] = joint.q_.argmax(axis=1)
    judgement = judged.judge(few.votes, few.P, predicted, random_state=seed)
    took = _told(run, judgement, best)
    fitted = Fitted(took, joint.estimator_, joint.P_, joint.q_, joint.prior_) if took.joint else None
    return Compared(took, judgement, predicted, few.rows, fitted)


def _told(run: Run, judgement: Judgement, best: Choice) -> Choice:
    """Whether the best is taken with the workers."""
    gain = judgement.difference(JOINT, best.name)
    took = replace(best, joint=gain.high >= 0)  # on real crowds it gained, where votes could not tell it
    run.say(
        f"model: {took.name.replace('_', ' ')}, around {best.learner}, as by the votes it is right on "
        f"{judgement.estimate(took.name).value:.1%}; learnt jointly with the workers it gains "
        f"{gain.value:+.1%} ({gain.low:+.1%} to {gain.high:+.1%})"
    )
    return took


def _on_all(
    run: Run, training: Training, best: Choice, predicted: Mapping[str, Array], seed: int
) -> Compared:
    """The best learns from all tasks, alone and jointly: a sample holds too few votes of each worker."""
    doing(JOINT)
    q = out_of_fold(training, best, seed, run.workers)
    fitted = fit(training, replace(best, joint=True), seed, run.workers, q, 2)
    few, places = training.sample(COMPARED, seed), training.drawn(COMPARED, seed)
    told = {best.name: q[places].argmax(axis=1), JOINT: fitted.q[places].argmax(axis=1)}
    predicted = dict(predicted) | told
    judgement = judged.judge(few.votes, few.P, predicted, random_state=seed)
    took = _told(run, judgement, best)
    if not took.joint:
        fitted = alone(training, took, seed, run.workers, q)
    return Compared(took, judgement, predicted, few.rows, fitted)


def _possible(run: Run, training: Training, learners: Sequence[Learner]) -> list[Learner]:
    kept = [name for name in learners if name != "words" or training.features.words is not None]
    if "words" in learners and "words" not in kept:
        run.say("models: none reads words, as there are no texts or they do not fit into memory")
    if "network" in kept and find_spec("torch") is None:
        run.say("network: left out, as PyTorch is not installed; pip install -e '.[torch]' brings it")
        kept.remove("network")
    return kept or ["logistic"]


def _soonest(run: Run, judgement: Judgement, choices: Sequence[Choice], best: Choice) -> Choice:
    """The model that is trained soonest, of those than which the best is not surely better by `WORTH`."""
    for choice in sorted(choices, key=lambda choice: SOONEST.index(choice.learner)):
        gain = judgement.difference(best.name, choice.name)
        if choice == best or gain.low <= WORTH:
            break
    if choice != best:
        run.say(
            f"model: {choice.name} and not {best.name}, which takes longer to train on all tasks and gains "
            f"{gain.value:+.1%} ({gain.low:+.1%} to {gain.high:+.1%}), by the votes not surely {WORTH:.1%}"
        )
    return choice


def _compared(run: Run, training: Training, seed: int) -> tuple[Training, Training | None]:
    """Tasks that models are compared on, and others that they learn from, where there are enough."""
    few, count = training.sample(COMPARED, seed), len(training.P)
    if few is training:
        return few, None
    enough = count >= 2 * COMPARED
    told = f", and learn from {COMPARED:,} others" if enough else ""
    run.say(f"models: compared on {len(few.P):,} of {count:,} tasks{told}; the best learns from all")
    return few, training.sample(COMPARED, seed, COMPARED) if enough else None


def _crossed(run: Run, training: Training, learner: Learner, seed: int) -> tuple[Choice, Array]:
    """Out-of-fold probabilities, of regressions by the penalty under which posteriors are likeliest."""
    X, P = training.X(learner), training.P
    fold = folds(len(P), FOLDS, seed, training.votes)
    C = _penalty(run, learner, seed, lambda made: _loss(made, X, P, fold, len(P) >= MANY))
    return Choice(learner, C), cross_fit(estimator(learner, C, run.workers, seed), X, P, fold)


def _apart(
    run: Run, training: Training, others: Training, learner: Learner, seed: int
) -> tuple[Choice, Array]:
    """Probabilities by a model of other tasks, of a regression by the penalty that makes labels likeliest."""
    X, own = others.X(learner), training.X(learner)

    def told(made: Estimator) -> Array:
        return probabilities(weighted_fit(made, X, others.P), own)

    C = _penalty(run, learner, seed, lambda made: _mean_entropy(training.P, told(made)))
    return Choice(learner, C), told(estimator(learner, C, run.workers, seed))


def _penalty(run: Run, learner: Learner, seed: int, loss_of: Callable[[Estimator], float]) -> float | None:
    """The inverse penalty of least loss, up to the first that is worse; none of other models."""
    tried = list[tuple[float, float]]()
    for C in GRIDS.get(learner, ()):
        tried.append((loss_of(estimator(learner, C, run.workers, seed)), C))
        if tried[-1][0] > min(tried)[0]:
            break
    if not tried:
        return None
    loss, C = min(tried)
    run.say(f"{learner}: C = {C:g}, under which labels of tasks not seen are likeliest, {loss:.3f} nats each")
    return C


def _loss(made: Estimator, X: Array | Csr, P: Array, fold: Array, first: bool) -> float:
    """Cross entropy of tasks that were not seen, in nats: of the first fold alone, or of all."""
    xp = array_namespace(P)
    if first:
        out, rest = xp.flatnonzero(fold == 0), xp.flatnonzero(fold)
        q, P = probabilities(weighted_fit(made, take(X, rest), P[rest]), take(X, out)), P[out]
    else:
        q = cross_fit(made, X, P, fold)
    return _mean_entropy(P, q)


def _mean_entropy(P: Array, q: Array) -> float:
    return numbers([cross_entropy(P, q).mean()])[0]
