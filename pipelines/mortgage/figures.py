"""Figures of the mortgage pipeline: ranking, calibration, importance, vintages."""

from collections.abc import Iterable
from functools import reduce
from itertools import cycle
from typing import Any

from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from etl.mortgage import vintage
from etl.records import Record, of_kind
from models import metrics
from models.boosting.trees import BoostedTrees
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
from pipelines.mortgage.measures import Scores


def all_figures(model: BoostedTrees, scores: Scores, entries: Iterable[Record]) -> dict[str, Figure]:
    """Every figure by its name in the report."""
    label = scores["label"]
    curves = {name: metrics.curves(label, scores[name]) for name in ("model", "rule")}
    gains = model.booster_.get_score(importance_type="total_gain")
    counts = reduce(vintage.merge, (piece.counts for piece in of_kind(entries, vintage.Vintage)))
    return {
        "roc_pr": roc_pr(curves, float(label.mean())),
        "calibration": calibration(metrics.calibration(label, scores["model"])),
        "importance": importance(list(gains), [float(value) for value in gains.values()]),
        "vintage": vintages(vintage.curves(counts)),
    }


def roc_pr(curves: dict[str, dict[str, Any] | None], base_rate: float) -> Figure:
    """ROC and precision-recall curves of the model beside the rule's and chance.

    Parameters
    ----------
    curves : dict
        From `models.metrics.curves`, by name; None where not defined.
    base_rate : float
        Share of label 1 in the rows judged.
    """
    shown = {name: curve for name, curve in curves.items() if curve}
    if not shown:
        return empty("Ranking", "Not defined: the rows judged are of one class.")
    areas = [f"{name} ROC-AUC {curve['roc_auc']:.3f}" for name, curve in shown.items()]
    figure, (left, right) = new_figure("Ranking: " + ", ".join(areas), 10, 4.6, 2)
    dotted: dict[str, Any] = {"color": GREY, "linestyle": ":", "linewidth": 1}
    left.plot([0, 1], [0, 1], label="chance 0.500", **dotted)
    right.axhline(base_rate, label=f"chance {base_rate:.3f}", **dotted)
    colours = cycle((BLUE, ORANGE, GREEN, RED))
    for (name, curve), colour in zip(shown.items(), colours, strict=False):
        own: dict[str, Any] = {"color": colour, "linewidth": 2}
        left.plot(curve["fpr"], curve["tpr"], label=f"{name} {curve['roc_auc']:.3f}", **own)
        # Between two thresholds precision falls at once: a line between them would promise more.
        recall, precision = [0.0, *curve["recall"]], [curve["precision"][0], *curve["precision"]]
        right.step(recall, precision, where="pre", label=f"{name} {curve['pr_auc']:.3f}",
                   **own)  # fmt: skip
    left.set(xlabel="false alarms, share of good rows", ylabel="defaults found, share", aspect="equal")
    right.set(xlabel="defaults found, share (recall)", ylabel="precision", xlim=(0, 1.02), ylim=(0, None))
    for ax in (left, right):
        ax.legend(frameon=False, labelcolor="linecolor", fontsize=9, loc="lower left", bbox_to_anchor=(0, 1),
                  ncols=3)  # fmt: skip
    return figure


def calibration(table: dict[str, Any]) -> Figure:
    """Observed rate against mean probability, by bin, on logarithmic axes; bins at zero are only counted."""
    points = [(p, o) for p, o in zip(table["predicted"], table["observed"], strict=True) if p > 0 and o > 0]
    if not points:
        return empty("Calibration", "Not defined: no default, or no probability, among the rows judged.")
    title = f"Calibration: off by {table['error'] * 100:.2f} percentage points on average"
    figure, (ax,) = new_figure(title, 6, 4.6)
    low, high = min(map(min, points)) / 1.5, min(1.0, max(map(max, points)) * 1.5)
    ax.plot([low, high], [low, high], color=GREY, linestyle=":", linewidth=1, label="perfect")
    ax.plot(*zip(*points, strict=True), color=BLUE, marker="o", linewidth=1.5, label="model")
    ax.set(xscale="log", yscale="log", xlabel="mean probability of the bin", ylabel="share that did default")
    legend_below(figure)
    if hidden := len(table["count"]) - len(points):
        words = (
            f"{hidden} of {len(table['count'])} bins, where the probability or the share is 0, are not shown"
        )
        ax.set_xlabel(f"mean probability of the bin\n{words}", fontsize=9)
    return figure


def importance(names: list[str], gains: list[float], most: int = 15) -> Figure:
    """Share of the total gain by feature, the largest on top."""
    if not sum(gains):
        return empty("What the trees used", "Nothing: no split improved the loss.")
    total = sum(gains)
    rows = sorted(zip(gains, names, strict=True), reverse=True)[:most]
    words = f"{short(rows[0][1], 40)} carries {rows[0][0] / total:.0%} of the gain"
    figure, (ax,) = new_figure(words, 7.5, 1.2 + 0.28 * len(rows))
    shares = [gain / total * 100 for gain, _ in rows]
    bars(ax, [name for _, name in rows], shares, [f"{share:.1f}" for share in shares]).set(
        xlabel="% of total gain"
    )
    return figure


def vintages(curves: dict[int, tuple[list[int], list[float]]], most: int = 12) -> Figure:
    """Share of each vintage's loans that has been 90 days late, by age, labelled at the lines' ends."""
    if not curves:
        return empty("Delinquency by vintage", "No vintage has 30 loans at risk.")
    worst = max(curves, key=lambda year: curves[year][1][-1])
    figure, (ax,) = new_figure(
        f"The vintage of {worst} fares worst: {curves[worst][1][-1]:.1%} were 90 days late", 8, 4.6
    )
    years = sorted({*sorted(curves)[:: max(1, -(-len(curves) // most))], worst})
    oldest, ends = max(curves[year][0][-1] for year in years), list[tuple[float, float, str, str]]()
    for place, year in enumerate(years):
        ages, shares = curves[year]
        shade = place / max(1, len(years) - 1)
        colour = to_hex((0.85 * shade, 0.35, 0.75 - 0.55 * shade))
        ax.plot(ages, [share * 100 for share in shares], color=colour, linewidth=2 if year == worst else 1.3)
        ends.append((ages[-1], shares[-1] * 100, str(year), colour))
    of = f", {len(years)} of {len(curves)} vintages shown" if len(years) < len(curves) else ""
    ax.set(
        xlabel=f"months since origination{of}", ylabel="% ever 90 days late (Kaplan-Meier)", ylim=(0, None)
    )
    ax.set_xlim(0, oldest + 1)
    label_ends(ax, ends)
    return figure
