"""How far predicted frames are from those that came, in all units and conventions, frame by frame."""

from typing import Any

from etl.engine.types import Tensor
from etl.handoff import on_host
from models.video.clips import as_floats
from models.video.metrics import CONVENTIONS, RADIUS, UNITS, WINDOW, black, converted, copy_last, mse, ssim
from pipelines.video.config import Config
from pipelines.video.data import Clips
from pipelines.video.train import OWN, RIVAL, Learnt, checked

COPY, BLACK = "copy of the last frame", "black frames"
BASELINES = (COPY, BLACK)
AT_ONCE = 64
"""Windows that are judged together."""


def predictions(config: Config, clips: Clips, learnt: dict[str, Learnt]) -> dict[str, Tensor]:
    """What each method says of the windows of the test, float32 (n, frames_out, channels, h, w) in [0, 1]."""
    seen = as_floats(clips.test[:, : config.frames_in])
    found = {name: each.forecaster.predict(seen) for name, each in learnt.items()}
    return found | {COPY: copy_last(seen, config.frames_out), BLACK: black(seen, config.frames_out)}


def errors(truth: Tensor, predicted: Tensor) -> dict[str, Any]:
    """MSE in three units and SSIM in three conventions, of all frames and by frame.

    Conventions whose window is larger than the frames have None.
    """
    pixels = truth.shape[-3] * truth.shape[-2] * truth.shape[-1]
    parts = list(zip(truth.split(AT_ONCE), predicted.split(AT_ONCE), strict=True))
    by_frame = _means([mse(*part) for part in parts])
    whole = sum(by_frame) / len(by_frame)
    alike: dict[str, list[float] | None] = {}
    for convention in CONVENTIONS:
        window = 2 * RADIUS + 1 if convention == "gaussian" else WINDOW
        fits = min(truth.shape[-2:]) >= window
        alike[convention] = _means([ssim(*part, convention) for part in parts]) if fits else None
    return {
        "mse": {unit: converted(whole, "frame", unit, pixels) for unit in UNITS},
        "ssim": {name: None if each is None else sum(each) / len(each) for name, each in alike.items()},
        "by_frame": {"mse": by_frame, "ssim": alike["range 1"]},
    }


def _means(parts: list[Tensor]) -> list[float]:
    """Means over clips of numbers (clips, frames) that come in parts, frame by frame."""
    count = sum(len(part) for part in parts)
    total = parts[0].sum(0)
    for part in parts[1:]:
        total = total + part.sum(0)
    return on_host(total / count).tolist()


def measures(
    config: Config, clips: Clips, learnt: dict[str, Learnt], predicted: dict[str, Tensor]
) -> dict[str, Any]:
    """Numbers of the network, of its rival, and of what needs no network."""
    truth = as_floats(clips.test[:, config.frames_in : config.span])
    found = {name: errors(truth, each) for name, each in predicted.items()}
    costs = {name: cost(each) for name, each in learnt.items()}
    channels, height, width = clips.frame
    best = min(found[name]["mse"]["frame"] for name in BASELINES)
    return {
        "clips": clips.clips,
        "windows": {"validation": len(clips.validation), "test": len(clips.test)},
        "frames_in": config.frames_in,
        "frames_out": config.frames_out,
        "frame": {"channels": channels, "height": height, "width": width},
        **found[OWN],
        **costs[OWN],
        "of_the_best_baseline": found[OWN]["mse"]["frame"] / best if best else None,
        "baselines": {name: found[name] for name in BASELINES},
        "conv_lstm": found[RIVAL] | costs[RIVAL] if RIVAL in found else None,
    }


def cost(learnt: Learnt) -> dict[str, Any]:
    """Parameters, seconds, and how the learning went."""
    forecaster = learnt.forecaster
    return {
        "parameters": learnt.parameters,
        "training_seconds": round(learnt.seconds, 3),
        "n_iter": forecaster.n_iter_,
        "stop_reason": forecaster.stop_reason_,
        "validation_steps": checked(forecaster.n_iter_, len(forecaster.losses_)),
        "validation": list(forecaster.losses_),
    }


def by_method(metrics: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Errors by method: the network, its rival, and the baselines."""
    rival = {} if metrics["conv_lstm"] is None else {RIVAL: metrics["conv_lstm"]}
    return {OWN: metrics, **rival, **metrics["baselines"]}


def warning(metrics: dict[str, Any]) -> str:
    """Why not to trust the network."""
    own, rivals = metrics["mse"]["frame"], metrics["baselines"]
    best = min(rivals, key=lambda name: rivals[name]["mse"]["frame"])
    if own < rivals[best]["mse"]["frame"]:
        return ""
    return (
        f"the network's MSE is {own:.2f} per frame, and {best}, a baseline, have "
        f"{rivals[best]['mse']['frame']:.2f}; train it longer (--steps), or larger (--hidden)"
    ).replace("copy of the last frame, a baseline, have", "a copy of the last frame, a baseline, has")
