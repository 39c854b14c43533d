"""Figures of the flow: what each stage gained, rounds, workers in doubt, topics of errors."""

from typing import Any

from matplotlib.figure import Figure

from pipelines.figures import BLUE, GREEN, GREY, bars, empty, new_figure
from pipelines.trinity.story import named


def all_figures(metrics: dict[str, Any]) -> dict[str, Figure]:
    """Every figure by its name."""
    return {
        "gains": gains(metrics["gains"]),
        "rounds": rounds(metrics["rounds"]),
        "doubt": workers(metrics["workers_in_doubt"]),
        "topics": topics(metrics["errors_by_topic"]),
    }


def gains(rows: list[dict[str, Any]]) -> Figure:
    """A point and an interval a stage, from the votes to the model."""
    figure, (ax,) = new_figure("From votes to a model: right on", height=0.9 + 0.5 * len(rows))
    known = [row for row in rows if row["value"] is not None]
    for place, row in enumerate(known):
        colour = GREEN if row["chosen"] else BLUE
        ax.plot([row["low"], row["high"]], [place, place], color=colour, linewidth=2)
        ax.plot([row["value"]], [place], "o", color=colour)
        ax.annotate(f" {row['value']:.1%}", (row["high"], place), va="center", color=GREY)
    ax.set_yticks(range(len(known)), [named(row["name"]) for row in known])
    ax.invert_yaxis()
    ax.margins(x=0.15)
    ax.set_xlabel("right, 95 % interval; green is the chosen model")
    return figure


def rounds(points: list[dict[str, Any]]) -> Figure:
    """Accuracy against votes bought."""
    if len(points) < 2:
        return empty("Round by round", "this is the first round; continue it with --run and new votes")
    figure, (ax,) = new_figure("Round by round")
    votes = [point["votes"] for point in points]
    ax.fill_between(votes, [p["low"] for p in points], [p["high"] for p in points], color=BLUE, alpha=0.15)
    ax.plot(votes, [point["model"] for point in points], "o-", color=BLUE, label="model, by the votes")
    if all(point["known"] is not None for point in points):
        ax.plot(votes, [point["known"] for point in points], "s-", color=GREEN, label="model, known labels")
    ax.set_xlabel("votes")
    ax.set_ylabel("right")
    ax.legend(frameon=False)
    return figure


def workers(rows: list[dict[str, Any]]) -> Figure:
    """Workers who agree least with the labels."""
    if not rows:
        return empty("Workers in doubt", "no worker gave ten votes or more")
    figure, (ax,) = new_figure("Workers in doubt", height=0.9 + 0.27 * len(rows))
    told = [f"{row['right']:.0%} of {row['votes']:,}" for row in rows]
    bars(ax, [row["worker"] for row in rows], [row["right"] for row in rows], told)
    ax.set_xlabel("share of votes that agree with the labels")
    return figure


def topics(rows: list[dict[str, Any]]) -> Figure:
    """Errors by topic."""
    if not rows:
        return empty("Topics of errors", "there are no topics")
    worst = sorted(rows, key=lambda row: -row["wrong"])[:20]
    figure, (ax,) = new_figure("Topics of errors", height=0.9 + 0.27 * len(worst))
    told = [f"{row['wrong']:.0%} of {row['tasks']:,}" for row in worst]
    bars(
        ax,
        [row.get("words", f"topic {row['topic']}") for row in worst],
        [row["wrong"] for row in worst],
        told,
    )
    ax.set_xlabel("share of items whose label the model does not find")
    return figure
