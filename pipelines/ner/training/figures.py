"""Figures of a tagger: its F1 beside a dictionary's, and its loss by passes."""

from typing import Any

from matplotlib.figure import Figure

from pipelines.figures import BLUE, GREY, legend_below, new_figure, short


def all_figures(metrics: dict[str, Any]) -> dict[str, Figure]:
    """All figures of a run."""
    return {"f1": f1(metrics), "loss": loss(metrics["loss"])}


def f1(metrics: dict[str, Any]) -> Figure:
    """F1 of all names, with intervals, and of each type."""
    kinds = metrics["f1_by_type"]
    title = f"F1 {metrics['f1']:.3f} on held-out sentences; a dictionary {metrics['f1_baseline']:.3f}"
    figure, (ax,) = new_figure(title, 8, 1.8 + 0.5 * len(kinds))
    rows = {"all names": (metrics["f1"], metrics["f1_baseline"])}
    rows |= {kind: (value, metrics["f1_baseline_by_type"][kind]) for kind, value in kinds.items()}
    pairs = ((BLUE, -0.2, "the tagger", "f1_interval"), (GREY, 0.2, "a dictionary", "f1_baseline_interval"))
    for place, (colour, shift, name, interval) in enumerate(pairs):
        heights = [row + shift for row in range(len(rows))]
        ax.barh(heights, [row[place] for row in rows.values()], 0.36, color=colour, label=name)
        ax.plot(metrics[interval], [shift, shift], color="#333333", linewidth=2)
    ax.set_yticks(range(len(rows)), [short(name, 32) for name in rows], fontsize=9)
    ax.invert_yaxis()
    ax.set(xlabel="F1 of spans; lines are 95 % intervals", xlim=(0, 1))
    legend_below(figure)
    return figure


def loss(history: list[float]) -> Figure:
    """Mean loss of a word, by passes."""
    figure, (ax,) = new_figure(f"Loss of a word: from {history[0]:.3f} to {history[-1]:.3f}", 8, 3.6)
    ax.plot(range(1, len(history) + 1), history, color=BLUE, linewidth=2, marker="o", markersize=3)
    ax.set(xlabel="pass over the sentences", ylabel="loss a word, nats")
    ax.set_ylim(0, None)
    return figure
