"""What each way of asking costs and brings: the loop's run, and its numbers."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from etl.handoff import to_host
from etl.machine import cores
from models.partial.beliefs import Exact
from models.partial.chains import naive_cost
from models.partial.classifier import PartialClassifier
from models.partial.learner import Classifier, PartialLearner
from models.partial.questions import Questions
from models.partial.variants import variant
from pipelines.partial import model as partial_model
from pipelines.partial.config import Config
from pipelines.partial.data import Items

AT = 0.3
"""Share of the naive cost at which accuracies are compared, as in the paper."""
FEW = 10_000
"""Items below which batches are small, so that the network learns in few passes."""


@dataclass(frozen=True)
class Watched(Classifier):
    """A model of which it is remembered what it thought of the items before they were asked about.

    Attributes
    ----------
    seen : list of (items, likeliest class, its probability)
        Arrays in host memory, of each round after the first.
    """

    seen: list[tuple[Any, Any, Any]] = field(default_factory=list)

    def proba(self, items: Any) -> Any:
        """See `models.partial.learner.Model`."""
        P = super().proba(items)
        self.seen.append(tuple(map(to_host, (items, P.argmax(axis=1), P.max(axis=1)))))
        return P


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a variant did.

    Attributes
    ----------
    curve : list of dict
        See `models.partial.learner.PartialLearner`.
    round, item, question, yes : arrays of NumPy
        Of all questions, in the order in which they were asked.
    code, left : arrays of NumPy, shape (items,)
        First candidate of each item at the end, and how many there are.
    contradictions : int
    seen : list of (items, likeliest class, its probability)
    """

    curve: list[dict[str, Any]]
    round: np.ndarray
    item: np.ndarray
    question: np.ndarray
    yes: np.ndarray
    code: np.ndarray
    left: np.ndarray
    contradictions: int
    seen: list[tuple[Any, Any, Any]]


def play(name: str, items: Items, asked: Questions, base: float, config: Config) -> Outcome:
    """Ask until every item has one class; ``base`` is the naive cost of an item."""
    count = len(items.y)
    is_linear = items.kind == "simulated"
    module = partial_model.linear if is_linear else partial_model.network
    size = 64 if count < FEW and not is_linear else 200
    network = PartialClassifier(module, epochs=config.epochs, batch_size=size, warm_start=True)
    model = Watched(network, items.X, items.X_test, items.y_test)
    belief = Exact(asked, items.y, workers=cores())
    start, budget = (share * base * count for share in (config.start, config.budget))
    learner = PartialLearner(model, belief, variant(name), start, budget, seed=config.seed).run(count)
    held = belief.candidates(slice(None))
    log = learner.log_
    item, question, yes = (
        np.concatenate([to_host(entry[key]) for entry in log]) for key in ("item", "question", "yes")
    )
    rounds = np.repeat(np.arange(len(log)), [len(entry["item"]) for entry in log])
    code, left = to_host(held.argmax(axis=1)), to_host(held.sum(axis=1))
    wrong = belief.contradictions_
    return Outcome(learner.curve_, rounds, item, question, yes, code, left, wrong, model.seen)


def lengths(outcome: Outcome) -> np.ndarray:
    """Questions that each item got, int64, shape (items,)."""
    return np.bincount(outcome.item, minlength=len(outcome.left))


def at_share(points: list[list[float]], share: float) -> float | None:
    """Accuracy when so much is spent, on the line between points; the last one's if all was known before.

    Examples
    --------
    >>> at_share([[0.1, 0.5], [0.5, 0.9]], 0.3)
    0.7
    >>> at_share([[0.5, 0.9]], 0.3) is None
    True
    """
    spent, scores = zip(*(point[:2] for point in points), strict=True)
    return None if share < spent[0] else round(float(np.interp(share, spent, scores)), 12)


def curve(outcome: Outcome, base: float) -> list[list[float]]:
    """After each round: share of the naive cost, accuracy, mean candidates, share of items that are done."""
    count = len(outcome.left)
    return [
        [row["cost"] / (base * count), row["score"], row["remaining"], row["finished"] / count]
        for row in outcome.curve
    ]


def best(costs: dict[str, float]) -> str:
    """The variant that needs least, of those that may leave an item half-known if there are such."""
    partly = [name for name in costs if name.startswith("alpf")]
    return min(partly or list(costs), key=lambda name: costs[name])


def measures(items: Items, asked: Questions, base: float, outcomes: dict[str, Outcome]) -> dict[str, Any]:
    """The numbers of the comparison; costs are those of an item."""
    curves = {name: curve(outcome, base) for name, outcome in outcomes.items()}
    costs = {name: outcome.curve[-1]["cost"] / len(items.y) for name, outcome in outcomes.items()}
    return {
        "questions_to_full": costs,
        "accuracy_at_30pct": {name: at_share(points, AT) for name, points in curves.items()},
        "accuracy_end": {name: points[-1][1] for name, points in curves.items()},
        "saving": {name: 1 - cost / base for name, cost in costs.items()},
        "contradictions": {name: outcome.contradictions for name, outcome in outcomes.items()},
        "best": best(costs),
        "naive_cost": naive_cost(asked),
        "naive_cost_items": base,
        "questions": len(asked),
        "classes": len(asked.classes),
        "items": len(items.y),
        "held_out": len(items.y_test),
        "curve": curves,
    }


def write_labels(items: Items, outcome: Outcome, path: Path) -> None:
    """Name of each item, its class if it is known, and how many candidates are left."""
    names = np.array(items.hierarchy.classes, dtype=object)[outcome.code]
    known = np.where(outcome.left == 1, names, "")
    table = {"item": list(items.names), "class": known.tolist(), "remaining": outcome.left}
    pa.csv.write_csv(pa.table(table), path)


def write_questions(items: Items, asked: Questions, outcomes: dict[str, Outcome], path: Path) -> None:
    """All questions: variant, round, item, question and answer, in the order in which they were asked."""
    names, words = (pa.array(list(each), pa.string()) for each in (items.names, asked.names))
    tables = [
        pa.table(
            {
                "variant": pa.array([name] * len(done.item)).dictionary_encode(),
                "round": done.round,
                "item": names.take(pa.array(done.item)),
                "question": words.take(pa.array(done.question)),
                "yes": done.yes,
            }
        )
        for name, done in outcomes.items()
    ]
    pyarrow.parquet.write_table(pa.concat_tables(tables, promote_options="permissive"), path)
