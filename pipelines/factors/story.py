"""What the factors pipeline tells of a run, from its metrics."""

from typing import Any

import numpy as np

from pipelines.factors.data import Table
from pipelines.factors.figures import own_errors
from pipelines.factors.measures import Filled
from pipelines.report import Story
from pipelines.report import Table as Rows

CAPTIONS = {
    "factors": "Patterns of each mode; a component is the product of its pattern in every mode.",
    "ranks": "Error on cells that were held out to choose the number of components.",
    "errors": "Error on cells that had no say in the choice, beside what needs no decomposition.",
    "gaps": "Runs with many gaps: known values, the fit, and what was filled in.",
    "anomalies": "Runs with the known values that are farthest from the fit.",
}
LISTED = 10
"""Anomalies that are listed."""


def story(metrics: dict[str, Any], table: Table, filled: Filled) -> Story:
    """The decomposition in a paragraph, its errors, and the oddest cells."""
    headline = {name: metrics[name] for name in ("held_out_rmse", "rank", "residual", "filled", "anomalies")}
    tables = [_errors(metrics), _oddest(table, filled)]
    if "truth" in metrics:
        tables.append(_truth(metrics["truth"], metrics["rank"]))
    return Story(_summary(metrics), [each for each in tables if each[2]], CAPTIONS, headline=headline)


def warning(metrics: dict[str, Any]) -> str:
    """Why not to trust the fit: something that needs no decomposition is better."""
    error = metrics["held_out_rmse"]
    rivals = {name: value for name, value in metrics["baselines"].items() if value is not None}
    if error is None or not rivals:
        return ""
    best = min(rivals, key=lambda name: rivals[name])
    if error <= rivals[best]:
        return ""
    own = f"{metrics['method']} has RMSE {error:.4g} on cells held out"
    return f"{own}, and {best}, a baseline, {rivals[best]:.4g}"


def _summary(metrics: dict[str, Any]) -> str:
    sizes = " x ".join(f"{size:,} {name}" for name, size in metrics["shape"].items())
    parts = [
        f"{metrics['known']:,} of {metrics['cells']:,} cells ({sizes}) are known.",
        f"{metrics['rank']} components ({metrics['method']}, {metrics['parameters']:,} numbers) leave "
        f"{metrics['residual']:.1%} of them, in the norm.",
    ]
    if metrics["held_out_rmse"] is not None:
        unit = " standard deviations" * bool(metrics["in_deviations"])
        rivals = {name: value for name, value in metrics["baselines"].items() if value is not None}
        best = min(rivals, key=lambda name: rivals[name])
        parts.append(
            f"On {metrics['held_out_cells']:,} known cells that were held out the error (RMSE) is "
            f"{metrics['held_out_rmse']:.4g}{unit}; of mean, seasonal mean (over {metrics['over']}) and "
            f"lines the best is {best}, {rivals[best]:.4g}."
        )
    parts.append(
        f"{metrics['filled']:,} missing cells were filled in (filled.parquet says which), and "
        f"{metrics['anomalies']:,} known ones are {metrics['far']:g} robust deviations from the fit or more "
        "(anomalies.csv)."
    )
    return " ".join(parts)


def _errors(metrics: dict[str, Any]) -> Rows:
    if metrics["held_out_rmse"] is None:
        return "Error on cells held out", [], []
    errors = own_errors(metrics) | metrics["baselines"]
    rows = [[name, "-" if value is None else f"{value:.4g}"] for name, value in errors.items()]
    return "Error on cells held out", ["", "RMSE"], rows


def _oddest(table: Table, filled: Filled) -> Rows:
    places = filled.places[:LISTED]
    codes = np.unravel_index(places, table.values.shape)
    words = [one.words() for one in table.axes]
    rows = [
        [*(own[code[row]] for own, code in zip(words, codes, strict=True)), f"{filled.distances[row]:+.1f}"]
        for row in range(len(places))
    ]
    return "Farthest from the fit", [*table.names, "robust deviations"], rows


def _truth(truth: dict[str, Any], rank: int) -> Rows:
    rows = [
        ["components", str(truth["rank"]), str(rank)],
        ["wrong counts", str(truth["wrong_counts"]), f"{truth['wrong_counts_found']} of them"],
        ["right counts that were taken for wrong", "0", str(truth["found_that_were_right"])],
        ["RMSE of what was filled in", "0", f"{truth['rmse_of_filled']:.3g}"],
    ]
    if "congruence" in truth:
        rows.append(["congruence of the components", "1", f"{truth['congruence']:.4f}"])
    return "What was planted, and what was found", ["", "planted", "found"], rows
