"""Figures of the comparison: quality by words, lengths and names chosen, telling sentences, time."""

from itertools import cycle

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pipelines.figures import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    RED,
    empty,
    fit,
    label_ends,
    legend_below,
    new_figure,
    short,
    whole_ticks,
)
from pipelines.ner.measures import ENOUGH, Row, Runs, mean

TITLES = {
    "random": "random",
    "least_confidence": "least confidence",
    "mnlp": "MNLP",
    "bald": "BALD",
    "bald_sequence": "BALD of sequences",
    "token_entropy": "token entropy",
    "total_token_entropy": "total token entropy",
    "density": "density-weighted MNLP",
}
WIDE = 95
"""Characters of a sentence that are shown."""


def all_figures(
    runs: Runs, chosen: dict[str, list[Row]], telling: tuple[str, list[Row]], metrics: Row
) -> dict[str, Figure]:
    """All figures of a run."""
    colours = dict(zip(runs, cycle((GREY, ORANGE, BLUE, GREEN, RED, "#CC79A7", "#56B4E9")), strict=False))
    return {
        "curves": quality(runs, colours, metrics),
        "lengths": by_round(chosen, colours, "length", metrics["mean_length"], "Words a sentence",
                            "words of a chosen sentence, mean"),
        "entities": by_round(chosen, colours, "entities", metrics["entities_per_1000"], "Names a 1,000 words",
                             "names in 1,000 chosen words"),
        "informative": informative(*telling),
        "rounds": seconds(chosen, colours),
    }  # fmt: skip


def quality(runs: Runs, colours: dict[str, str], metrics: Row) -> Figure:
    """F1 by the share of words: means, bands from the worst seed to the best, and what all words give."""
    reached = {name: x for name, x in metrics["words_at_99pct"].items() if x is not None}
    first = min(reached, key=lambda name: reached[name]) if reached else None
    title = f"No way of choosing comes to {ENOUGH:.0%} of the full F1 here"
    if first:
        title = f"{TITLES[first]} needs {reached[first]:.0f} % of the words for {ENOUGH:.0%} of the full F1"
    elif not metrics["f1_full"]:
        title = "All words gave an F1 of 0, so that no share of them can be told"
    figure, (ax,) = new_figure(title, 9, 5.2)
    ends = list[tuple[float, float, str, str]]()
    for name, of in runs.items():
        x = 100 * np.array(mean(of, "share"))
        scores = np.array([[row["score"] for row in run[: len(x)]] for run in of])
        ax.fill_between(x, scores.min(axis=0), scores.max(axis=0), color=colours[name], alpha=0.15, lw=0)
        ax.plot(x, scores.mean(axis=0), color=colours[name], linewidth=2, marker="o", markersize=3)
        ends.append((float(x[-1]), float(scores.mean(axis=0)[-1]), TITLES[name], colours[name]))
    _levels(ax, metrics)
    ax.set(xlabel="% of the pool's words that are labelled", ylabel="F1 of spans, held out")
    low = min(row["score"] for of in runs.values() for run in of for row in run[1:3] or run)
    ax.set_ylim(max(0.0, low - 0.08), None)
    label_ends(ax, ends)
    legend_below(figure, 3)
    return figure


def _levels(ax: Axes, metrics: Row) -> None:
    whole = metrics["f1_full"]
    lines = [(whole, "all words", "-"), (ENOUGH * whole, f"{ENOUGH:.0%} of it", ":")]
    if metrics["f1_shallow"] is not None:
        lines.append((metrics["f1_shallow"], "CRF with features, all words", "--"))
    for height, name, style in lines:
        ax.axhline(height, color="#333333", linestyle=style, linewidth=1, label=f"{name}: {height:.3f}")


def by_round(
    chosen: dict[str, list[Row]], colours: dict[str, str], what: str, usual: float, title: str, label: str
) -> Figure:
    """A number of the sentences chosen in each round, beside the pool's."""
    means = {
        name: float(np.mean([row[what] for row in rows[1:]])) for name, rows in chosen.items() if rows[1:]
    }
    if not means:
        return empty(title, "There was no round after the first.")
    message = ", ".join(f"{TITLES[name]} {value:.0f}" for name, value in means.items())
    figure, (ax,) = new_figure(f"{title}: {message}; in the pool {usual:.0f}", 9, 4.4)
    ends = list[tuple[float, float, str, str]]()
    for name in means:
        values = [row[what] for row in chosen[name]]
        ax.plot(range(1, len(values)), values[1:], color=colours[name], linewidth=2, marker="o", markersize=3)
        ends.append((len(values) - 1, values[-1], TITLES[name], colours[name]))
    ax.axhline(usual, color="#333333", linestyle=":", linewidth=1)
    ax.set(xlabel="round", ylabel=label)
    ax.set_ylim(0, None)
    whole_ticks(ax.xaxis)
    label_ends(ax, [*ends, (ax.get_xlim()[1], usual, "the pool", "#333333")])
    return figure


def informative(name: str, rows: list[Row]) -> Figure:
    """The most telling sentences of a round, with the names that they hold."""
    if not rows:
        return empty("Telling sentences", "No sentence was chosen by the model.")
    figure, (ax,) = new_figure(
        f"What {TITLES[name]} asked first in round {rows[0]['round']}", 11, 0.9 + 0.42 * len(rows)
    )
    texts = [fit(figure, short(row["text"], WIDE), 10, fontsize=8.5) for row in rows]
    scores = [row["score"] for row in rows]
    ax.barh(range(len(rows)), scores, color="#cfe2f3", height=0.8)
    ax.invert_yaxis()
    for place, line in enumerate(texts):
        ax.text(0.01 * max(scores), place, line, va="center", fontsize=8.5)
    ax.set_yticks([])
    ax.set(xlabel="score")
    return figure


def seconds(chosen: dict[str, list[Row]], colours: dict[str, str]) -> Figure:
    """Seconds of choosing and of training and judging, by round."""
    figure, axes = new_figure("Seconds a round", 10, 4.2, 2)
    for ax, what, title in zip(
        axes, ("choosing", "training"), ("choosing", "training and judging"), strict=True
    ):
        ends = list[tuple[float, float, str, str]]()
        for name, rows in chosen.items():
            values = [row[what] for row in rows]
            ax.plot(range(len(values)), values, color=colours[name], linewidth=2, marker="o", markersize=3)
            ends.append((len(values) - 1, values[-1], TITLES[name], colours[name]))
        ax.set(xlabel="round", ylabel="seconds")
        ax.set_title(title, loc="left", fontsize=10)
        ax.set_ylim(0, None)
        whole_ticks(ax.xaxis)
        label_ends(ax, ends)
    return figure
