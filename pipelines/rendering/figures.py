"""Figures of the rendering pipeline: errors, what is seen, active paths, and images that were made."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pipelines.figures import GREY, MORE, RED, empty, legend_below, new_figure, short, whole_ticks
from pipelines.rendering.config import METHODS
from pipelines.rendering.renderings import Seen

COLOURS = dict(zip(METHODS, (*MORE[:5], GREY), strict=True))
MOST = 20
"""Classes whose mean rendering is drawn."""


def all_figures(metrics: dict[str, Any], seen: dict[str, Seen], made: np.ndarray | None) -> dict[str, Figure]:
    """All figures of a run.

    Parameters
    ----------
    metrics : dict
    seen : dict of str to Seen
        By method.
    made : array, shape (classes, k, channels, h, w), optional
        Images that were made by class.
    """
    found = {
        "errors": errors(metrics),
        "renderings": renderings(metrics["class_names"], metrics["chosen"], seen),
        "classes": by_class(metrics["class_names"], seen[metrics["chosen"]].means),
        "paths": paths(metrics),
    }
    if made is not None:
        found["samples"] = samples(metrics["class_names"], made)
    return found


def errors(metrics: dict[str, Any]) -> Figure:
    """Accuracy by the number of labels, with intervals."""
    counts = [*(int(count) for count in metrics["fewer"]), metrics["labels"]]
    chosen = metrics["chosen"]
    title = f"{chosen} is right on {1 - metrics['error'][chosen]:.1%} of images, from {counts[-1]:,} labels"
    figure, (ax,) = new_figure(title, 7.5, 4.2)
    names = list(metrics["error"])
    for at, name in enumerate(names):
        each = [*metrics["fewer"].values()]
        lines = [(one[name]["error"], one[name]["interval"]) for one in each if name in one]
        lines.append((metrics["error"][name], metrics["interval"][name]))
        x = np.array(counts[-len(lines) :]) * 1.03 ** (at - (len(names) - 1) / 2)
        share = 100 * (1 - np.array([value for value, _ in lines]))
        ends = 100 * (1 - np.array([ends for _, ends in lines]))
        around = np.maximum(np.stack([share - ends[:, 1], ends[:, 0] - share]), 0)
        ax.errorbar(x, share, around, label=name, color=COLOURS[name], marker="o", capsize=3)
    ax.set_xscale("log")
    ax.set_xticks(counts, [f"{count:,}" for count in counts], minor=False)
    ax.minorticks_off()
    ax.set_xlim(min(counts) / 1.4, max(counts) * 1.4)
    ax.set(xlabel="labels", ylabel="accuracy on test images, percent")
    legend_below(figure, 3)
    return figure


def renderings(classes: list[str], chosen: str, seen: dict[str, Seen]) -> Figure:
    """Images above their renderings, by each network, in the class that it takes them for."""
    own = seen[chosen]
    count, rows = len(own.images), 1 + len(seen)
    hits = int((own.c == own.truth).sum())
    title = f"What {chosen} sees: {hits} of {count} images in their own class"
    size = max(1.05 * count + 1.4, 5), 1.3 * rows + 0.5
    figure, axes = new_figure(title, *size, count, rows)
    grid = np.array(axes).reshape(rows, count)
    for ax in axes:
        ax.set_axis_off()
    for at in range(count):
        _show(grid[0, at], own.images[at], False)
        grid[0, at].set_title(short(classes[own.truth[at]], 9), fontsize=9)
        for row, each in enumerate(seen.values(), 1):
            _show(grid[row, at], each.renderings[at], True)
            is_right = each.c[at] == each.truth[at]
            grid[row, at].set_title(
                short(classes[each.c[at]], 9), fontsize=9, color="black" if is_right else RED
            )
    for ax, label in zip(grid[:, 0], ("image", *seen), strict=True):
        ax.text(-0.15, 0.5, label, transform=ax.transAxes, ha="right", va="center", fontsize=9)
    return figure


def by_class(classes: list[str], means: np.ndarray) -> Figure:
    """Mean rendering of the images that are taken for each class."""
    shown = [at for at in range(len(classes)) if np.isfinite(means[at]).all()][:MOST]
    if not shown:
        return empty("The mean rendering of each class", "no image was taken for any")
    columns = min(len(shown), 10)
    rows = -(-len(shown) // columns)
    size = max(1.1 * columns + 0.4, 4), 1.25 * rows + 0.5
    title = "The mean rendering of each class"
    if missing := int(np.isnan(means).any(axis=(1, 2, 3)).sum()):
        title += f" that is seen; {missing} of {len(classes)} never are"
    figure, axes = new_figure(title, *size, columns, rows)
    for ax in axes:
        ax.set_axis_off()
    for ax, at in zip(axes, shown, strict=False):
        _show(ax, means[at], True)
        ax.set_title(short(classes[at], 10), fontsize=9)
    return figure


def paths(metrics: dict[str, Any]) -> Figure:
    """Active rendering paths at each check."""
    found = metrics["paths"]
    last = {name: pairs[-1][1] for name, pairs in found.items() if pairs}
    fewest = min(last, key=lambda name: last[name])
    title = f"{fewest} ends with the fewest active paths, 10 to the power of {last[fewest]:.2f}"
    figure, (ax,) = new_figure(title if len(last) > 1 else "Active rendering paths", 7.5, 3.8)
    for name, pairs in found.items():
        steps, logs = np.array(pairs).T
        ax.plot(steps, logs, label=name, color=COLOURS[name], marker=".")
    ax.set(xlabel="steps", ylabel="log10 of active paths, mean", xlim=(0, None))
    whole_ticks(ax.xaxis)
    legend_below(figure, 3, ax.lines)
    return figure


def samples(classes: list[str], made: np.ndarray) -> Figure:
    """Images that were made, a row a class."""
    rows, columns = min(len(classes), MOST), made.shape[1]
    size = 0.75 * columns + 1.6, 0.75 * rows + 0.6
    figure, axes = new_figure("Images made by class, from the labelled ones alone", *size, columns, rows)
    grid = np.array(axes).reshape(rows, columns)
    for ax in axes:
        ax.set_axis_off()
    for row in range(rows):
        for column in range(columns):
            _show(grid[row, column], made[row, column], False)
        grid[row, 0].text(
            -0.2,
            0.5,
            short(classes[row], 10),
            transform=grid[row, 0].transAxes,
            ha="right",
            va="center",
            fontsize=9,
        )
    return figure


def _show(ax: Axes, image: np.ndarray, signed: bool) -> None:
    """Grey, or blue and red around 0 where values have signs; colours are brought to 0 to 1."""
    if signed:
        top = max(float(np.abs(image).max()), 1e-12)
        image = image / top
    if len(image) == 3:
        ax.imshow(
            np.clip((image + 1) / 2 if signed else image, 0, 1).transpose(1, 2, 0), interpolation="nearest"
        )
    elif signed:
        ax.imshow(image[0], cmap="RdBu_r", vmin=-1, vmax=1, interpolation="nearest")
    else:
        ax.imshow(image[0], cmap="gray", vmin=0, vmax=1, interpolation="nearest")
