"""What comes next, and how sure is it? Series in; forecasts, judged from rolling origins, out.

``python -m pipelines.forecast --data sales.csv --season 7 --horizon 14``
"""

from pathlib import Path
from typing import Any

import torch
from tqdm.auto import tqdm

from etl.engine.types import Tensor
from etl.handoff import from_torch, to_pandas
from models.statespace.accuracy import skill
from models.statespace.backtest import backtest, forecast
from models.statespace.baselines import BASELINES
from models.statespace.conformal import widened
from models.statespace.panel import Panel
from pipelines.forecast.config import Config
from pipelines.forecast.data import load
from pipelines.forecast.figures import all_figures
from pipelines.forecast.measures import judge, ranking
from pipelines.forecast.story import story
from pipelines.run import Run

__all__ = ["Config", "main"]


def main(config: Config) -> Path:
    """Load, backtest, judge, forecast, report; returns the run's folder."""
    with Run("forecast", config) as run:
        with run.step("load"):
            series, counts = load(config, run)
        with run.step("test"):
            origins, forecasts = backtest_methods(config, series.y)
        with run.step("judge"):
            rows, factors, forecasts = judge(config, series.y, origins, forecasts)
        with run.step("forecast"):
            best, values = without_gaps(config, run, series, ranking(rows, forecasts))
            ahead = forecast_ahead(config, series, values, factors.get(best))
            to_pandas(ahead).to_csv(run.path("forecasts.csv"), index=False)
        found = counts | {
            "series": len(series.y),
            "windows": config.windows,
            "best": best,
            "methods": rows,
            "skill": {baseline: skill(rows, baseline) for baseline in BASELINES},
            "widening": factors,
        }
        pictures = all_figures(series.y, origins, forecasts, rows, best)
        return run.finish(found, story=story(found, config), figures=pictures)


def backtest_methods(config: Config, y: Tensor) -> tuple[list[int], dict[str, Any]]:
    """Origins, those that calibrate first, and what each method forecast from them."""
    count = config.windows + config.calibrate
    origins = [y.shape[1] - config.horizon * back for back in range(count, 0, -1)]
    parts = [
        backtest(y, config.plan(), [at]) for at in tqdm(origins, desc="origins", leave=False, disable=None)
    ]
    return origins, {name: torch.cat([part[name] for part in parts]) for name in parts[0]}


def without_gaps(config: Config, run: Run, series: Panel, names: list[str]) -> tuple[str, Tensor]:
    """The first method that forecasts all steps that any does, or else the first; and its forecasts."""
    found = {name: forecast(name, series.y, config.plan()) for name in (names[0], "naive")}
    wanted = ~torch.isnan(found["naive"][0])
    for name in names:
        values = found[name] if name in found else forecast(name, series.y, config.plan())
        if gaps := int((torch.isnan(values[0]) & wanted).sum()):
            run.say(f"forecasts: not by {name}, which leaves {gaps:,} steps without one")
            continue
        run.say(f"forecasts: by {name}, whose RMSE is least" + " of those without gaps" * (name != names[0]))
        return name, values
    return names[0], found[names[0]]


def forecast_ahead(config: Config, series: Panel, values: Tensor, factor: list[float] | None) -> Any:
    """A long frame of forecasts after the last dates, with the bounds of each level."""
    values = widened(values, factor) if factor else values
    names = ["mean", *(f"{side}-{level}" for level in config.levels for side in ("lo", "hi"))]
    columns = {name: from_torch(value, series.engine) for name, value in zip(names, values, strict=True)}
    return series.frame(config.horizon, columns)
