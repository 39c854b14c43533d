"""What comes next, and how sure is it? Series in; forecasts, judged from rolling origins, out.

``python -m pipelines.forecast --data sales.csv --season 7 --horizon 14``
"""

import math
from typing import Any

import torch
from tqdm.auto import tqdm

from etl.engine.types import Tensor
from etl.handoff import to_pandas
from etl.records.waiting import doing
from models.sequences.learners import METHODS
from models.sequences.standing import Averaged, Standing, backtest, stand
from models.statespace.accuracy import Row, skill
from models.statespace.baselines import BASELINES
from models.statespace.choose import AVERAGE, averaged
from models.statespace.panel import Panel
from pipelines.forecast.apply import model
from pipelines.forecast.choice import Picked, candidates, pick
from pipelines.forecast.config import Config
from pipelines.forecast.data import load
from pipelines.forecast.figures import all_figures
from pipelines.forecast.measures import judge
from pipelines.forecast.story import story
from pipelines.run import Result, Run

__all__ = ["Config", "main"]


def main(config: Config) -> Result:
    """Load, backtest, judge, forecast, report; returns the run."""
    with Run("forecast", config) as run:
        with run.step("load"):
            series, counts = load(config, run)
        with run.step("backtest"):
            origins, forecasts = backtest_methods(config, run, series.y)
        with run.step("judge"):
            picked = pick(config, run, series.y, origins, forecasts)
            if picked.chosen.weights:
                forecasts[AVERAGE] = averaged(forecasts, picked.chosen.weights)
            rows, factors, forecasts = judge(config, series.y, origins, forecasts)
        with run.step("forecast"):
            best, standing = without_gaps(config, run, series, picked)
            learnt = model(config, series, standing, factors.get(best))
            ahead = to_pandas(learnt.ahead())
            ahead.to_csv(run.path("forecasts.csv"), index=False)
        found = counts | {
            "series": len(series.y),
            "windows": config.windows,
            "best": best,
            "chosen": picked.metrics(),
            "methods": rows,
            "skill": {baseline: skill(rows, baseline) for baseline in BASELINES},
            "widening": factors,
        }
        judged = origins[-1], forecasts[best][-1]
        pictures = all_figures(series, ahead, judged, rows, best)
        told, text = warning(rows, best), story(found, config)
        return run.finish(found, story=text, figures=pictures, model=learnt, warning=told)


def backtest_methods(config: Config, run: Run, y: Tensor) -> tuple[list[int], dict[str, Any]]:
    """Origins, those that calibrate first, and what each method forecast from them."""
    count = config.windows + config.calibrate
    origins = [y.shape[1] - config.horizon * back for back in range(count, 0, -1)]
    found: dict[str, Any] = {}
    names = [*BASELINES, *candidates(config, run)]
    for number, name in enumerate(tqdm(names, desc="methods", leave=False, disable=None), 1):
        doing(f"{name}, method {number} of {len(names)}")
        try:
            found[name] = backtest(y, config.plan(), name, origins, config.seed)
        except ValueError as error:
            if name not in METHODS:
                raise
            run.say(f"methods: {name} is left out: {error}")
    return origins, found


def without_gaps(config: Config, run: Run, series: Panel, picked: Picked) -> tuple[str, Standing]:
    """The first method that forecasts all steps that any does, or else the first; and where it stands."""
    found = {name: place(name, config, series, picked) for name in (picked.names[0], "naive")}
    wanted = ~torch.isnan(found["naive"].forecast()[0])
    for name in picked.names:
        standing = found[name] if name in found else place(name, config, series, picked)
        if gaps := int((torch.isnan(standing.forecast()[0]) & wanted).sum()):
            run.say(f"forecasts: not by {name}, which leaves {gaps:,} steps without one")
            continue
        run.say(f"forecasts: by {name}" + ", the next without gaps" * (name != picked.names[0]))
        return name, standing
    return picked.names[0], found[picked.names[0]]


def place(name: str, config: Config, series: Panel, picked: Picked) -> Standing:
    """A method after all values, or several of which the forecast is the average."""
    if name != AVERAGE:
        return stand(name, series.y, config.plan(), config.seed)
    weights = picked.chosen.weights
    parts = {each: stand(each, series.y, config.plan(), config.seed) for each in weights}
    return Averaged(config.plan(), weights, parts)


def warning(rows: list[Row], name: str) -> str:
    """Why not to trust a method: a baseline has a smaller error."""
    errors = {row["method"]: math.inf if row["rmse"] is None else row["rmse"] for row in rows}
    rival = min(BASELINES, key=lambda baseline: errors[baseline])
    if errors[name] <= errors[rival]:
        return ""
    worse, less = f"{errors[name]:.4g}", f"{errors[rival]:.4g}"
    return f"{name} has RMSE {worse} on values held out, and {rival}, a baseline, {less}"
