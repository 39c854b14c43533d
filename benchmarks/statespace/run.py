"""Fits of ARIMA and exponential smoothing, by us and by others: ``python -m benchmarks.statespace``.

All fit the same made series on one thread and forecast twelve steps. We take all series at once, the others
one after the other: their costs a series come from fewer. ``--peer-python`` runs statsforecast from an
environment of its own, since it wants pandas 2.
"""

import importlib.metadata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import harness
from benchmarks.statespace.peers import series

Row = dict[str, Any]
OURS, STATSFORECAST = "statespace.ours", "statespace.statsforecast"


@dataclass(frozen=True)
class Config:
    """Time forecasters beside their peers."""

    size: int = 10_000
    """Number of series that we fit."""
    length: int = 200
    """Values of a series, besides those to forecast."""
    cases: tuple[str, ...] = ("ANN", "AAN", "AAdN", "ARIMA(1,1,1)")
    """Models: letters of exponential smoothing, or ARIMA(1,1,1)."""
    few: int = 1_000
    """Number of series that each other system fits; its cost per series is reported."""
    repeat: int = 3
    """Rounds; medians are reported."""
    peers: tuple[str, ...] = ("statespace.statsmodels", STATSFORECAST)
    """Systems to compare with."""
    peer_python: Path | None = None
    """Interpreter that has statsforecast; this one by default."""
    data: Path = Path("data/benchmark")
    """Directory for generated files; kept for the next run."""
    seed: int = 0
    """Seed of the series."""
    out: Path | None = None
    """JSON file to write."""


def main(config: Config) -> list[Row]:
    """Measure all; returns the ratios."""
    path = series.make(config.data, config.size, config.length, config.seed)
    results, ratios = list[Row](), list[Row]()
    for case in config.cases:
        rows = measured(config, path, case)
        results += rows
        ratios += [ratio(rows[0], row) for row in rows[1:]]
        keep(config, results, ratios)
    return ratios


def measured(config: Config, path: Path, case: str) -> list[Row]:
    """Costs of each system on one model, and how its likelihoods and errors compare with ours."""
    systems = (OURS, *config.peers)
    counts = {system: config.size if system == OURS else min(config.few, config.size) for system in systems}
    contenders = {}
    for system, count in counts.items():
        request = {"data": str(path), "threads": 1, "case": case, "count": count}
        python = config.peer_python if system == STATSFORECAST else None
        contenders[system] = harness.Contender(system, request, python)
    samples = harness.take_turns(contenders, config.repeat, compare=False)
    ours, rows = samples[OURS][0]["digest"], []
    for system, own in samples.items():
        row: Row = {"system": system, "case": case, "size": counts[system]} | harness.medians(own)
        row["ms_series"] = float(f"{1000 * row['cpu_s'] / counts[system]:.4g}")
        rows.append(row | quality(ours, own[0]["digest"], min(config.few, series.SHOWN)))
        print(rows[-1], flush=True)
    return rows


def quality(ours: Row, own: Row, few: int) -> Row:
    """Mean absolute scaled errors, ours on the same series, and log-likelihoods less ours."""
    less = np.array(own["loglik"])[:few] - np.array(ours["loglik"])[:few]
    fine = np.isfinite(less)
    return {
        "failed": int((~fine).sum()),
        "mase": round(float(np.array(own["mase"])[:few][fine].mean()), 4),
        "mase_ours": round(float(np.array(ours["mase"])[:few][fine].mean()), 4),
        "loglik_mean": round(float(less[fine].mean()), 4),
        "loglik_better": int((less > 0.01).sum()),
        "loglik_worse": int((less < -0.01).sum()),
    }


def ratio(ours: Row, row: Row) -> Row:
    """Core-seconds a series of another system over ours."""
    by = float(f"{row['ms_series'] / ours['ms_series']:.3g}")
    return {"system": row["system"], "case": row["case"], "cpu": by}


def keep(config: Config, results: list[Row], ratios: list[Row]) -> None:
    """Write what there is so far."""
    if config.out:
        facts = harness.peer_facts(config.peer_python, "statsforecast")
        versions = {"statsmodels": importlib.metadata.version("statsmodels")}
        peers = {"peer_versions": versions | facts.get("peer_versions", {})}
        harness.write(config.out, results, ratios, **facts | peers)
