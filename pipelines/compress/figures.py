"""Figures of the compressing pipeline: accuracy against latency, and parameters by layer."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from pipelines.figures import BLUE, GREY, RED, legend_below, name_points, new_figure, power, short

LAYERS = 30
"""Layers that are drawn, the largest."""


def all_figures(metrics: dict[str, Any]) -> dict[str, Figure]:
    """All figures of a run."""
    return {"latency": latency(metrics), "layers": layers(metrics)}


def latency(metrics: dict[str, Any]) -> Figure:
    """Accuracy against the time of a batch: the dense network, and those in factors by budget."""
    each = [metrics, *metrics["others"]]
    points = [(metrics["latency_ms"]["before"], metrics["accuracy"]["before"])]
    points += [(points[0][0] * _ratio(own["latency_ms"]), own["accuracy"]["tuned"]) for own in each]
    words = ["dense", *(f"{_share(own):.0%} of the parameters" for own in each)]
    before, after = metrics["parameters"].values()
    lost = 100 * (metrics["accuracy"]["before"] - metrics["accuracy"]["tuned"])
    change = f"{abs(lost):.1f} points {'lost' if lost > 0 else 'gained'}" if round(lost, 1) else "none lost"
    fewer = f"{before / after:.1f} times fewer parameters, {change}"
    figure, (ax,) = new_figure(fewer if after < before else "No layer is in factors")
    colours = [GREY, RED, *[BLUE] * len(metrics["others"])]
    x, y = np.array(points).T
    ax.scatter(x, 100 * y, color=colours, s=60, zorder=3)
    ax.margins(0.25)
    ax.set(xlabel="milliseconds a batch", ylabel="accuracy on held-out examples, percent")
    name_points(ax, np.column_stack([x, 100 * y]), words, list(range(len(words))), np.full(len(words), 60.0))
    return figure


def _share(own: dict[str, Any]) -> float:
    return own["parameters"]["after"] / own["parameters"]["before"]


def _ratio(times: dict[str, float]) -> float:
    """Of times that were measured in turns, whatever else the machine did meanwhile."""
    return times["after"] / times["before"]


def layers(metrics: dict[str, Any]) -> Figure:
    """Parameters of each layer before and after, in the order of the network."""
    rows = metrics["layers"]
    largest = sorted(range(len(rows)), key=lambda place: -rows[place]["parameters"]["before"])[:LAYERS]
    shown = [rows[place] for place in sorted(largest)]
    count = sum(bool(row["ranks"]) for row in rows)
    title = f"{count} of {len(rows)} layers {'is' if count == 1 else 'are'} in factors"
    figure, (ax,) = new_figure(title, 7.5, 1.8 + 0.34 * len(shown))
    place = np.arange(len(shown))
    sizes = [[row["parameters"][when] for row in shown] for when in ("before", "after")]
    ax.barh(place - 0.2, sizes[0], 0.4, color=GREY, label="before")
    ax.barh(place + 0.2, sizes[1], 0.4, color=BLUE, label="after")
    for at, row in zip(place, shown, strict=True):
        ax.text(
            row["parameters"]["after"],
            at + 0.2,
            f" {power(row['parameters']['after'])}",
            va="center",
            fontsize=8,
        )
    ax.set_yticks(place, [short(row["name"], 28) for row in shown])
    ax.set_ylim(len(shown) - 0.4, -0.6)
    ax.set_xlim(0, 1.15 * max(sizes[0]))
    ax.set(xlabel="parameters of the weight")
    ax.grid(visible=False, axis="y")
    legend_below(figure)
    return figure
