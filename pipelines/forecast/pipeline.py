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
from pipelines.forecast.measures import judge
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
            best = min(rows, key=lambda row: row["rmse"])["method"]
            run.say(f"forecasts: by {best}, whose RMSE is least")
        with run.step("forecast"):
            ahead = forecast_ahead(config, series, best, factors.get(best))
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


def forecast_ahead(config: Config, series: Panel, best: str, factor: list[float] | None) -> Any:
    """A long frame of forecasts after the last dates, with the bounds of each level."""
    values = forecast(best, series.y, config.plan())
    values = widened(values, factor) if factor else values
    names = ["mean", *(f"{side}-{level}" for level in config.levels for side in ("lo", "hi"))]
    columns = {name: from_torch(value, series.engine) for name, value in zip(names, values, strict=True)}
    return series.frame(config.horizon, columns)
