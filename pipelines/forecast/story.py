"""What the forecasting pipeline tells of a run, from its metrics."""

from typing import Any

from models.statespace.baselines import BASELINES
from pipelines.forecast.config import Config
from pipelines.forecast.names import named
from pipelines.report import Story, Table

CAPTIONS = {
    "horizon": "Root mean squared error by steps ahead; grey lines are what models must beat.",
    "coverage": "Share of values within the intervals; black lines are the nominal levels.",
    "examples": "Series: values, and forecasts from the last judged origin and from the end (dotted line), "
    "with their widest intervals.",
}


def story(metrics: dict[str, Any], config: Config) -> Story:
    """Errors in a paragraph, and tables of errors and of skill."""
    tables = [_errors(metrics, config), *(_skill(metrics, rival, config) for rival in BASELINES)]
    best = next(row for row in metrics["methods"] if row["method"] == metrics["best"])
    headline = {f"{kind.upper()} of {named(metrics['best'])}": best[kind] for kind in ("rmse", "mase")}
    headline["series"] = metrics["series"]
    return Story(_summary(metrics, config), tables, CAPTIONS, headline=headline)


def _summary(metrics: dict[str, Any], config: Config) -> str:
    rows = {row["method"]: row for row in metrics["methods"]}
    own, strong = rows[metrics["best"]], min(BASELINES, key=lambda name: rows[name]["rmse"])
    best = named(metrics["best"])
    origins = f"{config.windows} origin{'s' * (config.windows != 1)}"
    parts = [
        f"{metrics['series']:,} series, judged from {origins}, {config.horizon} steps ahead.",
        f"{best[0].upper()}{best[1:]} was chosen by {metrics['chosen']['windows']}: "
        f"{metrics['chosen']['reason']}.",
        f"On those judged its RMSE is {own['rmse']:.4g}, and its MASE {cell(own['mase'])}.",
        f"Of naive, seasonal naive and climatology the best is {strong}: RMSE {rows[strong]['rmse']:.4g}.",
    ]
    held = [f"{share:.0%} at {level}%" for level, share in own["coverage"].items()]
    parts.append(f"Intervals of {best} cover {', '.join(held)}.")
    off = max(abs(share - int(level) / 100) for level, share in own["coverage"].items())
    if off > 0.05:
        parts.append(f"That is off by {100 * off:.1f} points at most, beyond the 5 that are held to be fair.")
    if metrics["widening"]:
        plural = "s" * (config.calibrate != 1)
        parts.append(
            f"Intervals of models are scaled by the errors from {config.calibrate} earlier origin{plural}."
        )
    return " ".join(parts)


def _errors(metrics: dict[str, Any], config: Config) -> Table:
    levels = [str(level) for level in config.levels]
    head = ["method", "MASE", "sMAPE %", "RMSE", *(f"covered at {level}%" for level in levels)]
    rows = [
        [
            named(row["method"]),
            *(cell(row[name]) for name in ("mase", "smape", "rmse")),
            *(f"{100 * row['coverage'][level]:.1f}" for level in levels),
        ]
        for row in metrics["methods"]
    ]
    return "Errors", head, rows


def _skill(metrics: dict[str, Any], rival: str, config: Config) -> Table:
    steps = shown(config.horizon)
    rows = [
        [named(name), *(cell(values[step - 1]) for step in steps)]
        for name, values in metrics["skill"][rival].items()
    ]
    title = f"Skill: share of the RMSE of {rival} that is saved, negative where the error is larger"
    return title, ["method", *(f"step {s}" for s in steps)], rows


def shown(horizon: int) -> list[int]:
    """Steps that tables show: the first, the last, and some between.

    Examples
    --------
    >>> shown(24)
    [1, 3, 6, 12, 24]
    """
    return sorted({1, *(max(1, horizon // part) for part in (8, 4, 2)), horizon})


def cell(value: float | None) -> str:
    """A number of three decimals, a small one of three digits, or a dash."""
    if value is None:
        return "-"
    return f"{value:.3g}" if 0 < abs(value) < 1e-3 else f"{value:.3f}"
