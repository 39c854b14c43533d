"""What the partial-feedback pipeline tells of a run, from its metrics."""

from typing import Any

from pipelines.partial.figures import title
from pipelines.partial.measures import AT
from pipelines.report import Story, Table

CAPTIONS = {
    "accuracy": "Accuracy on held-out items by questions asked; a line is dotted once all classes are known.",
    "remaining": "Candidates an item by questions asked.",
    "finished": "Items whose class is known by questions asked.",
    "full": "Questions an item until all classes are known.",
    "lengths": "Questions that items got.",
    "asked": "Questions that were asked most, and the classes that each covers.",
}


def story(metrics: dict[str, Any]) -> Story:
    """The comparison in a paragraph, and the numbers of each variant."""
    first = metrics["best"]
    headline = {
        f"saving of {title(first)}": metrics["saving"][first],
        "questions an item": metrics["questions_to_full"][first],
        "right at the end": metrics["accuracy_end"][first],
    }
    return Story(_summary(metrics), [_table(metrics)], CAPTIONS, headline=headline)


def _table(metrics: dict[str, Any]) -> Table:
    lines = []
    for name, cost in metrics["questions_to_full"].items():
        at = metrics["accuracy_at_30pct"][name]
        lines.append(
            [
                title(name),
                f"{cost:.3f}",
                f"{metrics['saving'][name]:+.1%}",
                "-" if at is None else f"{at:.1%}",
                f"{metrics['accuracy_end'][name]:.1%}",
            ]
        )
    head = ["", "questions an item", "saving", f"right at {AT:.0%}", "right at the end"]
    return "Variants", head, lines


def _summary(metrics: dict[str, Any]) -> str:
    first = metrics["best"]
    cost, saving = metrics["questions_to_full"][first], metrics["saving"][first]
    parts = [
        f"{metrics['items']:,} items of {metrics['classes']} classes, judged by {metrics['held_out']:,}; "
        f"{metrics['questions']} questions.",
        f"Asked without a model, an item needs {metrics['naive_cost_items']:.3f} questions.",
        f"{title(first)} needs {cost:.3f}, {abs(saving):.0%} {'fewer' if saving > 0 else 'more'}.",
    ]
    at = metrics["accuracy_at_30pct"]
    if at[first] is not None:
        beside = "" if at.get("uniform") is None else f"; uniform {at['uniform']:.1%}"
        parts.append(f"At {AT:.0%} of the naive cost its model is right on {at[first]:.1%}{beside}.")
    if metrics["quarantined"]:
        parts.append(f"{metrics['quarantined']:,} files were set aside.")
    return " ".join([*parts, "Example dialogues are in dialogues.html."])
