"""Figures of a run: pure functions from numbers to Matplotlib figures, in one style, labelled in place."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.text import Text
from matplotlib.ticker import LogFormatter

BLUE, ORANGE, GREEN, RED, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#7A828A"
"""Okabe and Ito's colours, which colour-blind readers can tell apart."""
COST = {
    "none": (GREEN, "zero copies"),
    "device": (ORANGE, "one copy, same memory"),
    "host": (RED, "host crossing"),
}


@contextmanager
def known_glyphs(tell: Callable[[str], object] | None = None) -> Iterator[None]:
    """Draw without a warning a character; characters that no font has are told at the end, once."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.filterwarnings("always", message="Glyph .* missing from font")
        yield
    lacking = {str(entry.message) for entry in caught if str(entry.message).startswith("Glyph ")}
    for entry in caught:
        if not str(entry.message).startswith("Glyph "):
            warnings.warn_explicit(entry.message, entry.category, entry.filename, entry.lineno)
    if lacking and tell:
        tell(f"figures: {len(lacking):,} characters are boxes, as the font lacks them; tables have them")


def new_figure(
    title: str, width: float = 7.5, height: float = 4.2, columns: int = 1
) -> tuple[Figure, list[Axes]]:
    """An empty figure in the house's style, with axes side by side; the title says what is seen."""
    figure = Figure(figsize=(width, height), dpi=110, layout="constrained")
    figure.suptitle(title, x=0.01, ha="left", fontsize=12, fontweight="bold")
    axes = list(figure.subplots(1, columns, squeeze=False)[0])
    for ax in axes:
        ax.spines[["top", "right"]].set_visible(False)
        ax.grid(color="#e3e7eb", linewidth=0.8)
        ax.set_axisbelow(True)
    return figure, axes


def save(figure: Figure, path: Path) -> None:
    """Write a figure; every name in it is drawn as it is written."""
    literal(figure).savefig(path)


def literal(figure: Figure) -> Figure:
    """The figure, whose texts are no formulas: two ``$`` in names of users would make one of what is between.

    Powers of ten on logarithmic axes are formulas of Matplotlib's own.
    """
    powers: set[Text] = set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            axis.get_major_ticks(len(axis.get_majorticklocs()))  # else some are made while it is drawn
            if isinstance(axis.get_major_formatter(), LogFormatter):
                powers.update(axis.findobj(Text))
            powers.discard(axis.label)
    for text in figure.findobj(Text):
        if text not in powers:
            text.set_parse_math(False)
    return figure


def empty(title: str, why: str) -> Figure:
    """A figure that says why there is nothing to show."""
    figure, (ax,) = new_figure(title)
    ax.set_axis_off()
    ax.text(0.5, 0.5, why, ha="center", va="center", color=GREY, transform=ax.transAxes)
    return figure


def timeline(stages: list[dict[str, Any]]) -> Figure:
    """Wall time of each stage, one after another, with its core-seconds beside it."""
    if not stages:
        return empty("Stages", "No stage was timed.")
    longest = max(stages, key=lambda stage: stage["wall"])
    total = max(stage["start"] + stage["wall"] for stage in stages) or 1e-3
    figure, (ax,) = new_figure(
        f"{longest['name']} takes {longest['wall'] / total:.0%} of {total:.1f} s", 8, 0.9 + 0.4 * len(stages)
    )
    for stage in stages:
        ax.barh(stage["name"], stage["wall"], left=stage["start"], color=BLUE, height=0.6)
        end, words = stage["start"] + stage["wall"], f"{stage['wall']:.1f} s, {stage['cpu']:.1f} core-s"
        ax.text(end + total * 0.01, stage["name"], words, va="center", color=GREY, fontsize=9)
    ax.invert_yaxis()
    ax.set(xlabel="seconds since the run began", xlim=(0, total * 1.25))
    ax.grid(axis="y", visible=False)
    return figure


def ledger(rows: list[dict[str, Any]]) -> Figure:
    """Megabytes over each bridge, coloured by what it cost."""
    if not rows:
        return empty("Bridges", "No bridge was crossed.")
    figure, (ax,) = new_figure(_ledger_title(rows), 8, 1.2 + 0.3 * len(rows))
    for number, row in enumerate(rows):
        colour, _ = COST[row["copies"]]
        width = max(row["bytes"] / 1e6, 1e-3)
        ax.barh(number, width, color=colour, height=0.65)
        ax.text(width * 1.1, number, _size(row["bytes"]), va="center", fontsize=8, color=GREY)
    ax.set_yticks(
        range(len(rows)), [f"{r['stage'] or 'report'}: {r['from']} → {r['to']}" for r in rows], fontsize=9
    )
    ax.invert_yaxis()
    ax.set(xscale="log", xlabel="megabytes")
    ax.set_xlim(None, max(row["bytes"] for row in rows) / 1e6 * 8 + 1e-2)
    ax.grid(axis="y", visible=False)
    handles = [Patch(color=colour, label=meaning) for colour, meaning in COST.values()]
    figure.legend(handles=handles, loc="outside lower center", ncols=3, frameon=False, fontsize=9)
    return figure


def _ledger_title(rows: list[dict[str, Any]]) -> str:
    crossings = sum(row["bytes"] for row in rows if row["copies"] == "host")
    free = sum(row["bytes"] for row in rows if row["copies"] == "none")
    share = free / max(1, sum(row["bytes"] for row in rows))
    words = f"{crossings / 1e6:,.1f} MB cross to the host" if crossings else "nothing crosses to the host"
    return f"{share:.0%} of the bytes pass without a copy; {words}"


def _size(amount: float) -> str:
    return f"{amount / 1e6:,.1f} MB" if amount >= 1e5 else f"{amount / 1e3:,.1f} kB"
