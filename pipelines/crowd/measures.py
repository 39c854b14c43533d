"""How good labels, and models trained on them, are: accuracy by method and by votes a task."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from sklearn.base import clone

from etl.crowd.votes import Votes
from etl.engine.types import Array, Estimator, Frame, Index, Series
from etl.handoff import numbers
from etl.ids import factorize, places
from etl.records import Record, Repeated, of_kind
from etl.records.waiting import doing
from models.crowd.aggregator import Aggregator
from models.crowd.annotator_graph import AnnotatorGraph
from models.crowd.baselines import Method, classifier, gold_votes
from models.crowd.redundancy import curve, is_single_best
from models.crowd.soft_labels import Rows, rows_of, take
from pipelines.crowd.classifier import Classifier, judge, trained
from pipelines.crowd.config import Config
from pipelines.crowd.data import Items
from pipelines.crowd.learners import NAMES
from pipelines.run import Run

TRAINED: tuple[Method, ...] = ("majority", "votes", "dawid_skene", "mbem", "gold")
Points = dict[str, list[dict[str, Any]]]


def learn(config: Config, run: Run, votes: Votes, items: Items, methods: Mapping[str, Aggregator]) -> Points:
    """Accuracy by votes a task: of models where there are features, else of the aggregated labels."""
    if items.truth is None:
        run.say("curves: left out, as no labels are known")
        return {}
    seeds = range(config.seed, config.seed + config.draws)
    if items.X is None:
        run.say("curves: of aggregated labels, as there are neither features nor text to train a model on")
        measure: Any = partial(label_accuracy, truth=items.truth, methods=methods)
        voted = votes.on(items.truth.index)
        return {"votes": curve(voted, measure, list(methods), config.redundancies, seeds)}
    votes, test = items.part(votes)
    run.say(f"curves: of models, judged on {len(test):,} tasks with known labels whose votes are not used")
    measure = partial(model_accuracy, trial=Trial.of(items, votes, test))
    usable = tuple(name for name in TRAINED if name != "gold" or items.covers(votes))
    by_votes = curve(votes, measure, usable, (*config.redundancies, 0), seeds)
    by_budget = curve(votes, measure, usable, config.redundancies, seeds, len(votes.tasks))
    return {"budget": by_budget, "votes": by_votes}


@dataclass(frozen=True)
class Trial:
    """What models learn from and are judged on: checked once, and then drawn from.

    Attributes
    ----------
    estimator : classifier
    truth : Series by task
    tasks : Index, shape (n,)
        Those with votes, which all draws are of.
    X : matrix, shape (n, d)
        Rows of these tasks.
    test : matrix, shape (m, d)
        Rows of the tasks kept aside.
    labels : Index
        Known labels.
    codes : int64 array, shape (m,)
        Places in ``labels`` of those of the tasks kept aside.
    """

    estimator: Estimator
    truth: Series
    tasks: Index
    X: Rows
    test: Rows
    labels: Index
    codes: Array

    @classmethod
    def of(cls, items: Items, votes: Votes, test: Index) -> "Trial":
        """From votes to learn from, and the tasks to judge on."""
        X = take(items.X, rows_of(items.X, votes, items.tasks))
        codes, labels = factorize(items.truth.loc[test])
        return cls(items.estimator(), items.truth, votes.tasks, X, items.rows(test), labels, codes)

    def rows(self, votes: Votes) -> Rows:
        """A row of features a task of votes that were drawn."""
        return take(self.X, places(self.tasks, votes.tasks))


def label_accuracy(
    votes: Votes, method: str, seed: int, truth: Series, methods: Mapping[str, Aggregator]
) -> Array | float:
    """Share of tasks whose aggregated label is the known one, as `accuracy` gives it."""
    doing(f"{method} from {len(votes.tasks):,} tasks, draw {seed}")
    found = accuracy(clone(methods[method]).fit_predict(votes), truth)
    return 0.0 if found is None else found


def model_accuracy(votes: Votes, method: Method, seed: int, trial: Trial) -> Array:
    """Accuracy, on the tasks kept aside, of a model trained on votes by a method: an array of shape ()."""
    doing(f"{method} from {len(votes.tasks):,} tasks, draw {seed}")
    X = trial.rows(votes)
    votes = gold_votes(trial.truth, votes) if method == "gold" else votes
    model = classifier(trial.estimator, method, seed).fit_rows(X, votes)
    codes = places(trial.labels, model.classes_)
    return (codes[model.predict_proba(trial.test).argmax(axis=1)] == trial.codes).mean()


def accuracy(labels: Series, truth: Series | None) -> Array | None:
    """Share of the tasks with known labels that have them, an array of shape (); None where there is none."""
    both = labels.index[labels.index.isin(truth.index)] if truth is not None else []
    return (labels.loc[both] == truth.loc[both]).values.mean() if len(both) else None  # type: ignore[union-attr]


def of_labels(fitted: Mapping[str, Aggregator], labels: Mapping[str, Series], items: Items) -> dict[str, Any]:
    """Accuracy of each method where labels are known, its passes, and why it stopped."""
    right = {name: accuracy(found, items.truth) for name, found in labels.items()}
    known = {name: value for name, value in right.items() if value is not None}
    return {
        "accuracy": dict(zip(known, numbers(list(known.values())), strict=True)),
        "n_iter": {name: model.n_iter_ for name, model in fitted.items()},
        "stop_reason": {name: model.stop_reason_ for name, model in fitted.items()},
    }


def of_classifier(
    run: Run, known: Items | None, votes: Votes | None, probability: Frame
) -> tuple[Classifier | None, dict[str, float]]:
    """A classifier of tasks by their features, trained on the labels that are written, and its accuracy.

    It is judged where the votes are together, and labels are known.
    """
    if known is None or known.X is None:
        return None, {}
    what = NAMES[known.learner]
    run.say(f"classifier: {what} on the labels' probabilities, kept for new tasks in model/")
    worth: dict[str, float] = {}
    if known.truth is not None and votes:
        found = judge(known, probability, known.part(votes)[1], votes.labels)
        worth = dict(zip(found, numbers(list(found.values())), strict=True))
    return trained(known, probability), worth


def warning(found: Mapping[str, Any], written: str) -> str:
    """Why not to trust the labels of this method, or the classifier: a baseline is better; else nothing."""
    right, told, parts = found["accuracy"], found["classifier"], []
    if written in right and right[written] < right["majority"]:
        parts.append(
            f"a majority vote is right on {right['majority']:.1%} of the known labels, and the labels that "
            f"are written on {right[written]:.1%}"
        )
    if told and told["accuracy"] < told["commonest"]:
        parts.append(
            f"the commonest label alone is right on {told['commonest']:.1%} of the tasks kept aside, and the "
            f"classifier on {told['accuracy']:.1%}"
        )
    return "; ".join(parts)


def of_votes(chosen: Aggregator, items: Items, tasks: Index, entries: Iterable[Record]) -> dict[str, int]:
    """Counts of votes, tasks, workers and classes, and of votes that repeat earlier ones."""
    return {
        "votes": chosen.n_votes_,
        "tasks": chosen.n_tasks_,
        "workers": len(chosen.workers_),
        "classes": len(chosen.classes_),
        "workers_with_one_vote": int((chosen.votes_ == 1).sum()),
        "tasks_without_votes": items.unvoted(tasks),
        "duplicates": sum(entry.rows for entry in of_kind(entries, Repeated)),
    }


def of_curves(points: Points) -> dict[str, Any]:
    """The curves, and whether one vote a task is best for models."""
    return {"curves": points, "label_once": is_single_best(points.get("budget", []))}


def of_graph(graph: AnnotatorGraph | None) -> dict[str, Any]:
    """Rings of copied votes and spammers, by name; None where workers were not compared."""
    if graph is None:
        return {"rings": None, "spammers": None}
    return {
        "rings": [list(map(str, ring)) for ring in graph.rings_],
        "spammers": list(map(str, graph.spammers_)),
    }
