"""Figures of the video pipeline: strips of frames, errors by frame, costs, and an animation."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pipelines.figures import BLUE, GREY, ORANGE, bars, legend_below, new_figure, power, short, whole_ticks
from pipelines.video.measures import BASELINES, BLACK, COPY, by_method
from pipelines.video.train import OWN, RIVAL

STYLES: dict[str, dict[str, Any]] = {
    OWN: {"color": BLUE, "marker": "."},
    RIVAL: {"color": ORANGE, "marker": "."},
    COPY: {"color": GREY, "linestyle": "--"},
    BLACK: {"color": "black", "linestyle": ":"},
}
SHOWN = 3
"""Clips in the strips."""
MOST = 12
"""Frames in a strip."""


def all_figures(
    metrics: dict[str, Any], strips: dict[str, np.ndarray], names: list[str]
) -> dict[str, Figure]:
    """All figures of a run.

    Parameters
    ----------
    metrics : dict
    strips : dict of str to uint8 array, shape (clips, frames, channels, h, w)
        ``truth`` with the frames that were read, and what methods predicted.
    names : list of str
        Of the clips.
    """
    return {
        "strips": prediction(strips, names, metrics["frames_in"]),
        "frames": by_frame(metrics),
        "learning": learning(metrics),
        "costs": costs(metrics),
    }


def prediction(strips: dict[str, np.ndarray], names: list[str], frames_in: int) -> Figure:
    """What was read and what came, and below what each network predicted, of a few clips."""
    truth = strips["truth"][:SHOWN]
    methods = [name for name in strips if name != "truth"]
    read = min(frames_in, max(1, MOST // 3))
    at = np.unique(
        np.linspace(0, truth.shape[1] - frames_in - 1, min(MOST - read, truth.shape[1] - frames_in)).round()
    )
    ahead = at.astype(int)
    rows, columns = len(truth) * (1 + len(methods)), read + len(ahead)
    shape = truth.shape[-2] / truth.shape[-1]
    height = min(0.9 + 1.02 * rows * min(max(shape, 0.3), 1.5), 16)
    figure, axes = new_figure("What came, and what was predicted", 1.1 * columns + 1.3, height, columns, rows)
    grid = np.array(axes).reshape(rows, columns)
    for ax in axes:
        ax.set_axis_off()
    for clip in range(len(truth)):
        first = clip * (1 + len(methods))
        for column in range(columns):
            frame = frames_in - read + column if column < read else frames_in + ahead[column - read]
            _show(grid[first, column], truth[clip, frame])
            if first == 0:
                ahead_by = frame - frames_in + 1
                grid[0, column].set_title(f"{ahead_by:+d}" if ahead_by > 0 else f"{ahead_by}", fontsize=9)
            for row, name in enumerate(methods, 1):
                if column >= read:
                    _show(grid[first + row, column], strips[name][clip, ahead[column - read]])
        for row, label in enumerate((short(names[clip], 20), *methods)):
            ax = grid[first + row, 0]
            ax.text(-0.1, 0.5, label, transform=ax.transAxes, ha="right", va="center", fontsize=8)
    return figure


def _show(ax: Axes, frame: np.ndarray) -> None:
    image = frame[0] if len(frame) == 1 else frame.transpose(1, 2, 0)
    ax.imshow(image, cmap="gray", vmin=0, vmax=255, interpolation="nearest")


def by_frame(metrics: dict[str, Any]) -> Figure:
    """MSE and SSIM of each frame ahead."""
    each = by_method(metrics)
    own, rivals = metrics["mse"]["frame"], [each[name]["mse"]["frame"] for name in BASELINES]
    share = (
        f"{own / min(rivals):.0%} of the best baseline's" if min(rivals) else "beside baselines without error"
    )
    figure, axes = new_figure(f"The error of {OWN} is {share}", 9, 4.2, 2)
    for ax, name, label in zip(
        axes, ("mse", "ssim"), ("MSE, sum over a frame", "SSIM, data range 1"), strict=True
    ):
        for method, found in each.items():
            values = found["by_frame"][name]
            if values is not None:
                ax.plot(1 + np.arange(len(values)), values, label=method, **STYLES[method])
        ax.set(xlabel="frames ahead", ylabel=label)
        whole_ticks(ax.xaxis)
    axes[0].set_ylim(bottom=0)
    legend_below(figure, 4, axes[0].lines)
    return figure


def learning(metrics: dict[str, Any]) -> Figure:
    """MSE of validation at each check."""
    figure, (ax,) = new_figure("What was learnt, check by check", 7.5, 3.8)
    for name, found in by_method(metrics).items():
        if name not in BASELINES:
            losses = found["validation"]
            ax.plot(np.linspace(0, found["n_iter"], len(losses) + 1)[1:], losses, label=name, **STYLES[name])
    ax.set(xlabel="steps", ylabel="MSE of validation, sum over a frame", ylim=(0, None), xlim=(0, None))
    legend_below(figure, 2, ax.lines)
    return figure


def costs(metrics: dict[str, Any]) -> Figure:
    """Parameters and seconds of training."""
    found = {name: each for name, each in by_method(metrics).items() if name not in BASELINES}
    figure, axes = new_figure("What the networks cost", 9, 1.2 + 0.5 * len(found), 2)
    for ax, key, label in zip(
        axes, ("parameters", "training_seconds"), ("parameters", "seconds of training"), strict=True
    ):
        values = [each[key] for each in found.values()]
        bars(
            ax,
            list(found),
            values,
            [power(value) for value in values],
            [STYLES[name]["color"] for name in found],
        )
        ax.set_xlabel(label)
    return figure
