"""What the training of a tagger tells, from its metrics."""

from typing import Any

from pipelines.ner.training.measures import BASELINE
from pipelines.report import Story, Table

CAPTIONS = {
    "f1": "F1 of spans in sentences that the tagger did not learn from, of all names and by type.",
    "loss": "How well the tagger fits what it learns from; it says nothing of other sentences.",
}


def story(metrics: dict[str, Any]) -> Story:
    """The tagger beside a dictionary in a paragraph; types in a table."""
    headline = {"F1": metrics["f1"], "F1 of a dictionary": metrics["f1_baseline"]}
    return Story(_summary(metrics), [_types(metrics)], CAPTIONS, headline=headline)


def _summary(metrics: dict[str, Any]) -> str:
    low, high = metrics["gain_interval"]
    apart = "is" if low > 0 else "is not"
    return (
        f"A tagger learnt from {metrics['sentences']:,} sentences, {metrics['words']:,} words. On "
        f"{metrics['held_out']:,} held-out sentences with {metrics['names_held_out']:,} names its F1 is "
        f"{metrics['f1']:.3f} ({_between(metrics['f1_interval'])}), and {BASELINE} has "
        f"{metrics['f1_baseline']:.3f} ({_between(metrics['f1_baseline_interval'])}). The difference is from "
        f"{low:+.3f} to {high:+.3f}, so at that level the tagger {apart} better."
    )


def _between(interval: list[float]) -> str:
    return f"95 % from {interval[0]:.3f} to {interval[1]:.3f}"


def _types(metrics: dict[str, Any]) -> Table:
    lines = [
        [
            kind,
            f"{metrics['names_by_type'][kind]:,}",
            f"{value:.3f}",
            f"{metrics['f1_baseline_by_type'][kind]:.3f}",
        ]
        for kind, value in metrics["f1_by_type"].items()
    ]
    return "Types", ["", "names held out", "F1", "F1 of a dictionary"], lines
