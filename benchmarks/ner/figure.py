"""The figure of docs/ner.md: ``python -m benchmarks.ner.figure RESULTS.json ... docs/ner-curves.png``."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pipelines.figures import BLUE, GREEN, GREY, ORANGE, new_figure, save

SYSTEMS = {
    "random": ("random", GREY),
    "least_confidence": ("least confidence", ORANGE),
    "mnlp": ("MNLP", BLUE),
    "bald": ("BALD", GREEN),
}
ENOUGH = 0.99
"""Share of the full F1 that counts as reaching it, as in the run's ``words_at_99pct``."""
SETS = {"gmb": "GMB, English", "zh": "GSD, Chinese"}


def draw(rows: list[dict[str, Any]]) -> Figure:
    """A panel for each set: F1 by the share of words, with the level of all words and the CRF's."""
    names = list(dict.fromkeys(row["size"] for row in rows))
    figure, axes = new_figure("F1 of spans by the share of words that are labelled", 11, 4.6, len(names))
    for ax, name in zip(axes, names, strict=True):
        mine = [row for row in rows if row["size"] == name]
        panel(ax, mine)
        ax.set_title(f"{SETS.get(name, name)}: {mine[0]['words']:,} words", loc="left", fontsize=10)
    return figure


def panel(ax: Axes, rows: list[dict[str, Any]]) -> None:
    """Curves of one set; bands run from the worst seed to the best."""
    for row in rows:
        seeds = row["curve_by_seed"]
        x, y = np.array(row["curve"]).T
        each = np.array([[score for _, score in run[: len(x)]] for run in seeds])
        title, colour = SYSTEMS.get(row["system"], (row["system"].replace("_", " "), "#CC79A7"))
        ax.fill_between(x, each.min(axis=0), each.max(axis=0), color=colour, alpha=0.15, lw=0)
        ax.plot(x, y, color=colour, linewidth=2, label=title)
    whole = rows[0]["f1_full"]
    levels = [(whole, "all words", "-"), (ENOUGH * whole, f"{ENOUGH:.0%} of it", ":")]
    if rows[0]["f1_shallow"] is not None:
        levels.append((rows[0]["f1_shallow"], "CRF with features, all words", "--"))
    for height, name, style in levels:
        ax.axhline(height, color="#333333", linestyle=style, linewidth=1, label=f"{name}: {height:.3f}")
    ax.set(xlabel="% of the words", ylabel="F1", ylim=(0.55 * whole, 1.04 * whole))
    ax.legend(loc="lower right", fontsize=8, frameon=False)


if __name__ == "__main__":
    *given, picture = map(Path, sys.argv[1:])
    save(draw([row for path in given for row in json.loads(path.read_text())["results"]]), picture)
