"""Figures of the video pipeline: strips of frames, errors by frame, costs, and an animation."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from pipelines.figures import BLUE, GREY, ORANGE, bars, legend_below, new_figure, short, whole_ticks
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
    """The last frames that were read and those that came, and below what each network predicted, by clip."""
    truth = strips["truth"][:SHOWN]
    methods = [name for name in strips if name != "truth"]
    at = _steps(frames_in, truth.shape[1] - frames_in)
    rows, columns = len(truth) * (1 + len(methods)), len(at)
    shape = truth.shape[-2] / truth.shape[-1]
    height = min(0.9 + 1.02 * rows * min(max(shape, 0.3), 1.5), 16)
    figure, axes = new_figure(
        "Frames that came, and their predictions", 1.1 * columns + 1.3, height, columns, rows
    )
    grid = np.array(axes).reshape(len(truth), 1 + len(methods), columns)
    for ax in axes:
        ax.set_axis_off()
    for column, step in enumerate(at):
        grid[0, 0, column].set_title(f"t{step:+d}" if step else "t", fontsize=9)
        for clip in range(len(truth)):
            _show(grid[clip, 0, column], truth[clip, frames_in - 1 + step])
            for row, name in enumerate(methods, 1):
                if step > 0:
                    _show(grid[clip, row, column], strips[name][clip, step - 1])
    for clip, labelled in enumerate(grid[:, :, 0]):
        for ax, label in zip(labelled, (f"{short(names[clip], 20)}\ntruth", *methods), strict=True):
            ax.text(-0.1, 0.5, label, transform=ax.transAxes, ha="right", va="center", fontsize=8)
    return figure


def _steps(frames_in: int, frames_out: int) -> list[int]:
    """Frames that are shown, numbered from 0, the last that was read."""
    read = min(frames_in, max(1, MOST // 3))
    ahead = np.unique(np.linspace(1, frames_out, min(MOST - read, frames_out)).round()).astype(int)
    return [*range(1 - read, 1), *ahead.tolist()]


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
    figure, (ax,) = new_figure("Validation error while training", 7.5, 3.8)
    for name, found in by_method(metrics).items():
        if name not in BASELINES:
            ax.plot(found["validation_steps"], found["validation"], label=name, **STYLES[name])
    ax.set(xlabel="training steps", ylabel="validation MSE, sum over a frame", xlim=(0, None))
    ax.set_ylim(0, 1.05 * ax.get_ylim()[1])
    legend_below(figure, 2, ax.lines)
    return figure


def costs(metrics: dict[str, Any]) -> Figure:
    """Parameters and seconds of training."""
    found = {name: each for name, each in by_method(metrics).items() if name not in BASELINES}
    figure, axes = new_figure("Parameters, and time to train", 9, 1.2 + 0.5 * len(found), 2)
    colours = [STYLES[name]["color"] for name in found]
    for ax, key, label, form in zip(
        axes,
        ("parameters", "training_seconds"),
        ("parameters", "seconds of training"),
        (",.0f", ",.1f"),
        strict=True,
    ):
        values = [each[key] for each in found.values()]
        bars(ax, list(found), values, [format(value, form) for value in values], colours)
        ax.set(xlabel=label, xlim=(0, 1.3 * max(*values, 1e-12)))
    axes[0].xaxis.set_major_locator(MaxNLocator(5))
    axes[0].xaxis.set_major_formatter("{x:,.0f}")
    return figure
