"""What the video pipeline tells of a run, from its metrics."""

from typing import Any

from models.video.metrics import CONVENTIONS, UNITS
from pipelines.report import Story, Table
from pipelines.video.measures import BASELINES, by_method
from pipelines.video.train import OWN, RIVAL

CAPTIONS = {
    "strips": "The last frames that were read (to t), the next ones (from t+1), and their predictions.",
    "frames": "Errors by frames ahead, on clips that neither trained nor chose the network.",
    "learning": "Error on the validation clips, by which the best state is chosen.",
    "costs": "Parameters, and seconds of training on this machine (wall clock).",
}
HEADS = {
    "frame": "MSE, sum over a frame",
    "milli": "MSE per pixel, x 1000",
    "pixel": "MSE per pixel",
    "range 1": "SSIM, data range 1",
    "range 2": "SSIM, data range 2",
    "gaussian": "SSIM, Gaussian window",
}


def story(metrics: dict[str, Any]) -> Story:
    """The error in a paragraph beside the baselines', and all of its units in a table."""
    headline = {
        "MSE per frame": metrics["mse"]["frame"],
        "SSIM": metrics["ssim"]["range 1"],
        "of the best baseline": metrics["of_the_best_baseline"],
        "parameters": metrics["parameters"],
    }
    return Story(_summary(metrics), [_errors(metrics), _costs(metrics)], CAPTIONS, headline=headline)


def _summary(metrics: dict[str, Any]) -> str:
    frame, read, last = metrics["frame"], metrics["frames_in"], metrics["frames_in"] + metrics["frames_out"]
    baselines = (f"{metrics['baselines'][name]['mse']['frame']:.2f} by {name}" for name in BASELINES)
    colours = f"{frame['channels']} channel{'s' * (frame['channels'] > 1)}"
    parts = [
        f"Frames {read + 1} to {last} of {metrics['windows']['test']:,} test windows were predicted from the "
        f"first {read} ({frame['height']} x {frame['width']} pixels, {colours}).",
        f"{OWN} ({metrics['parameters']:,} parameters) has an MSE of {metrics['mse']['frame']:.2f} per "
        f"frame, summed over its pixels, against {' and '.join(baselines)}.",
    ]
    if rival := metrics["conv_lstm"]:
        error = f"{rival['mse']['frame']:.2f} after as many steps"
        parts.append(f"{RIVAL} ({rival['parameters']:,} parameters) has {error}.")
    parts.append(
        "clips.gif shows the frames that came above those predicted; predicted.npz holds the frames."
    )
    return " ".join(parts)


def _errors(metrics: dict[str, Any]) -> Table:
    rows = [
        [
            name,
            *(f"{found['mse'][unit]:.5g}" for unit in UNITS),
            *(_share(found["ssim"][each]) for each in CONVENTIONS),
        ]
        for name, found in by_method(metrics).items()
    ]
    heads = [HEADS[name] for name in (*UNITS, *CONVENTIONS)]
    return "Errors: three units of MSE, three conventions of SSIM", ["", *heads], rows


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _costs(metrics: dict[str, Any]) -> Table:
    rows = [
        [
            name,
            f"{found['parameters']:,}",
            f"{found['training_seconds']:.1f}",
            f"{found['n_iter']:,}",
            found["stop_reason"],
        ]
        for name, found in by_method(metrics).items()
        if name not in BASELINES
    ]
    return "Networks", ["", "parameters", "seconds", "steps", "why it stopped"], rows
