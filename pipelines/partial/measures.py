"""What each way of asking costs and brings, in numbers and tables."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from models.partial.chains import naive_cost
from models.partial.outcome import Outcome
from models.partial.questions import Questions
from pipelines.partial.data import Items

AT = 0.3
"""Share of the naive cost at which accuracies are compared, as in the paper."""


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
