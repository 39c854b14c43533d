"""What comes next, and how sure is it? Series in; forecasts, judged from rolling origins, out.

``python -m pipelines.forecast --data sales.csv --season 7 --horizon 14``
"""

from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from etl import handoff, records
from etl.engine import choose
from models.statespace.panel import Panel
from pipelines import figures
from pipelines.forecast import figures as forecast_figures
from pipelines.forecast.config import Config, check
from pipelines.forecast.data import load
from pipelines.forecast.measures import Row, measures, scales, skill, widened, widening
from pipelines.forecast.methods import RIVALS, backtest, forecast, targets
from pipelines.forecast.story import story
from pipelines.run import Run, step

__all__ = ["Config", "main"]


def main(config: Config) -> Path:
    """Load, backtest, judge, forecast, report; returns the run's folder."""
    check(config)
    engine = choose(config.device)
    with Run("forecast", config, out=config.out, engine=engine) as run, records.collect() as entries:
        with step(run, "load"):
            series, counts = load(config, run)
            run.say(f"series: {len(series.y):,} of at most {series.y.shape[1]:,} steps")
            if counts["gaps"]:
                run.say("gaps: models take the last value before each, as the likelihood of gaps is slow")
        with step(run, "test"):
            origins, found = backtest_methods(config, series.y)
        with step(run, "judge"):
            rows, factors, found = judge(config, series.y, origins, found)
            best = min(rows, key=lambda row: row["rmse"])["method"]
            run.say(f"forecasts: by {best}, whose RMSE is least")
        with step(run, "forecast"):
            ahead = forecast_ahead(config, series, best, factors.get(best))
            ahead.to_csv(run.path("forecasts.csv"), index=False)
        metrics = counts | {
            "series": len(series.y),
            "windows": config.windows,
            "best": best,
            "methods": rows,
            "skill": {rival: skill(rows, rival) for rival in RIVALS},
            "widening": factors,
        }
        ledger = handoff.ledger(entries)
        pictures = forecast_figures.all_figures(series.y, origins, found, rows, best)
        pictures |= {"timeline": figures.timeline(run.stages), "ledger": figures.ledger(ledger)}
        return run.finish(metrics, story=story(metrics, config), figures=pictures, ledger=ledger)


def backtest_methods(config: Config, y: Any) -> tuple[list[int], dict[str, Any]]:
    """Origins, those that calibrate first, and what each method forecast from them."""
    count = config.windows + config.calibrate
    origins = [y.shape[1] - config.horizon * back for back in range(count, 0, -1)]
    parts = [
        backtest(y, config.plan(), [at]) for at in tqdm(origins, desc="origins", leave=False, disable=None)
    ]
    return origins, {name: torch.cat([part[name] for part in parts]) for name in parts[0]}


def judge(
    config: Config, y: Any, origins: list[int], found: dict[str, Any]
) -> tuple[list[Row], dict[str, list[float]], dict[str, Any]]:
    """Measures on the last windows, what widened the models' intervals, and the forecasts so widened."""
    plan, first = config.plan(), config.calibrate
    truth = targets(y, plan, origins)
    factors = dict[str, list[float]]()
    if first:
        factors = {n: widening(truth[:first], found[n][:first], plan) for n in plan.models}
    late = {
        name: widened(value[first:], factors[name]) if name in factors else value[first:]
        for name, value in found.items()
    }
    rows = measures(truth[first:], late, scales(y, plan, origins[first:]), plan)
    return rows, factors, late


def forecast_ahead(config: Config, series: Panel, best: str, factor: list[float] | None) -> Any:
    """A long frame of forecasts after the last dates, with the bounds of each level."""
    values = forecast(best, series.y, config.plan())
    values = widened(values, factor) if factor else values
    names = ["mean", *(f"{side}-{level}" for level in config.levels for side in ("lo", "hi"))]
    xp = series.engine.xp
    columns = {name: xp.asarray(value.contiguous()) for name, value in zip(names, values, strict=True)}
    return series.frame(config.horizon, columns)
