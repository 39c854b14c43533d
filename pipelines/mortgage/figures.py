"""Figures of the mortgage pipeline: ranking, calibration, importance, vintages."""

from collections.abc import Iterable
from functools import reduce
from itertools import cycle
from typing import Any

from matplotlib.figure import Figure

from etl.mortgage import vintage
from etl.records import Record, of_kind
from models import metrics
from models.boosting.trees import BoostedTrees
from pipelines.figures import BLUE, GREEN, GREY, ORANGE, RED, empty, new_figure
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
    figure, (left, right) = new_figure("Ranking: " + ", ".join(areas), 10, 4.4, 2)
    left.plot([0, 1], [0, 1], color=GREY, linestyle=":", linewidth=1)
    left.text(0.62, 0.56, "chance 0.500", color=GREY)
    right.axhline(base_rate, color=GREY, linestyle=":", linewidth=1)
    right.text(0.97, 0.95 - 0.09 * len(shown), f"chance {base_rate:.3f}", color=GREY, ha="right", va="top",
               transform=right.transAxes)  # fmt: skip
    colours = cycle((BLUE, ORANGE, GREEN, RED))
    for place, ((name, curve), colour) in enumerate(zip(shown.items(), colours, strict=False)):
        left.plot(curve["fpr"], curve["tpr"], color=colour, linewidth=2)
        right.plot(curve["recall"], curve["precision"], color=colour, linewidth=2)
        height = 0.05 + 0.09 * (len(shown) - 1 - place)
        left.text(0.97, height, f"{name} {curve['roc_auc']:.3f}", color=colour, ha="right")
        right.text(0.97, 0.95 - 0.09 * place, f"{name} {curve['pr_auc']:.3f}", color=colour, ha="right",
                   va="top", transform=right.transAxes)  # fmt: skip
    left.set(xlabel="false alarms, share of good rows", ylabel="defaults found, share", aspect="equal")
    right.set(xlabel="defaults found, share (recall)", ylabel="precision", xlim=(0, 1.02), ylim=(0, None))
    return figure


def calibration(table: dict[str, Any]) -> Figure:
    """Observed rate against mean probability, by bin, on logarithmic axes; bins at zero are only counted."""
    points = [(p, o) for p, o in zip(table["predicted"], table["observed"], strict=True) if p > 0 and o > 0]
    if not points:
        return empty("Calibration", "Not defined: no default, or no probability, among the rows judged.")
    title = f"Calibration: off by {table['error'] * 100:.2f} percentage points on average"
    figure, (ax,) = new_figure(title, 6, 4.6)
    if hidden := len(table["count"]) - len(points):
        words = f"not shown: {hidden} of {len(table['count'])} bins, where\nthe probability or the share is 0"
        ax.text(0.98, 0.03, words, color=GREY, fontsize=9, ha="right", transform=ax.transAxes)
    low, high = min(map(min, points)) / 1.5, min(1.0, max(map(max, points)) * 1.5)
    ax.plot([low, high], [low, high], color=GREY, linestyle=":", linewidth=1)
    ax.text(high / 1.15, high, "perfect", color=GREY, ha="right", va="center")
    ax.plot(*zip(*points, strict=True), color=BLUE, marker="o", linewidth=1.5)
    ax.set(xscale="log", yscale="log", xlabel="mean probability of the bin", ylabel="share that did default")
    return figure


def importance(names: list[str], gains: list[float], most: int = 15) -> Figure:
    """Share of the total gain by feature, the largest on top."""
    if not sum(gains):
        return empty("What the trees used", "Nothing: no split improved the loss.")
    total = sum(gains)
    rows = sorted(zip(gains, names, strict=True))[-most:]
    figure, (ax,) = new_figure(
        f"{rows[-1][1]} carries {rows[-1][0] / total:.0%} of the gain", 7.5, 0.6 + 0.28 * len(rows) + 0.6
    )
    bars = ax.barh(
        [name for _, name in rows], [gain / total * 100 for gain, _ in rows], color=BLUE, height=0.7
    )
    ax.bar_label(bars, fmt="%.1f", padding=3, color=GREY, fontsize=9)
    ax.set(xlabel="% of total gain")
    ax.grid(axis="y", visible=False)
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
    oldest, highest = max(curves[year][0][-1] for year in years), max(max(curves[year][1]) for year in years)
    ends = _apart(
        {year: (curves[year][0][-1], curves[year][1][-1] * 100) for year in years},
        oldest * 0.07,
        highest * 4.5,
    )
    if len(years) < len(curves):
        words = f"{len(years)} of {len(curves)} vintages shown"
        ax.text(0.99, 0.02, words, color=GREY, fontsize=9, ha="right", transform=ax.transAxes)
    for place, year in enumerate(years):
        ages, shares = curves[year]
        colour = (
            0.0 + 0.85 * place / max(1, len(years) - 1),
            0.35,
            0.75 - 0.55 * place / max(1, len(years) - 1),
        )
        ax.plot(ages, [share * 100 for share in shares], color=colour, linewidth=2 if year == worst else 1.3)
        ax.text(ages[-1] + oldest * 0.008, ends[year], str(year), color=colour, va="center", fontsize=9,
                bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.5})  # fmt: skip
    ax.set(xlabel="months since origination", ylabel="% ever 90 days late (Kaplan-Meier)", ylim=(0, None))
    ax.set_xlim(0, oldest * 1.08 + 2)
    return figure


def _apart(places: dict[int, tuple[float, float]], width: float, gap: float) -> dict[int, float]:
    """Heights of labels: two less than ``width`` apart sideways are moved ``gap`` apart upwards."""
    out: dict[int, float] = {}
    for key, (x, y) in sorted(places.items(), key=lambda item: item[1][1]):
        out[key] = max([y, *(out[other] + gap for other in out if abs(places[other][0] - x) < width)])
    return out
