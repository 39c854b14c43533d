"""What patterns make up a table of three and more modes? Factors, gaps filled in, anomalies.

``python -m pipelines.factors --data speeds.csv --modes sensor day minute --value speed``
"""

from math import prod
from typing import Any

import pyarrow.parquet as pq

from etl.engine.types import Array
from etl.handoff import numbers, to_host
from etl.tensors.write import cells
from models.tensors.held_out import rmse
from pipelines.factors.apply import FactorsModel
from pipelines.factors.config import Config
from pipelines.factors.data import Table, load
from pipelines.factors.figures import all_figures
from pipelines.factors.fits import Parts, Units, decompose, units_of
from pipelines.factors.measures import Filled, Judged, Tuned, anomalies, compared, completed, judge
from pipelines.factors.story import story, warning
from pipelines.run import Result, Run

__all__ = ["Config", "main"]


def main(config: Config) -> Result:
    """Load, choose a rank and judge, fit, fill in, report; returns the run."""
    with Run("factors", config) as run:
        with run.step("load"):
            table = load(config, run)
            units = units_of(table.values, table.units, config.method)
            X = units.to(table.values)
        with run.step("judge"):
            tuned, judged = judge(config, run, table, units, X)
        with run.step("fit"):
            parts = decompose(tuned.shape, X, X == X, config.seed)
            run.say(f"fit: {parts.steps} sweeps, {parts.ended}")
        with run.step("fill"):
            filled = fill(config, run, table, units, X, (tuned, parts))
        return report(config, run, table, units, (tuned, judged, parts), filled)


def fill(
    config: Config, run: Run, table: Table, units: Units, X: Array, learnt: tuple[Tuned, Parts]
) -> Filled:
    """Write all cells, those that were missing filled in, and the known ones that are far from the fit."""
    tuned, parts = learnt
    whole = parts.whole()
    guess = units.back(completed(tuned, table, X, whole))
    places, distances = anomalies(X, whole, config.far)
    fit, seen = units.back(whole), table.seen
    values = run.engine.xp.where(seen, table.values, guess)
    fit_, places_, distances_ = (to_host(each) for each in (fit, places, distances))
    (residual,) = numbers([rmse(X, seen, whole)])  # of numbers whose mean square is 1
    columns = {"value": to_host(values).ravel(), "filled": to_host(~seen).ravel(), "fit": fit_.ravel()}
    pq.write_table(cells(table.axes, columns), run.path("filled.parquet"))
    odd = {"value": columns["value"][places_], "fit": columns["fit"][places_], "z": distances_}
    rows = cells(table.axes, odd, places_)
    rows.to_pandas().to_csv(run.path("anomalies.csv"), index=False)
    return Filled(fit, guess, residual, places_, distances_)


def report(
    config: Config,
    run: Run,
    table: Table,
    units: Units,
    learnt: tuple[Tuned, Judged, Parts],
    filled: Filled,
) -> Result:
    """Write metrics and figures, and close the run."""
    tuned, judged, parts = learnt
    found = counted(table, filled) | chosen(tuned, parts, filled) | errors(config, table, judged)
    found["far"] = config.far
    if table.truth is not None:
        found["truth"] = compared(table.truth, table, parts, filled)
    pictures = all_figures(table, parts, filled, found)
    form, told = config.of_files(), (config.value, config.date_format)
    model = FactorsModel(parts, table.axes, units, *told, run.engine, form)
    text = story(found, table, filled)
    return run.finish(run.measured(found), story=text, figures=pictures, model=model, warning=warning(found))


def counted(table: Table, filled: Filled) -> dict[str, Any]:
    """How much there is, is missing, and is odd."""
    known, total = int(table.seen.sum()), prod(table.values.shape)
    shape = {one.name: len(one) for one in table.axes}
    counts = {"cells": total, "known": known, "filled": total - known, "anomalies": len(filled.places)}
    return table.counts | counts | {"shape": shape}


def chosen(tuned: Tuned, parts: Parts, filled: Filled) -> dict[str, Any]:
    """What the decomposition is, and what it leaves."""
    return {
        "method": parts.method,
        "rank": tuned.shape.rank,
        "penalty": tuned.shape.penalty,
        "carried": tuned.carry,
        "parameters": parts.parameters,
        "weights": to_host(parts.head).tolist() if parts.method == "cp" else None,
        "residual": filled.residual,
        "n_iter": parts.steps,
        "stop_reason": parts.ended,
    }


def errors(config: Config, table: Table, judged: Judged) -> dict[str, Any]:
    """What the fit and baselines are off on cells held out."""
    runs = config.runs and table.along is not None
    return {
        "ranks": judged.ranks,
        "held_out_cells": judged.cells,
        "held_out_by": "runs" if runs else "cells",
        "held_out_rmse": judged.error,
        "held_out_rmse_of_fit": judged.plain,
        "baselines": judged.baselines,
        "in_deviations": table.units is not None,
        "along": None if table.along is None else table.names[table.along],
        "over": table.names[table.over],
    }
