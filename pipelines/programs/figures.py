"""Figures of the programs pipeline: accuracy by depth, calibration, and functions that were learnt."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from pipelines.figures import BLUE, GREY, MORE, empty, legend_below, new_figure, whole_ticks
from pipelines.programs.config import METHODS, NAMES

COLOURS = dict(zip(METHODS, MORE, strict=False))
MOST, COLUMNS = 12, 4
"""Functions that are drawn, and of them beside each other."""


def all_figures(found: dict[str, Any]) -> dict[str, Figure]:
    """All figures of a run, from its metrics."""
    drawn = {"depths": depths(found), "calibration": calibration(found)}
    return drawn | ({"functions": functions(found)} if "functions" in found else {})


def depths(found: dict[str, Any]) -> Figure:
    """Accuracy of each method by depth, with intervals; depths that were not learnt from are shaded."""
    every, learnt = [int(depth) for depth in found["judged_by_depth"]], found["depth"]
    chosen, last = found["chosen"], str(every[-1])
    share = found["accuracy_by_depth"][chosen][last]
    figure, (ax,) = new_figure(f"{NAMES[chosen]} is right on {share:.0%} at depth {last}", 7.5, 4.4)
    methods = list(found["accuracy_by_depth"])
    for at, name in enumerate(methods):
        x = np.array(every) + 0.08 * (at - (len(methods) - 1) / 2)
        y, ends = (
            100 * np.array([found[key][name][str(depth)] for depth in every])
            for key in ("accuracy_by_depth", "interval_by_depth")
        )
        around = np.maximum(np.stack([y - ends[:, 0], ends[:, 1] - y]), 0)
        ax.errorbar(x, y, around, label=NAMES[name], color=COLOURS[name], marker="o", capsize=3)
    commonest = [100 * found["commonest_by_depth"][str(depth)] for depth in every]
    ax.plot(every, commonest, color=GREY, linestyle=":", label="commonest label", marker="_")
    if every[-1] > learnt:
        left = max(learnt, every[0] - 1) + 0.5
        ax.axvspan(left, every[-1] + 0.5, color=GREY, alpha=0.12, label="deeper than was learnt from")
    ax.set(xlabel="depth of the equation", ylabel="right, percent", xlim=(every[0] - 0.5, every[-1] + 0.5))
    whole_ticks(ax.xaxis)
    legend_below(figure, 3)
    return figure


def calibration(found: dict[str, Any]) -> Figure:
    """Share of equations that hold against the probability that was given, in bins, of each method."""
    chosen = found["chosen"]
    parts = {part: each for part, each in found["calibration"].items() if each[chosen]["count"]}
    if not parts:
        return empty("Calibration", "no equation judges")
    error = 100 * found["calibration_error"]
    title = f"Probabilities of {NAMES[chosen]} are off by {error:.1f} points on average"
    figure, axes = new_figure(title, 4.2 * len(parts) + 0.6, 4.4, len(parts))
    for ax, (part, each) in zip(axes, parts.items(), strict=True):
        ax.plot([0, 1], [0, 1], color=GREY, linestyle=":")
        for name, table in each.items():
            ax.plot(table["predicted"], table["observed"], label=NAMES[name], color=COLOURS[name], marker="o")
        ax.set_title(part, fontsize=10)
        ax.set(xlabel="mean probability of the bin", ylabel="share that holds")
        ax.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03))
    legend_below(figure, 2, axes[0].lines[1:])
    return figure


def functions(measured: dict[str, Any]) -> Figure:
    """Functions as a network evaluates them, beside the true ones; the best and the worst of them."""
    found = measured["functions"]
    order = sorted(found, key=lambda name: found[name]["rmse"])
    if not order:
        return empty("Functions", "no method learns them, but Tree-LSTM, Tree-NN and LSTM do")
    shown = order if len(order) <= MOST else [*order[: MOST // 2], *order[-(MOST // 2) :]]
    which = f"; {MOST // 2} best and {MOST // 2} worst of {len(order)}" if len(order) > MOST else ""
    middle = float(np.median([each["rmse"] for each in found.values()]))
    columns = min(COLUMNS, len(shown))
    rows = -(-len(shown) // columns)
    title = f"{NAMES[measured['evaluator']]} learns functions to a median error of {middle:.2f}{which}"
    figure, axes = new_figure(title, 2.3 * columns + 0.4, 1.9 * rows + 0.9, columns, rows)
    for ax in axes[len(shown) :]:
        ax.set_axis_off()
    for ax, name in zip(axes, shown, strict=False):
        each = found[name]
        ax.plot(each["x"], each["true"], "o", color=GREY, label="true", markersize=4)
        ax.plot(each["x"], each["learnt"], ".", color=BLUE, label="learnt", markersize=3)
        ax.set_title(f"{name}, {each['rmse']:.2f}", fontsize=9)
        ax.tick_params(labelsize=7)
    legend_below(figure, 2, axes[0].lines)
    return figure
