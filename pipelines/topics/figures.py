"""Figures of topics: their words, their coherence, a map of them, their course over time, and the fit."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from etl.handoff import to_host
from models.topics.distances import hellinger
from models.topics.saved_topics import Topics
from models.topics.shares import Shares
from pipelines.figures import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    empty,
    label_ends,
    legend_below,
    name_points,
    new_figure,
    whole_ticks,
)
from pipelines.topics.map import chart
from pipelines.topics.naming import name, quoted, word
from pipelines.topics.tables import Rows

SHOWN = 12
"""Topics whose words are drawn."""
MOVING = 8
"""Topics drawn over time."""
ENOUGH = 0.002
"""Share of all tokens that a period needs to be drawn."""


def all_figures(topics: Topics, rows: Rows, shares: Shares) -> dict[str, Figure]:
    """All figures of a run; rows are topics, the most prevalent first."""
    B = to_host(topics.model.components_)
    figures = {
        "topics": words(B, rows),
        "coherence": coherence(rows),
        "map": chart(hellinger(topics.model.components_), rows),
    }
    if shares.periods:
        figures["over_time"] = over_time(shares.periods, shares.over_time, rows)
    if hasattr(topics.model, "history_"):
        spectrum = topics.model.spectrum_
        noise = getattr(topics.model, "noise_", None)
        figures["fit"] = fit(
            None if spectrum is None else to_host(spectrum), topics.model.history_, len(rows), noise
        )
    return figures


def words(B: np.ndarray, rows: Rows) -> Figure:
    """Probability of the first words of the most prevalent topics, one small panel each."""
    shown = rows[:SHOWN]
    covered = sum(row["prevalence"] for row in shown)
    title = f"The {len(shown)} largest of {len(rows)} topics make up {covered:.0%} of all words"
    if len(rows) == len(shown):
        title = f"The largest of {len(rows)} topics makes up {rows[0]['prevalence']:.0%} of all words"
    figure, axes = grid(title, len(shown), 4, (11, 2.25))
    for ax, row in zip(axes, shown, strict=True):
        values = np.sort(B[row["topic"]])[::-1][: len(row["words"])] * 100
        ax.barh(range(len(values)), values, color=BLUE, height=0.75)
        ax.set_yticks(range(len(values)), [word(text) for text in row["words"]], fontsize=8)
        ax.invert_yaxis()
        ax.tick_params(axis="x", labelsize=7)
        ax.tick_params(axis="y", length=0)
        ax.grid(axis="y", visible=False)
        ax.set_title(f"topic {row['topic']}: {row['prevalence']:.1%}", fontsize=9, loc="left")
    figure.supxlabel("% of the topic's words", fontsize=9)
    return figure


def coherence(rows: Rows) -> Figure:
    """NPMI of each topic against its share of all words."""
    share = np.array([row["prevalence"] for row in rows]) * 100
    npmi = np.array([row["npmi"] for row in rows])
    best, worst = rows[int(npmi.argmax())], rows[int(npmi.argmin())]
    title = f"Most coherent: {quoted(best)} ({npmi.max():.2f}); least: {quoted(worst)} ({npmi.min():.2f})"
    figure, (ax,) = new_figure(title, 8.5, 5.2)
    ax.scatter(share, npmi, s=30, color=BLUE, alpha=0.8, linewidths=0)
    ax.axhline(npmi.mean(), color=GREY, linestyle=":", linewidth=1)
    ax.set(xscale="log", xlabel="% of all words", ylabel="NPMI of the topic's first words")
    ax.margins(0.12, 0.1)
    label_ends(ax, [(ax.get_xlim()[1], npmi.mean(), f"mean {npmi.mean():.3f}", GREY)])
    order = np.argsort(-abs(npmi - npmi.mean()), kind="stable")
    points = np.column_stack([share, npmi])
    name_points(ax, points, [name(row) for row in rows], order.tolist(), np.full(len(rows), 30.0))
    return figure


def over_time(periods: Sequence[str], tokens: np.ndarray, rows: Rows) -> Figure:
    """Share of all words by period, of the topics whose shares vary most."""
    weight = tokens.sum(axis=1)
    drawn = np.flatnonzero(weight >= ENOUGH * weight.sum())
    if len(drawn) < 2:
        return empty("Topics over time", "All documents are of one time.")
    share = tokens[drawn] / weight[drawn, None] * 100
    spread = np.sqrt(np.average((share - share.mean(axis=0)) ** 2, axis=0, weights=weight[drawn]))
    moving = sorted(rows, key=lambda row: -spread[row["topic"]])[:MOVING]
    ends = np.sort([share[:, moving[0]["topic"]].argmin(), share[:, moving[0]["topic"]].argmax()])
    one, other = (
        f"{share[end, moving[0]['topic']]:.1f} % of the words in {periods[drawn[end]]}" for end in ends
    )
    title = f"{quoted(moving[0])} changes most: {one}, {other}"
    figure, axes = grid(title, len(moving), 4, (11, 2.3))
    ticks = np.unique(np.linspace(0, len(drawn) - 1, 3).round().astype(int))
    for ax, row in zip(axes, moving, strict=True):
        values = share[:, row["topic"]]
        ax.plot(values, color=BLUE, linewidth=2)
        ax.fill_between(range(len(values)), values, color=BLUE, alpha=0.12, linewidth=0)
        ax.set_title(name(row, 3), fontsize=9, loc="left")
        ax.set(ylim=(0, None), xlim=(0, len(drawn) - 1))
        ax.set_xticks(ticks, [periods[drawn[tick]] for tick in ticks])
        ax.tick_params(labelsize=8)
    left = len(periods) - len(drawn)
    few = f"; {left} of {len(periods)} with under {ENOUGH:.1%} of the words left out" if left else ""
    figure.supylabel("% of all words", fontsize=9)
    figure.supxlabel(f"{len(drawn)} periods{few}", fontsize=9)
    return figure


def fit(spectrum: np.ndarray | None, history: list[float], topics: int, noise: float | None = None) -> Figure:
    """Eigenvalues of the second moment with the number of topics, and the log likelihood of each pass."""
    gain = np.exp(history[0] - history[-1]) if len(history) > 1 else 1.0
    title = f"{len(history)} passes cut the training documents' perplexity to {gain:.0%}"
    figure, (left, right) = new_figure(title, 10, 4, 2)
    if spectrum is not None and len(spectrum):
        values = np.maximum(np.asarray(spectrum), 1e-9 * float(spectrum[0]))
        left.plot(range(1, len(values) + 1), values / values[0], color=BLUE, marker="o", ms=3, linewidth=1)
        left.axvline(topics + 0.5, color=ORANGE, linewidth=1.5, label=f"{topics} topics")
        if noise is not None:
            left.axhline(noise / values[0], color=GREY, linewidth=1, linestyle=":", label="words by chance")
        left.set(yscale="log", xlabel="direction", ylabel="eigenvalue, of the largest")
        whole_ticks(left.xaxis)
        legend_below(figure)
    right.plot(range(1, len(history) + 1), history, color=GREEN, marker="o", linewidth=2)
    right.set(xlabel="pass over the documents", ylabel="log likelihood a token, before the pass")
    whole_ticks(right.xaxis)
    return figure


def grid(title: str, panels: int, columns: int, size: tuple[float, float]) -> tuple[Figure, list[Any]]:
    """A sheet of small panels in rows; ``size`` is its width, and the height of a row."""
    columns = min(columns, panels)
    height = -(-panels // columns)
    figure, axes = new_figure(title, size[0], size[1] * height + 0.6, columns, height)
    for ax in axes[panels:]:
        ax.set_axis_off()
    return figure, axes[:panels]
