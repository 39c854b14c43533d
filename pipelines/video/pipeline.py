"""What comes next in a video? Conv-TT-LSTM beside ConvLSTM and baselines, judged frame by frame.

``python -m pipelines.video --data clips --frames 10 10``
"""

import zipfile
from dataclasses import asdict
from typing import Any

import numpy as np

from etl.engine.types import Tensor
from etl.handoff import on_host
from etl.video import write
from models.video.clips import as_floats
from pipelines.run import Result, Run
from pipelines.video.apply import SIDE, VideoModel
from pipelines.video.config import Config
from pipelines.video.data import Clips, load
from pipelines.video.figures import SHOWN, all_figures
from pipelines.video.measures import BASELINES, by_method, measures, predictions, warning
from pipelines.video.story import story
from pipelines.video.train import OWN, RIVAL, Learnt, sizes, train

__all__ = ["Config", "main"]
ANIMATED = 6
"""Clips in the animation."""


def main(config: Config) -> Result:
    """Load, train, judge, report; returns the run."""
    with Run("video", config) as run:
        with run.step("load"):
            clips = load(config, run)
        found = sizes(config, run)
        with run.resumable("checkpoints", asdict(config)) as folder:
            learnt = dict[str, Learnt]()
            for name in (OWN, RIVAL)[: 1 + config.compare]:
                with run.step(f"train {name}"):
                    learnt[name] = train(config, found, clips, name, folder)
            with run.step("judge"):
                predicted = predictions(config, clips, learnt)
                metrics = measures(config, clips, learnt, predicted)
            _tell(metrics)
            return report(config, run, clips, learnt, predicted, metrics)


def report(
    config: Config,
    run: Run,
    clips: Clips,
    learnt: dict[str, Learnt],
    predicted: dict[str, Tensor],
    metrics: dict[str, Any],
) -> Result:
    """Write frames, metrics, figures and the network, and close the run."""
    shown = {"truth": _bytes(clips.test[:ANIMATED])} | {
        name: _bytes(each[:ANIMATED]) for name, each in predicted.items() if name not in BASELINES
    }
    write.gif(
        run.path("clips.gif"), beside(shown, config.frames_in), marks=(config.frames_in - 1, config.span - 1)
    )
    with zipfile.ZipFile(run.path("predicted.npz"), "w", zipfile.ZIP_DEFLATED) as archive:
        for name, frames in shown.items():
            with archive.open(f"{name}.npy", "w") as member:
                np.lib.format.write_array(member, frames, allow_pickle=False)
    reading = config.reading
    form = {"crop": reading.crop, "every": reading.every, "axes": reading.axes}
    model = VideoModel(learnt[OWN].forecaster, clips.frame, run.engine, form)
    measured = run.measured(metrics)
    figures = all_figures(measured, {name: each[:SHOWN] for name, each in shown.items()}, clips.names)
    return run.finish(
        measured, story=story(measured), figures=figures, model=model, warning=warning(measured)
    )


def beside(shown: dict[str, np.ndarray], frames_in: int) -> np.ndarray:
    """Frames of an animation: what came in the upper row, and what the network predicted in the lower.

    Parameters
    ----------
    shown : dict of str to uint8 array, shape (clips, frames, channels, h, w)
    frames_in : int
        Frames that both rows share.
    """
    truth = shown["truth"]
    own = np.concatenate([truth[:, :frames_in], shown[OWN]], axis=1)
    return write.tiles(np.stack([truth, own]), least=SIDE)


def _bytes(frames: Tensor) -> np.ndarray:
    return on_host((255 * as_floats(frames)).round().byte()).numpy()


def _tell(metrics: dict[str, Any]) -> None:
    """A line a method, baselines among them."""
    for name, found in by_method(metrics).items():
        alike = found["ssim"]["range 1"]
        told = "" if alike is None else f", SSIM {alike:.4f}"
        print(f"  {name}: MSE {found['mse']['frame']:.2f} per frame{told}", flush=True)
