"""Draws docs/sequences-horizons.png: ``python -m benchmarks.sequences.figure RESULTS.json PICTURE.png``."""

import json
import sys
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.sequences.table import NAMES
from pipelines.figures import BLUE, GREEN, GREY, MORE, ORANGE, RED, legend_below, new_figure, save

LOOK = {
    "naive": (GREY, ":"),
    "seasonal naive": (GREY, "--"),
    "climatology": (GREY, "-"),
    "arima": (MORE[8], "--"),
    "nvar": (MORE[4], "-"),
    "dlinear": (MORE[6], "-"),
    "nhits": (MORE[5], "-"),
    "lstm": (BLUE, "-"),
    "mlstm": (GREEN, "-"),
    "tt_lstm_2": (ORANGE, "-"),
    "tt_lstm_3": (RED, "-"),
    "auto": (MORE[8], ":"),
}
"""Colour and line of the methods that are drawn; NLinear and ETS are in the table alone."""


def draw(facts: dict[str, Any]) -> Figure:
    """A panel a set: RMSE by steps ahead, means over seeds."""
    sets = list(dict.fromkeys(row["set"] for row in facts["results"]))
    figure, axes = new_figure("Root mean squared error by steps ahead, in standard deviations", 9.5, 10, 2, 3)
    for ax, name in zip(axes, sets, strict=False):
        panel(ax, [row for row in facts["results"] if row["set"] == name])
        ax.set_title(name + ", on a log scale" * (ax.get_yscale() == "log"), loc="left", fontsize=10)
    for ax in axes[len(sets) :]:
        ax.remove()
    handles = {line.get_label(): line for ax in axes[: len(sets)] for line in ax.get_lines()}
    legend_below(figure, 4, list(handles.values()))
    return figure


def panel(ax: Axes, rows: list[dict[str, Any]]) -> None:
    """Curves of one set; what is far above the naive forecast is cut off."""
    top, low = 0.0, 1.0
    for row in rows:
        if row["method"] in LOOK:
            colour, line = LOOK[row["method"]]
            steps, label = range(1, len(row["horizon"]) + 1), NAMES[row["method"]].replace("`", "")
            ax.plot(steps, row["horizon"], color=colour, linestyle=line, linewidth=1.7, label=label)
            top = max(top, *row["horizon"]) if row["method"] in ("naive", "climatology") else top
            low = min(low, min(row["horizon"]))
    ax.set(xlabel="steps ahead", ylabel="RMSE", ylim=(0, 1.1 * top))
    if low < top / 100:
        ax.set(yscale="log", ylim=(max(low / 2, 1e-9), 2 * top))


if __name__ == "__main__":
    given, place = map(Path, sys.argv[1:])
    save(draw(json.loads(given.read_text())), place)
