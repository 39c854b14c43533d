"""Figures of the factors pipeline: patterns by mode, ranks, errors, gaps that were filled, anomalies."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from etl.engine import array_namespace
from etl.engine.types import Array
from etl.handoff import to_host
from etl.tensors.axes import Axis
from pipelines.factors.data import Table
from pipelines.factors.fits import Parts
from pipelines.factors.measures import Filled
from pipelines.figures import (
    BLUE,
    GREY,
    MORE,
    ORANGE,
    RED,
    bars,
    empty,
    label_ends,
    legend_below,
    new_figure,
    power,
    short,
    whole_ticks,
)

PATTERNS = 6
"""Components that are drawn."""
NAMED = 20
"""Labels that are shown of a mode of names."""
PANELS = 4
"""Modes that are drawn."""
EXAMPLES = 3
"""Runs that are shown."""


def all_figures(table: Table, parts: Parts, filled: Filled, metrics: dict[str, Any]) -> dict[str, Figure]:
    """All figures of a run."""
    along = len(table.axes) - 1 if table.along is None else table.along
    return {
        "factors": factors(table.axes, [to_host(each) for each in parts.factors], parts.method),
        "ranks": ranks(metrics),
        "errors": errors(metrics),
        "gaps": gaps(table, filled, along),
        "anomalies": anomalies(table, filled, along),
    }


def factors(axes: list[Axis], patterns: list[np.ndarray], method: str) -> Figure:
    """The patterns of each mode: lines where it is in order, else the labels in which they differ most."""
    shown = [place for place, one in enumerate(axes) if len(one) > 1][:PANELS]
    count = min(PATTERNS, max(patterns[place].shape[1] for place in shown))
    total = patterns[0].shape[1]
    what = (
        f"The first {count} of {total} components"
        if total > count
        else f"{total} component{'s' * (total > 1)}"
    )
    kind = "each a pattern of every mode" if method == "cp" else "of each mode, mixed by the core"
    tall = max(rows_of(axes[place]) for place in shown)
    figure, panels = new_figure(
        f"{what}, {kind}", 1 + 4.4 * len(shown), 2.4 + 0.19 * max(10, tall), len(shown)
    )
    lines = list[Line2D]()
    for ax, place in zip(panels, shown, strict=True):
        values = patterns[place][:, :PATTERNS]
        values = values / np.maximum(np.sqrt((values**2).mean(axis=0)), 1e-300)
        if axes[place].ordered:
            lines = in_order(ax, axes[place], values)
        else:
            by_name(ax, axes[place], values)
        ax.set_title(short(axes[place].name, 40), fontsize=10, loc="left")
    if lines:
        legend_below(figure, PATTERNS, lines)
    return figure


def rows_of(axis: Axis) -> int:
    """Rows that a mode's panel has."""
    return 0 if axis.ordered else min(len(axis), NAMED)


def in_order(ax: Axes, axis: Axis, values: np.ndarray) -> list[Line2D]:
    """A line a component over the places of labels."""
    place = places(axis)
    dot = "." if len(place) < 40 else ""
    found = [
        ax.plot(place, column, color=MORE[number], marker=dot, linewidth=1.6, label=str(number + 1))[0]
        for number, column in enumerate(values.T)
    ]
    ax.axhline(0, color=GREY, linewidth=0.8)
    along(ax, axis)
    ax.set(ylabel="loading, of root mean square 1")
    return found


def by_name(ax: Axes, axis: Axis, values: np.ndarray) -> None:
    """Loadings of the labels that differ most from the mean, the first component's in order."""
    apart = np.linalg.norm(values - values.mean(axis=0), axis=1)
    best = np.argsort(-apart, kind="stable")[:NAMED]
    best = best[np.argsort(-values[best, 0], kind="stable")]
    words = axis.words()
    reach = float(np.abs(values[best]).max()) or 1.0
    ax.imshow(values[best], cmap="RdBu_r", vmin=-reach, vmax=reach, aspect="auto")
    ax.set_yticks(range(len(best)), [short(words[row], 20) for row in best], fontsize=8)
    ax.set_xticks(range(values.shape[1]), [str(number + 1) for number in range(values.shape[1])])
    left = f"; {len(best)} of {len(axis):,} labels" if len(best) < len(axis) else ""
    ax.set(xlabel=f"component (red is much){left}")
    ax.grid(visible=False)


def places(axis: Axis) -> np.ndarray:
    """Where labels stand on an axis that is drawn: dates as such, hours of times of day, numbers."""
    assert axis.positions is not None
    if axis.kind == "date":
        return (axis.positions * 1e6).astype("M8[us]")
    return axis.positions / 3600 if axis.kind == "clock" else axis.positions


def along(ax: Axes, axis: Axis) -> None:
    """Ticks of an axis of dates, of times of day, or of numbers; and its name."""
    if axis.kind == "date":
        locator = AutoDateLocator(minticks=3, maxticks=6)
        ax.xaxis.set_major_locator(locator)
        ax.xaxis.set_major_formatter(ConciseDateFormatter(locator, show_offset=False))
    elif axis.kind == "clock":
        ax.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 3, 4, 6, 10]))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{int(x):02}:{round(x % 1 * 60):02}"))
    ax.set(xlabel=short(axis.name, 18))


def ranks(metrics: dict[str, Any]) -> Figure:
    """Error on cells held out by the rank, beside baselines."""
    tried = {int(rank): error for rank, error in metrics["ranks"].items()}
    if len(tried) < 2:
        return empty("Rank", f"{metrics['rank']}; no others were compared.")
    figure, (ax,) = new_figure(f"{metrics['rank']} components are enough", 7.5, 4.2)
    ax.plot(list(tried), list(tried.values()), color=BLUE, marker="o")
    ax.plot(metrics["rank"], tried[metrics["rank"]], color=RED, marker="o", markersize=10)
    ends = [
        (max(tried), error, name, GREY) for name, error in metrics["baselines"].items() if error is not None
    ]
    for _, error, _, colour in ends:
        ax.axhline(error, color=colour, linestyle=":")
    ax.set(xlabel="components", ylabel=unit(metrics), ylim=(0, None))
    whole_ticks(ax.xaxis)
    if ends:
        label_ends(ax, ends)
    return figure


def unit(metrics: dict[str, Any]) -> str:
    """What errors are called."""
    return "RMSE on cells held out" + ", in standard deviations" * bool(metrics["in_deviations"])


def errors(metrics: dict[str, Any]) -> Figure:
    """Error on cells held out, of the decomposition and of baselines."""
    if metrics["held_out_rmse"] is None:
        return empty("Errors", "No cell was held out, as there are too few.")
    own = own_errors(metrics)
    rows = own | {name: error for name, error in metrics["baselines"].items() if error is not None}
    best = min(rows, key=lambda name: rows[name])
    figure, (ax,) = new_figure(f"{best} has the least error on cells held out", 7.5, 1.4 + 0.4 * len(rows))
    colours = [BLUE if name in own else GREY for name in rows]
    bars(
        ax,
        list(rows),
        list(rows.values()),
        [power(float(f"{error:.4g}")) for error in rows.values()],
        colours,
    )
    ax.set(xlabel=unit(metrics))
    return figure


def own_errors(metrics: dict[str, Any]) -> dict[str, float]:
    """Of the decomposition with what neighbours say, if they say something, and without."""
    if not metrics["carried"]:
        return {metrics["method"]: metrics["held_out_rmse"]}
    alone = {f"{metrics['method']} alone": metrics["held_out_rmse_of_fit"]}
    return {f"{metrics['method']} and neighbours": metrics["held_out_rmse"]} | alone


def gaps(table: Table, filled: Filled, mode: int) -> Figure:
    """Runs along a mode with the most cells that were filled in, some of which are known."""
    if bool(table.seen.all()):
        return empty("Gaps", "No cell is missing.")
    xp = array_namespace(table.values)
    seen = to_host(xp.moveaxis(table.seen, mode, -1).reshape(-1, table.values.shape[mode]).sum(axis=1))
    size = table.values.shape[mode]
    worth = np.where(seen == size, -1, np.where(seen >= 0.3 * size, size - seen, 0))
    rows = np.argsort(-worth, kind="stable")[:EXAMPLES]
    whole = np.flatnonzero(seen == 0)[:1]
    rows = np.append(rows[: EXAMPLES - len(whole)], whole)
    rows = rows[worth[rows] >= 0]
    total = int((~table.seen).sum())
    return examples(f"{total:,} cells were filled in", table, filled, mode, rows)


def anomalies(table: Table, filled: Filled, mode: int) -> Figure:
    """Runs along a mode with the cells that are farthest from the fit."""
    count = len(filled.places)
    if not count:
        return empty("Anomalies", "No known cell is far from the fit.")
    sizes = table.values.shape
    codes = list(np.unravel_index(filled.places, sizes))
    rest = [place for place in range(len(sizes)) if place != mode]
    runs = np.ravel_multi_index([codes[place] for place in rest], [sizes[place] for place in rest])
    first = list(dict.fromkeys(runs.tolist()))[:EXAMPLES]
    words = f"{count:,} known cell{'s are' if count > 1 else ' is'} far from the fit"
    return examples(words, table, filled, mode, np.array(first))


def examples(title: str, table: Table, filled: Filled, mode: int, rows: np.ndarray) -> Figure:
    """Some runs along a mode: what is known, the fit, what was filled in, and what is far."""
    axis, size = table.axes[mode], table.values.shape[mode]
    others = [one for place, one in enumerate(table.axes) if place != mode]
    codes = np.unravel_index(rows, [len(one) for one in others])
    words = [one.words() for one in others]
    far = far_of(filled.places, table.values.shape, mode)
    place = places(axis) if axis.ordered else np.arange(size)
    figure, panels = new_figure(title, 1 + 4.2 * len(rows), 3.9, len(rows))
    known, fit, guess = (runs_of(each, mode, rows) for each in (table.values, filled.fit, filled.guess))
    for number, ax in enumerate(panels):
        missing = np.isnan(known[number])
        ax.plot(place, fit[number], color=BLUE, linewidth=1.2, label="fit")
        ax.plot(place, known[number], ".", color="black", markersize=3, label="known")
        ax.plot(place[missing], guess[number][missing], ".", color=ORANGE, markersize=5, label="filled in")
        odd = far.get(int(rows[number]), np.zeros(0, int))
        style: dict[str, Any] = {"color": RED, "markerfacecolor": "none", "markersize": 9, "linestyle": ""}
        ax.plot(place[odd], known[number][odd], marker="o", label="far from the fit", **style)
        told = ", ".join(short(own[code[number]], 18) for own, code in zip(words, codes, strict=True))
        ax.set_title(told, fontsize=10, loc="left")
        along(ax, axis)
    panels[0].set(ylabel="value")
    legend_below(figure, 4, panels[0].lines[:4])
    return figure


def far_of(flat: np.ndarray, sizes: tuple[int, ...], mode: int) -> dict[int, np.ndarray]:
    """Places along a mode of the cells that are far, by the run that they are of."""
    codes = np.unravel_index(flat, sizes)
    rest = [place for place in range(len(sizes)) if place != mode]
    runs = np.ravel_multi_index([codes[place] for place in rest], [sizes[place] for place in rest])
    return {int(run): codes[mode][runs == run] for run in np.unique(runs)}


def runs_of(values: Array, mode: int, rows: np.ndarray) -> np.ndarray:
    """Some runs of a tensor along a mode, on the host."""
    xp = array_namespace(values)
    whole = xp.moveaxis(values, mode, -1).reshape(-1, values.shape[mode])
    return np.stack([to_host(whole[int(row)]) for row in rows])
