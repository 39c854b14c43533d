"""Forecasts of real series beside simple rivals: ``python -m benchmarks.forecast --data DIRECTORY``.

Speeds of 207 sensors in one week (hourly means), daily maxima of three stations (the climatology is of the
last 30 years before each origin), and five columns of hourly weather (the last 28 days), over their
deviations. But for these deviations, nothing after an origin is used. For models, a gap takes the last value
before it. Intervals are judged as models give them, and widened by the errors from earlier origins.
"""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas
import torch

from benchmarks import harness
from etl.engine.types import Tensor
from models.statespace.accuracy import Row, measures, number, scales, skill
from models.statespace.backtest import backtest, targets
from models.statespace.baselines import BASELINES, Plan
from models.statespace.conformal import widened, widening
from models.statespace.panel import panel

WEATHER = ("DryBulbCelsius", "DewPointCelsius", "RelativeHumidity", "WindSpeed", "StationPressure")
STEPS = (1, 2, 3, 6, 12, 24)
"""Steps ahead that are told, and the last."""


@dataclass(frozen=True)
class Config:
    """Judge forecasts of three sets."""

    data: Path
    """Directory of traffic_metrla_week, ushcn and weather_wth.csv.gz."""
    origins: int = 60
    """Largest number of origins to judge in a set; as many before them widen the intervals."""
    out: Path | None = None
    """JSON file to write."""


def main(config: Config) -> list[Row]:
    """Measure all; returns the ratios."""
    torch.set_num_threads(1)
    sets = {
        "traffic": (traffic(config.data), Plan(24, 12), 6, min(5, config.origins)),
        "ushcn": (
            ushcn(config.data),
            Plan(365, 14, cycle=365.25, around=7, memory=10_958),
            97,
            config.origins,
        ),
        "weather": (weather(config.data), Plan(24, 24, memory=672, history=672), 245, config.origins),
    }
    results, ratios = list[Row](), list[Row]()
    for name, (y, plan, stride, count) in sets.items():
        rows, won = judged(name, y, plan, stride, count)
        results, ratios = results + rows, ratios + won
        if config.out:
            harness.write(config.out, results, ratios)
    return ratios


def judged(name: str, y: Tensor, plan: Plan, stride: int, count: int) -> tuple[list[Row], list[Row]]:
    """Errors and coverage of each method, and what models save of the rivals' errors by step."""
    started = time.process_time()
    between = -(-plan.horizon // stride) - 1  # their values are not known yet at the first that is judged
    backs = range(2 * count + between - 1, -1, -1)
    origins = [y.shape[1] - plan.horizon - stride * back for back in backs]
    found, truth = backtest(y, plan, origins), targets(y, plan, origins)
    late = {method: value[-count:] for method, value in found.items()}
    scale = scales(y, plan, origins[-count:])
    rows = measures(truth[-count:], late, scale, plan)
    wide = {
        m: widened(late[m], widening(truth[:count], found[m][:count], plan), plan.levels) for m in plan.models
    }
    again = {row["method"]: row for row in measures(truth[-count:], late | wide, scale, plan)}
    place = {"set": name, "series": len(y), "origins": count, "cpu_s": number(time.process_time() - started)}
    for row in rows:
        row |= place | {"widened": again[row["method"]]["coverage"]}
        print(place["set"], row["method"], row["rmse"], row["coverage"], row["widened"], flush=True)
    steps = [step for step in STEPS if step < plan.horizon] + [plan.horizon]
    ratios = [
        {"set": name, "rival": rival, "method": method, "skill": {str(s): values[s - 1] for s in steps}}
        for rival in BASELINES
        for method, values in skill(rows, rival).items()
    ]
    return rows, ratios


def traffic(data: Path) -> Any:
    """Hourly means, shape (207, 168)."""
    speeds = pandas.read_csv(data / "traffic_metrla_week" / "los_speed.csv").to_numpy("float64")
    return torch.tensor(speeds.reshape(-1, 12, speeds.shape[1]).mean(axis=1).T)


def ushcn(data: Path) -> Any:
    """Daily maxima in degrees Fahrenheit, shape (3, days); each station ends at its own last day."""
    parts = [_station(path) for path in sorted((data / "ushcn").glob("*.csv.gz"))]
    return panel(pandas.concat(parts)).y


def _station(path: Path) -> Any:
    rows = pandas.read_csv(path, skiprows=1, skipinitialspace=True)
    rows.columns = [name.strip() for name in rows.columns]
    days = pandas.to_datetime(rows[["Year", "Month", "Day"]], errors="coerce")
    values = pandas.to_numeric(rows["TMAX (F)"], errors="coerce").astype("float64")
    frame = pandas.DataFrame({"unique_id": path.name, "ds": days, "y": values})
    return frame.dropna(subset=["ds"]).drop_duplicates(["unique_id", "ds"])


def weather(data: Path) -> Any:
    """Five columns over their deviations, shape (5, hours)."""
    rows = pandas.read_csv(data / "weather_wth.csv.gz", usecols=list(WEATHER))[list(WEATHER)]
    return torch.tensor((rows / rows.std()).to_numpy("float64").T.copy())
