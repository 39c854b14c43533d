"""What the video pipeline tells of a run, from its metrics."""

from typing import Any

from models.video.metrics import CONVENTIONS, UNITS
from pipelines.report import Story, Table
from pipelines.video.measures import BASELINES, by_method
from pipelines.video.train import OWN, RIVAL

CAPTIONS = {
    "strips": "Frames that were read (to 0) and that came (from +1); below them what networks predicted.",
    "frames": "Errors by frames ahead, on clips that neither trained nor chose the network.",
    "learning": "Error on the clips that choose the best state.",
    "costs": "Parameters, and seconds of training on this machine.",
}
HEADS = {
    "frame": "MSE, sum over a frame",
    "milli": "thousandths a pixel",
    "pixel": "a pixel",
    "range 1": "SSIM, data range 1",
    "range 2": "data range 2",
    "gaussian": "Gaussian window",
}


def story(metrics: dict[str, Any]) -> Story:
    """The error in a paragraph beside the baselines', and all of its units in a table."""
    headline = {
        "MSE a frame": metrics["mse"]["frame"],
        "SSIM": metrics["ssim"]["range 1"],
        "of the best baseline": metrics["of_the_best_baseline"],
        "parameters": metrics["parameters"],
    }
    return Story(_summary(metrics), [_errors(metrics), _costs(metrics)], CAPTIONS, headline=headline)


def _summary(metrics: dict[str, Any]) -> str:
    frame = metrics["frame"]
    parts = [
        f"{metrics['frames_out']} frames after {metrics['frames_in']}, of {frame['height']} x "
        f"{frame['width']} pixels and {frame['channels']} channel{'s' * (frame['channels'] > 1)}, were "
        f"predicted of {metrics['windows']['test']:,} windows.",
        f"{OWN} ({metrics['parameters']:,} parameters) has an MSE of {metrics['mse']['frame']:.2f}, "
        "summed over a frame; "
        + " and ".join(f"{name} {metrics['baselines'][name]['mse']['frame']:.2f}" for name in BASELINES)
        + ".",
    ]
    if rival := metrics["conv_lstm"]:
        parts.append(
            f"{RIVAL} ({rival['parameters']:,} parameters) has {rival['mse']['frame']:.2f}, of as many steps."
        )
    parts.append("clips.gif shows what came above what was predicted; predicted.npz holds the frames.")
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
