"""Draws docs/partial-curves.png: ``python -m benchmarks.partial.figure RESULTS.json PICTURE.png``."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.partial.curves import AT
from pipelines.figures import BLUE, GREEN, GREY, ORANGE, RED, legend_below, new_figure, save

COLOURS = {"uniform": GREY, "aq_eig": BLUE, "alpf_eig": GREEN, "alpf_erc": ORANGE, "alpf_edc": RED}
SETS = {
    "mnist-1000": "MNIST, 1,000",
    "arxiv": "arXiv, 97 categories",
    "simulated-100000": "simulated, 200 classes",
}


def draw(facts: dict[str, Any]) -> Figure:
    """A panel a pool: accuracy by the share of the naive budget, means of all draws."""
    figure, axes = new_figure("Accuracy by questions asked, in % of what halving costs", 13, 4.4, len(SETS))
    for ax, (name, title) in zip(axes, SETS.items(), strict=True):
        panel(ax, [row for row in facts["results"] if row["set"] == name])
        ax.set_title(title, loc="left", fontsize=10)
    legend_below(figure, len(COLOURS) + 1, axes[0].get_legend_handles_labels()[0])
    return figure


def panel(ax: Axes, rows: list[dict[str, Any]]) -> None:
    """Curves of one pool; a dot where every class is known, after which the accuracy stays."""
    for way, colour in COLOURS.items():
        own = [row for row in rows if row["variant"] == way]
        end = float(np.mean([row["spent"][-1] for row in own]))
        x = np.linspace(0.05, end, 60)
        y = np.mean([np.interp(x, row["spent"], row["scores"]) for row in own], axis=0)
        ax.plot(
            100 * x,
            100 * y,
            color=colour,
            linewidth=2,
            label=way.upper().replace("_", "-") if "_" in way else way,
        )
        ax.plot(100 * end, 100 * y[-1], color=colour, marker="o")
    full = 100 * float(np.mean([row["full"] for row in rows]))
    ax.axhline(full, color="#333333", linestyle="--", linewidth=1, label="all labels")
    ax.axvline(100 * AT, color="#333333", linestyle=":", linewidth=1)
    ax.set(xlabel="questions, % of the naive budget", ylabel="accuracy, %", ylim=(0, 1.08 * full))


if __name__ == "__main__":
    given, place = map(Path, sys.argv[1:])
    save(draw(json.loads(given.read_text())), place)
