"""What the voting pipeline tells of a run, from its metrics."""

from typing import Any

from pipelines.report import Story, Table
from pipelines.signsgd.figures import NAMES, RULES

CAPTIONS = {
    "score": "Score on held-out examples, by bytes that a worker sent and by seconds of training.",
    "liars": "Score where some voters send the opposite of what they found.",
    "monitors": "The vote's way along the gradient, predicted by one worker, and the theorems' assumptions.",
    "bandwidth": "Examples a second on other networks: a model, from times of this machine.",
}


def story(metrics: dict[str, Any]) -> Story:
    """The comparison in a paragraph, and the numbers of each optimiser."""
    names = sorted(metrics["score"], key=lambda name: name != "vote")  # the vote first
    headline = {f"score of {NAMES[name]}": metrics["score"][name] for name in names}
    tables = [_table(metrics), _liars(metrics), _advice(metrics)]
    return Story(_summary(metrics), tables, CAPTIONS, headline=headline)


def _summary(metrics: dict[str, Any]) -> str:
    parts = [
        f"{metrics['workers']} workers trained {metrics['parameters']:,} parameters on "
        f"{metrics['examples']:,} examples, {metrics['batch']} a step, {metrics['steps']:,} steps."
    ]
    scores = ", ".join(f"{NAMES[name]} {value:.1%}" for name, value in metrics["score"].items())
    parts.append(
        f"Held-out {metrics['measure']}: {scores}; {metrics['baseline_name']} {metrics['baseline']:.1%}."
    )
    if metrics["ratio_bytes"] is not None:
        parts.append(f"A vote sends {metrics['ratio_bytes']:.1f} times fewer bytes than a mean in fp32.")
    same = "the same network" if metrics["replicas_identical"] else "networks that differ"
    parts.append(f"At the end all workers hold {same}, bit for bit.")
    return " ".join(parts)


def _table(metrics: dict[str, Any]) -> Table:
    head = ["", metrics["measure"], "lr", "bytes a step", "ms a step"]
    lines = [
        [
            NAMES[name],
            f"{value:.2%}",
            f"{metrics['lr'][name]:g}",
            f"{metrics['bytes_per_step'][name]:,.0f}",
            f"{1e3 * metrics['seconds_per_step'][name]:.1f}",
        ]
        for name, value in metrics["score"].items()
    ]
    return "Optimisers", head, lines


def _liars(metrics: dict[str, Any]) -> Table:
    numbers = sorted({int(n) for points in metrics["faults"].values() for n, _ in points})
    lines = []
    for rule, points in metrics["faults"].items():
        at = {int(n): f"{value:.2%}" for n, value in points}
        lines.append([RULES[rule][1], *(at.get(n, "-") for n in numbers)])
    return f"Liars among {metrics['voters']} voters", ["", *map(str, numbers)], lines


def _advice(metrics: dict[str, Any]) -> Table:
    lines = [[name, f"{advice['verdict']}: {advice['reason']}"] for name, advice in metrics["advice"].items()]
    return "Would a vote be faster?", ["", ""], lines
