"""The figure of `benchmarks.topics`: how well topics predict, against the core-seconds spent on them."""

from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from benchmarks.topics.judge import reach
from benchmarks.topics.systems import OURS
from pipelines.figures import BLUE, GREEN, GREY, ORANGE, RED, empty, new_figure

LOOK = {
    "ours": ("Trinity", BLUE, "-"),
    "tensor": ("Trinity, tensor start", "#56B4E9", "--"),
    "kmeans": ("Trinity, k-means start", "#CC79A7", ":"),
    "mallet": ("Mallet", RED, "-"),
    "tomotopy": ("tomotopy", ORANGE, "-"),
    "gensim": ("gensim", GREEN, "-"),
    "sklearn": ("scikit-learn", GREY, "-"),
}
"""Name, colour and line of each system."""


def curves(rows: list[dict[str, Any]]) -> Figure:
    """Perplexity against core-seconds, a line a system, side by side for each set and k."""
    places = list(dict.fromkeys((row["set"], row["k"]) for row in rows))
    if not places:
        return empty("Perplexity and cost", "No curve was measured.")
    figure, axes = new_figure(title(rows), max(9.0, 4.6 * len(places)), 5.0, len(places))
    for ax, (name, k) in zip(axes, places, strict=True):
        own = [row for row in rows if (row["set"], row["k"]) == (name, k)]
        for system in dict.fromkeys(row["system"] for row in own):
            label, colour, line = LOOK[system]
            stops = [row for row in own if row["system"] == system]
            x, y = [row["cpu_s"] for row in stops], [row["perplexity"] for row in stops]
            ax.plot(
                x, y, color=colour, linestyle=line, marker="o", markersize=3.5, linewidth=1.8, label=label
            )
        ax.set(xscale="log", yscale="log", xlabel=f"core-seconds, {name}, k = {k}")
        ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        ax.yaxis.set_major_locator(MaxNLocator(6))
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_formatter("{x:,g}")
            axis.set_minor_locator(NullLocator())
    axes[0].set_ylabel("held-out perplexity")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False, fontsize=9)
    return figure


def title(rows: list[dict[str, Any]]) -> str:
    """What the first set and k show: the cost of the best peer's best perplexity, over ours for the same."""
    place = rows[0]["set"], rows[0]["k"]
    peers = [r for r in reach(rows) if (r["set"], r["k"]) == place and r["system"] not in OURS]
    if not peers:
        return "Perplexity and cost"
    best = min(peers, key=lambda row: row["perplexity"])
    name, where = LOOK[best["system"]][0], f"{place[1]} topics of {place[0]}"
    if best["cpu"] is None:
        return f"{name} predicts best on {where}"
    return f"{name} takes {best['cpu']:.0f} times our core-seconds to its best perplexity, {where}"
