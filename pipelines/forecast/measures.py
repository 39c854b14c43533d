"""Judges forecasts from rolling origins, whose intervals are widened by earlier ones."""

import math
from typing import Any

import torch

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
        name: widened(value[first:], factors[name]) if name in factors else value[first:]
        for name, value in found.items()
    }
    rows = measures(truth[first:], late, scales(y, plan, origins[first:]), plan)
    return rows, factors, late


def ranking(rows: list[Row], late: dict[str, Any]) -> list[str]:
    """Methods by RMSE; those that left gaps where others have forecasts come last."""
    empty = {name: torch.isnan(value).any(1) for name, value in late.items()}
    by_all = torch.stack(list(empty.values())).all(0)
    gaps = {name: int((mask & ~by_all).sum()) for name, mask in empty.items()}
    errors = {row["method"]: math.inf if row["rmse"] is None else row["rmse"] for row in rows}
    return sorted(errors, key=lambda name: (gaps[name] > 0, errors[name]))
