"""Figures of the partial-feedback pipeline: accuracy, candidates, finished items and cost, by questions."""

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from etl.handoff import to_host
from models.partial.outcome import Outcome
from models.partial.questions import Questions
from pipelines.figures import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    RED,
    bars,
    empty,
    label_ends,
    legend_below,
    new_figure,
    short,
)
from pipelines.partial.measures import AT

COLOURS = {
    "uniform": "#333333",
    "al_me": "#CC79A7",
    "al_lc": "#8C5A9E",
    "aq_eig": "#56B4E9",
    "aq_erc": "#B8A100",
    "aq_edc": ORANGE,
    "alpf_eig": BLUE,
    "alpf_erc": GREEN,
    "alpf_edc": RED,
}
BACK = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1}
DASHES = {"al_": "-.", "aq_": "--"}
"""By the start of a variant's name; other lines are whole."""
MOST = 15
"""Questions that are shown."""
Points = dict[str, list[list[float]]]


def title(name: str) -> str:
    """Name of a variant as the paper writes it.

    Examples
    --------
    >>> title("alpf_eig"), title("uniform")
    ('ALPF-EIG', 'uniform')
    """
    return name if name == "uniform" else name.upper().replace("_", "-")


def all_figures(outcomes: dict[str, Outcome], asked: Questions, metrics: dict[str, Any]) -> dict[str, Figure]:
    """All figures of a run."""
    points, first = metrics["curve"], metrics["best"]
    return {
        "accuracy": accuracy(points, metrics),
        "remaining": remaining(points, metrics["classes"]),
        "finished": finished(points),
        "full": full(metrics["questions_to_full"], metrics["naive_cost_items"]),
        "lengths": histogram(outcomes, first),
        "asked": most_asked(outcomes[first], asked, first),
    }


def accuracy(points: Points, metrics: dict[str, Any]) -> Figure:
    """Accuracy by questions; a line is dotted once all classes are known."""
    at = {name: value for name, value in metrics["accuracy_at_30pct"].items() if value is not None}
    words = "Accuracy by questions asked"
    if at:
        first = max(at, key=lambda name: at[name])
        words = f"At {AT:.0%} of the naive cost {title(first)} is best: {at[first]:.1%} right"
        if "uniform" in at and first != "uniform":
            words += f", uniform {at['uniform']:.1%}"
    figure, ax = _lines(
        words, points, lambda point: 100 * point[1], lambda p: f"{p[-1][1]:.1%}",
        ylabel="% right, held out", ylim=(0, None),
    )  # fmt: skip
    ax.axvline(100 * AT, color=GREY, linestyle=":", linewidth=1)
    return figure


def remaining(points: Points, classes: int) -> Figure:
    """Mean candidates by questions."""
    early = {name: float(np.interp(AT, *np.transpose(p)[[0, 2]])) for name, p in points.items()}
    first = min(early, key=lambda name: early[name])
    words = (
        f"At {AT:.0%} of the naive cost {title(first)} leaves {early[first]:.1f} of {classes} classes an item"
    )
    figure, _ = _lines(
        words, points, lambda point: point[2], lambda p: f"at {p[-1][0]:.0%}",
        yscale="log", ylabel="candidates an item, mean", ylim=(0.95, None),
    )  # fmt: skip
    return figure


def finished(points: Points) -> Figure:
    """Items of one candidate by questions."""
    early = {name: float(np.interp(AT, *np.transpose(p)[[0, 3]])) for name, p in points.items()}
    first = max(early, key=lambda name: early[name])
    words = f"At {AT:.0%} of the naive cost {title(first)} has finished {early[first]:.0%} of the items"
    figure, _ = _lines(
        words, points, lambda point: 100 * point[3], lambda p: f"at {p[-1][0]:.0%}",
        ylabel="% of the items whose class is known", ylim=(0, 102),
    )  # fmt: skip
    return figure


def _lines(
    words: str,
    points: Points,
    value: Callable[[list[float]], float],
    label: Callable[[list[list[float]]], str],
    **axis: Any,
) -> tuple[Figure, Any]:
    """A line each, with its name at the right, in the order of where they end; the first at an end first."""
    figure, (ax,) = new_figure(words, 9, 4.8)
    right = max(row[-1][0] for row in points.values()) * 100
    ends = list[tuple[float, float, str, str]]()
    for name, rows in sorted(points.items(), key=lambda item: item[1][-1][0]):
        x, y = [100 * row[0] for row in rows], [value(row) for row in rows]
        style = DASHES.get(name[:3], "-")
        ax.plot(x, y, color=COLOURS[name], linestyle=style, linewidth=1.8, marker=".", markersize=4)
        ax.plot([x[-1], right], [y[-1]] * 2, color=COLOURS[name], linestyle=":", linewidth=1)
        ends.append((right, y[-1], f"{title(name)} {label(rows)}", COLOURS[name]))
    ax.axvline(100, color=GREY, linewidth=0.8)
    ax.set(xlabel="questions, % of the naive cost", **axis)
    label_ends(ax, ends)
    return figure, ax


def full(costs: dict[str, float], base: float) -> Figure:
    """Questions an item until all classes are known, beside the naive cost."""
    first = min(costs, key=lambda name: costs[name])
    change = costs[first] / base - 1
    words = f"{title(first)} needs {costs[first]:.2f} questions an item, {abs(change):.0%} "
    words += "fewer than naive ones" if change < 0 else "more than naive ones"
    figure, (ax,) = new_figure(words, 8, 1.3 + 0.42 * len(costs))
    told = [f"{cost:,.2f}, {cost / base - 1:+,.0%}" for cost in costs.values()]
    bars(ax, [title(name) for name in costs], list(costs.values()), told, [COLOURS[name] for name in costs])
    for note in ax.texts:
        note.set_bbox(BACK)
    ax.axvline(base, color=GREY, linestyle=":", linewidth=1.5, zorder=0)
    ax.set(xlabel=f"questions an item until all classes are known; dotted: naive, {base:.2f}")
    ax.set_xlim(0, max([base, *costs.values()]) * 1.18)
    return figure


def histogram(outcomes: dict[str, Outcome], first: str) -> Figure:
    """How many questions items got: uniform's beside the best's."""
    shown = [name for name in dict.fromkeys(["uniform", first]) if name in outcomes]
    counts = {name: np.bincount(outcomes[name].lengths) / len(outcomes[name].left) for name in shown}
    middle = {name: int(np.median(outcomes[name].lengths)) for name in shown}
    figure, (ax,) = new_figure(
        "Half of the items need at most " + ", ".join(f"{middle[n]} ({title(n)})" for n in shown), 8, 4.2
    )
    width = 0.8 / len(shown)
    for place, name in enumerate(shown):
        x = np.arange(len(counts[name])) + (place - (len(shown) - 1) / 2) * width
        ax.bar(x, 100 * counts[name], width=width, color=COLOURS[name], label=title(name))
    reach = max(int(np.searchsorted(counts[name].cumsum(), 0.999)) for name in shown)
    longest = max(map(len, counts.values())) - 1
    most = f"; the longest got {longest:,}" if longest > reach + 1 else ""
    ax.set(xlabel=f"questions an item{most}", ylabel="% of the items", xlim=(-0.6, reach + 1.6))
    legend_below(figure)
    ax.grid(axis="x", visible=False)
    return figure


def most_asked(outcome: Outcome, asked: Questions, name: str) -> Figure:
    """Questions that were asked most, and how often the answer was yes."""
    counts = np.bincount(outcome.question, minlength=len(asked))
    agreed = np.bincount(outcome.question, weights=outcome.yes, minlength=len(asked))
    order = np.argsort(-counts, kind="stable")[:MOST]
    order = order[counts[order] > 0]
    if not len(order):
        return empty("Questions", "None was asked.")
    share = agreed.sum() / counts.sum()
    figure, (ax,) = new_figure(
        f"{title(name)}: {share:.0%} of the answers are yes", 8.5, 1.3 + 0.3 * len(order)
    )
    sizes = to_host(asked.matrix)[order].sum(axis=1)
    words = [
        f"{short(asked.names[place], 40)} ({size} class{'es' if size > 1 else ''})"
        for place, size in zip(order, sizes, strict=True)
    ]
    ax.barh(range(len(order)), counts[order], color="#CFD8E1", height=0.7)
    ax.barh(range(len(order)), agreed[order], color=COLOURS[name], height=0.7)
    ax.set_yticks(range(len(order)), words, fontsize=9)
    ax.invert_yaxis()
    ax.set(xlabel="times asked; dark: answered yes")
    ax.grid(axis="y", visible=False)
    return figure
