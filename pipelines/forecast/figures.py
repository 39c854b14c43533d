"""Figures of the forecasting pipeline: errors by horizon, coverage, and examples."""

from itertools import cycle
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from etl.engine.types import Frame, Tensor
from etl.handoff import from_host, to_host, to_pandas
from models.statespace.baselines import BASELINES
from models.statespace.panel import Panel
from pipelines.figures import (
    BLUE,
    GREY,
    MORE,
    ORANGE,
    legend_below,
    new_figure,
    power,
    short,
    whole_ticks,
)
from pipelines.forecast.names import named

COLOURS = tuple(colour for colour in MORE if colour != "#333333")
"""Of models; rivals are grey."""
DOTS = {"naive": (":", GREY), "seasonal naive": ("--", "#A9B0B7"), "climatology": ("-.", "#333333")}
"""Line and grey of rivals."""
SEEN = 3
"""Series that are shown."""
BEFORE = 4
"""Horizons before the origin that are shown."""


def all_figures(
    series: Panel, ahead: Frame, judged: tuple[int, Tensor], rows: list[dict[str, Any]], best: str
) -> dict[str, Figure]:
    """All figures of a run; ``ahead`` is what it forecast, ``judged`` the last origin and its forecast."""
    return {
        "horizon": horizon(rows),
        "coverage": coverage(rows),
        "examples": examples(series, ahead, judged[0], to_host(judged[1]), best),
    }


def horizon(rows: list[dict[str, Any]]) -> Figure:
    """RMSE by steps ahead."""
    best = min(rows, key=lambda row: row["rmse"])
    figure, (ax,) = new_figure(
        f"{named(best['method'])} has the least RMSE on the judged origins, {power(float(best['rmse']))}",
        8,
        4.6,
    )
    colours, own = iter(cycle(COLOURS)), [row["method"] for row in rows if row["method"] not in BASELINES]
    for row in rows:
        values = np.array(row["horizon"], dtype=float)
        steps = 1 + np.arange(len(values))
        dash, grey = DOTS.get(row["method"], (":", GREY))
        style: dict[str, Any] = {"color": grey, "linestyle": dash, "linewidth": 1.8}
        if row["method"] in own:  # the first are wider, so that what lies on them hides none
            style = {
                "color": next(colours),
                "linewidth": 1.6 + min(1.2, 3.6 / len(own)) * (len(own) - 1 - own.index(row["method"])),
            }
        ax.plot(steps, values, label=named(row["method"]), marker="." * (len(values) < 50), **style)
    ax.set(xlabel="steps ahead", ylabel="RMSE, in the unit of the series", ylim=(0, None))
    whole_ticks(ax.xaxis)
    legend_below(figure)
    return figure


def coverage(rows: list[dict[str, Any]]) -> Figure:
    """Share of values within each interval."""
    levels = list(rows[0]["coverage"])
    own = [row for row in rows if row["method"] not in BASELINES] or rows
    off = max(abs(row["coverage"][k] * 100 - float(k)) for row in own for k in levels)
    words = f"Intervals of models are off by {off:.1f} points at most"
    figure, axes = new_figure(words, 9, 1.6 + 0.35 * len(rows), len(levels))
    names = [named(row["method"]) for row in rows]
    colours = [GREY if row["method"] in BASELINES else BLUE for row in rows]
    for ax, level in zip(axes, levels, strict=True):
        shares = [100 * row["coverage"][level] for row in rows]
        bars = ax.barh(names, shares, color=colours, height=0.65)
        ax.bar_label(bars, fmt="%.0f", label_type="center", color="white", fontsize=9)
        ax.axvline(float(level), color="black", linewidth=1.2)
        ax.set(xlabel=f"% of values within the {level}% interval", xlim=(0, 101))
        ax.invert_yaxis()
        ax.grid(axis="y", visible=False)
    return figure


def examples(series: Panel, ahead: Frame, origin: int, value: np.ndarray, best: str) -> Figure:
    """The first series: what was forecast from the last origin that is judged, and what comes next."""
    y, horizon = to_host(series.y[:SEEN]), value.shape[2]
    figure, axes = new_figure(
        f"{len(y)} of {len(series.y):,} series, forecast by {named(best)}", 11, 3.9, len(y)
    )
    end = y.shape[1] - 1
    past = np.arange(max(0, origin - BEFORE * horizon), end + 1)
    judged, coming = np.arange(origin, origin + horizon) - end, 1 + np.arange(horizon)
    for place, (ax, own) in enumerate(zip(axes, y, strict=True)):
        rows = ahead.iloc[place * horizon : (place + 1) * horizon]
        bounds = [rows[name].to_numpy() for name in rows.columns if name[:3] in ("lo-", "hi-")]
        ax.plot(past - end, own[past], color="black", linewidth=1, label="values")
        _forecast(ax, judged, value[:, place], BLUE, "forecast that was judged")
        _forecast(
            ax, coming, np.array([rows["mean"].to_numpy(), *bounds]), ORANGE, "forecast from the end on"
        )
        ax.axvline(0.5, color=GREY, linestyle=":", linewidth=1)
        ticks = np.array([past[0] - end, 0])  # the last comes too soon after to have room
        ax.set_xticks(ticks, _dates(series, place, ticks), fontsize=8)
        ax.set_title(short(rows["unique_id"].iloc[0], 32), fontsize=10, loc="left")
    axes[0].set_ylabel("value, in the unit of the series")
    legend_below(figure, 3, axes[0].lines[:3])
    return figure


def _forecast(ax: Axes, steps: np.ndarray, value: np.ndarray, colour: str, label: str) -> None:
    """A mean and its widest interval; a line of one step is a point."""
    low, high = value[1::2].min(axis=0), value[2::2].max(axis=0)
    ax.fill_between(steps, low, high, color=colour, alpha=0.2, linewidth=0)
    ax.plot(steps, value[0], color=colour, linewidth=1.8, marker="." * (len(steps) == 1), label=label)


def _dates(series: Panel, row: int, steps: np.ndarray) -> list[str]:
    """Dates of steps from a series' last one, or their numbers."""
    engine, calendar = series.engine, series.calendar
    assert calendar is not None
    numbers = series.last[row] + from_host(steps * series.step, engine)
    found = to_pandas(engine.df.DataFrame({"ds": calendar.dates(numbers, engine)}))["ds"]
    if found.dtype.kind != "M":
        return found.astype(str).tolist()
    days = bool((found == found.dt.floor("D")).all())
    return found.dt.strftime("%Y-%m-%d" if days else "%Y-%m-%d\n%H:%M").tolist()
