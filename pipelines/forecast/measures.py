"""Judges forecasts from rolling origins, whose intervals are widened by earlier ones."""

from typing import Any

from etl.engine.types import Tensor
from models.statespace.accuracy import Row, measures, scales
from models.statespace.backtest import targets
from models.statespace.baselines import BASELINES
from models.statespace.conformal import widened, widening
from pipelines.forecast.config import Config


def judge(
    config: Config, y: Tensor, origins: list[int], found: dict[str, Any]
) -> tuple[list[Row], dict[str, list[float]], dict[str, Any]]:
    """Measures on the last windows, what widened the models' intervals, and the forecasts so widened."""
    plan, first = config.plan(), config.calibrate
    truth = targets(y, plan, origins)
    factors = dict[str, list[float]]()
    if first:
        factors = {n: widening(truth[:first], found[n][:first], plan) for n in found}
        for name in BASELINES:  # their intervals are only widened
            factors[name] = [max(1.0, factor) for factor in factors[name]]
    late = {
        name: widened(value[first:], factors[name], plan.levels) if name in factors else value[first:]
        for name, value in found.items()
    }
    rows = measures(truth[first:], late, scales(y, plan, origins[first:]), plan)
    return rows, factors, late
