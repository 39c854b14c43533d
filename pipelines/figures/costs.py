"""Figures that every run has: what its steps took, and what passed between libraries."""

from typing import Any

from matplotlib.figure import Figure
from matplotlib.patches import Patch

from pipelines.figures.lettering import short
from pipelines.figures.style import GREEN, ORANGE, RED, bars, empty, legend_below, new_figure

UNITS = (("GB", 1e9), ("MB", 1e6), ("kB", 1e3), ("B", 1.0))
DECADES = 200
"""Largest width over half of the smallest up to which bars begin at zero, and lengths tell ratios."""
COST = {
    "none": (GREEN, "zero copies"),
    "device": (ORANGE, "one copy, same memory"),
    "host": (RED, "host crossing"),
}


def timeline(stages: list[dict[str, Any]]) -> Figure:
    """Wall time of each stage, one after another, with its core-seconds beside it."""
    if not stages:
        return empty("Stages", "No stage was timed.")
    longest = max(stages, key=lambda stage: stage["wall"])
    total = max(stage["start"] + stage["wall"] for stage in stages) or 1e-3
    words = f"{short(longest['name'])} takes {longest['wall'] / total:.0%} of {_seconds(total)} s"
    figure, (ax,) = new_figure(words, 8, 1.2 + 0.3 * len(stages))
    told = [f"{_seconds(stage['wall'])} s, {_seconds(stage['cpu'])} core-s" for stage in stages]
    walls, starts = [stage["wall"] for stage in stages], [stage["start"] for stage in stages]
    bars(ax, [stage["name"] for stage in stages], walls, told, starts=starts)
    ax.set(xlabel="seconds since the run began", xlim=(0, total * 1.3))
    return figure


def _seconds(value: float) -> str:
    return f"{value:,.1f}" if value >= 1 else f"{value:.2f}"


def ledger(rows: list[dict[str, Any]]) -> Figure:
    """Megabytes over each bridge, coloured by what it cost."""
    if not rows:
        return empty("Bridges", "No bridge was crossed.")
    figure, (ax,) = new_figure(_ledger_title(rows), 8, 1.2 + 0.3 * len(rows))
    names = [f"{row['stage'] or 'report'}: {row['from']} → {row['to']}" for row in rows]
    widths = [max(row["bytes"], 1) / 1e6 for row in rows]
    bars(ax, names, widths, [size(row["bytes"]) for row in rows], [COST[row["copies"]][0] for row in rows])
    low, high = min(widths) / 2, max(widths)
    wide = high > DECADES * low
    ax.set(xscale="log" if wide else "linear", xlabel="megabytes" + ", on a log scale" * wide)
    ax.set_xlim((low, high * (high / low) ** 0.2) if wide else (0, 1.2 * high))
    legend_below(figure, 3, [Patch(color=colour, label=meaning) for colour, meaning in COST.values()])
    return figure


def _ledger_title(rows: list[dict[str, Any]]) -> str:
    crossings = sum(row["bytes"] for row in rows if row["copies"] == "host")
    free = sum(row["bytes"] for row in rows if row["copies"] == "none")
    share = free / max(1, sum(row["bytes"] for row in rows))
    words = f"{size(crossings)} cross to the host" if crossings else "nothing crosses to the host"
    return f"{share:.0%} of the bytes pass without a copy; {words}"


def size(amount: float) -> str:
    """Bytes in a unit that suits.

    Examples
    --------
    >>> size(12), size(34_567), size(2.5e9)
    ('12 B', '34.6 kB', '2.5 GB')
    """
    unit, one = next((each for each in UNITS if amount >= each[1]), UNITS[-1])
    return f"{amount / one:,.{1 if one > 1 else 0}f} {unit}"
