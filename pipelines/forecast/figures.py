"""Figures of the forecasting pipeline: errors by horizon, coverage, and examples."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from etl.engine.types import Tensor
from etl.handoff import to_host
from models.statespace.baselines import BASELINES
from pipelines.figures import BLUE, GREEN, GREY, ORANGE, RED, new_figure

COLOURS = (BLUE, ORANGE, GREEN, RED)
"""Of models; rivals are grey."""
DOTS = {"naive": ":", "seasonal naive": "--", "climatology": "-."}
SEEN = 3
"""Series that are shown."""
BEFORE = 4
"""Horizons before the origin that are shown."""


def all_figures(
    y: Tensor, origins: list[int], metrics: dict[str, Any], rows: list[dict[str, Any]], best: str
) -> dict[str, Figure]:
    """All figures of a run."""
    return {
        "horizon": horizon(rows),
        "coverage": coverage(rows),
        "examples": examples(to_host(y[:SEEN]), origins[-1], to_host(metrics[best][-1]), best),
    }


def horizon(rows: list[dict[str, Any]]) -> Figure:
    """RMSE by steps ahead."""
    best = min(rows, key=lambda row: row["rmse"])
    figure, (ax,) = new_figure(f"{best['method']} has the least error, {best['rmse']:.3g} on average", 8, 4.6)
    colours = iter(COLOURS)
    for row in rows:
        values = np.array(row["horizon"], dtype=float)
        rival = row["method"] in BASELINES
        colour, line = (GREY, DOTS[row["method"]]) if rival else (next(colours), "-")
        steps = 1 + np.arange(len(values))
        ax.plot(steps, values, label=row["method"], linewidth=1.8, color=colour, linestyle=line)
    ax.set(xlabel="steps ahead", ylabel="root mean square error", ylim=(0, None))
    figure.legend(loc="outside lower center", ncols=4, frameon=False, fontsize=9)
    return figure


def coverage(rows: list[dict[str, Any]]) -> Figure:
    """Share of values within each interval."""
    levels = list(rows[0]["coverage"])
    own = [row for row in rows if row["method"] not in BASELINES] or rows
    off = max(abs(row["coverage"][k] * 100 - float(k)) for row in own for k in levels)
    words = f"Intervals of models are off by {off:.0f} points at most"
    figure, axes = new_figure(words, 9, 1.6 + 0.35 * len(rows), len(levels))
    names = [row["method"] for row in rows]
    for ax, level in zip(axes, levels, strict=True):
        shares = [100 * row["coverage"][level] for row in rows]
        bars = ax.barh(names, shares, color=[GREY if n in BASELINES else BLUE for n in names], height=0.65)
        ax.bar_label(bars, fmt="%.0f", label_type="center", color="white", fontsize=9)
        ax.axvline(float(level), color="black", linewidth=1.2)
        ax.set(xlabel=f"% of values within the {level}% interval", xlim=(0, 101))
        ax.invert_yaxis()
        ax.grid(axis="y", visible=False)
    return figure


def examples(y: np.ndarray, origin: int, value: np.ndarray, best: str) -> Figure:
    """The first series at the last origin."""
    ahead = value.shape[2]
    steps, start = np.arange(ahead), max(0, origin - BEFORE * ahead)
    figure, axes = new_figure(f"The last origin, forecast by {best}", 11, 3.6, len(y))
    for place, (ax, own) in enumerate(zip(axes, y, strict=True)):
        past = np.arange(start, min(origin + ahead, len(own)))
        ax.plot(past - origin, own[past], color="black", linewidth=1, label="values")
        low, high = value[1::2, place].min(axis=0), value[2::2, place].max(axis=0)
        ax.fill_between(steps, low, high, color=BLUE, alpha=0.2, linewidth=0)
        ax.plot(steps, value[0, place], color=BLUE, linewidth=1.8, label="forecast")
        ax.axvline(-0.5, color=GREY, linestyle=":", linewidth=1)
        ax.set(xlabel="steps from the origin", title=f"series {place + 1}")
    axes[0].legend(frameon=False, fontsize=9, loc="upper left")
    return figure
