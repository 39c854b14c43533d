"""Figures of a run: pure functions from numbers to Matplotlib figures, in one style, labelled in place."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pipelines.figures.lettering import broken, finished, short

BLUE, ORANGE, GREEN, RED, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#7A828A"
"""Okabe and Ito's colours, which colour-blind readers can tell apart."""
MORE = (BLUE, ORANGE, GREEN, RED, "#CC79A7", "#56B4E9", "#B8A100", "#8C5A9E", "#333333", "#8B5A2B",
        "#9ACD32", "#1F2A6B")  # fmt: skip
"""Theirs and some more, for groups."""
WIDEST = 14.0
"""Inches that a figure may be wide; a page shows some nine of them as they are."""


class Blank(Figure):
    """A figure with nothing to show; a report says why in its place."""

    why = ""


def new_figure(
    title: str, width: float = 7.5, height: float = 4.2, columns: int = 1, rows: int = 1
) -> tuple[Figure, list[Axes]]:
    """An empty figure in the house's style, with axes side by side; the title says what is seen."""
    figure = Figure(figsize=(min(width, WIDEST), height), dpi=110, layout="constrained")
    font = {"fontsize": 12, "fontweight": "bold"}
    figure.suptitle(broken(figure, title, **font), x=0.01, ha="left", **font)
    axes = list(figure.subplots(rows, columns, squeeze=False).ravel())
    for ax in axes:
        ax.spines[["top", "right"]].set_visible(False)
        ax.grid(color="#e3e7eb", linewidth=0.8)
        ax.set_axisbelow(True)
    return figure, axes


def save(figure: Figure, path: Path) -> None:
    """Write a figure; every name in it is drawn as it is written."""
    finished(figure).savefig(path)


def empty(title: str, why: str) -> Blank:
    """A figure that says why there is nothing to show."""
    figure = Blank(figsize=(7.5, 1.2), dpi=110)
    figure.suptitle(title, x=0.01, ha="left", fontsize=12, fontweight="bold")
    figure.text(0.5, 0.4, why, ha="center", va="center", color=GREY)
    figure.why = f"{title}: {why}"
    return figure


def bars(
    ax: Axes,
    names: Sequence[Any],
    values: Sequence[float],
    told: Sequence[str],
    colour: Any = BLUE,
    starts: Sequence[float] | float = 0.0,
) -> Axes:
    """Horizontal bars, the first on top, with what is told at their ends.

    Parameters
    ----------
    names : sequence, shape (bars,)
        Cut where they are long; two that are alike stay two.
    told : sequence of str, shape (bars,)
    colour : str, or sequence of str
    starts : sequence of float, optional
        Where they begin.
    """
    drawn = ax.barh(range(len(names)), values, left=starts, color=colour, height=0.7)
    ax.set_yticks(range(len(names)), [short(name, 36) for name in names], fontsize=9)
    ax.bar_label(drawn, told, padding=3, color=GREY, fontsize=9)
    ax.set(ylim=(len(names) - 0.4, -0.6), xlim=(0, 1.15 * max([*values, 1e-12])))
    ax.grid(axis="y", visible=False)
    return ax


def legend_below(figure: Figure, columns: int = 4, handles: Sequence[Artist] | None = None) -> None:
    """A legend below the axes, where it covers nothing."""
    draw = figure.legend if handles is None else partial(figure.legend, handles=handles)
    draw(loc="outside lower center", ncols=columns, frameon=False, fontsize=9)
