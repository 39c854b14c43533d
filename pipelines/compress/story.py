"""What the compressing pipeline tells of a run, from its metrics."""

from typing import Any

from pipelines.report import Story, Table

CAPTIONS = {
    "latency": "Accuracy on held-out examples against the time of a batch, in turns with the dense one.",
    "layers": "Parameters of each layer's weight, before and after.",
}


def story(metrics: dict[str, Any]) -> Story:
    """What was saved and lost in a paragraph, and a row a layer and a budget."""
    after, latency = metrics["parameters"]["after"], metrics["latency_ms"]
    headline = {
        "parameters": after,
        "times fewer": round(metrics["parameters"]["before"] / after, 2),
        "accuracy": metrics["accuracy"]["tuned"],
        "accuracy before": metrics["accuracy"]["before"],
        "ms a batch": latency["after"],
    }
    return Story(_summary(metrics), [_layers(metrics), _budgets(metrics)], CAPTIONS, headline=headline)


def _summary(metrics: dict[str, Any]) -> str:
    before, after = metrics["parameters"].values()
    score, latency = metrics["accuracy"], metrics["latency_ms"]
    parts = [
        f"Of {before:,} parameters {after:,} stay, {before / after:.2f} times fewer.",
        f"Accuracy on {metrics['held_out']:,} held-out examples: {score['before']:.2%} dense, "
        f"{score['cut']:.2%} in factors, {score['tuned']:.2%} tuned; the dense network was not tuned again.",
        f"A batch takes {latency['after']:.2f} ms, {latency['before']:.2f} ms dense.",
    ]
    if not metrics["met"]:
        parts.append(
            f"The budget, {100 * metrics['budget']:.3g}% of the parameters, was not met: layers that take "
            f"more than {metrics['slower']:g} times as long in factors stay dense (--slower)."
        )
    return " ".join(parts)


def _layers(metrics: dict[str, Any]) -> Table:
    head = ["layer", "kind", "ranks", "parameters", "after", "ms dense", "in factors", "why"]
    return "Layers", head, [_layer(row) for row in metrics["layers"]]


def _layer(row: dict[str, Any]) -> list[str]:
    times = ["-", "-"] if row["latency_ms"] is None else [f"{each:.3f}" for each in row["latency_ms"]]
    ranks = " x ".join(map(str, row["ranks"])) or "-"
    sizes = [f"{each:,}" for each in row["parameters"].values()]
    return [row["name"], row["kind"], ranks, *sizes, *times, row["reason"]]


def _budgets(metrics: dict[str, Any]) -> Table:
    head = ["budget", "met", "parameters", "accuracy in factors", "tuned", "ms a batch"]
    rows = [
        [
            f"{100 * own['budget']:.3g}%",
            "yes" if own["met"] else "no",
            f"{own['parameters']['after']:,}",
            f"{own['accuracy']['cut']:.2%}",
            f"{own['accuracy']['tuned']:.2%}",
            f"{own['latency_ms']['after']:.2f}",
        ]
        for own in (metrics, *metrics["others"])
    ]
    return "Budgets", head, rows
