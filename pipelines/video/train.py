"""The networks of the video pipeline: sizes by machine, training that goes on after a kill, and its cost."""

import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from models.video.curriculum import ScheduledSampling
from models.video.forecaster import VideoForecaster
from models.video.network import NetworkSettings
from pipelines.run import Run
from pipelines.video.config import Config, Sizes
from pipelines.video.data import Clips

OWN, RIVAL = "Conv-TT-LSTM", "ConvLSTM"
PUBLISHED = Sizes((32, 48, 48, 32), 3, 5, rank=8, steps=20_000, lr=1e-3)
"""As published, but for the steps; for a GPU."""
SMALL = Sizes((16, 24, 24, 16), 1, 3, rank=4, steps=1000, lr=3e-3)
"""For a CPU."""
TINY = Sizes((8, 10, 10, 8), 1, 3, rank=3, steps=100, lr=1e-2)
"""For a demonstration of a minute."""
CHECKS = 8
"""Validations in a training, each of which is a checkpoint."""


@dataclass(frozen=True, eq=False)
class Learnt:
    """A network, what it cost, and the loss at each check."""

    forecaster: VideoForecaster
    seconds: float

    @property
    def parameters(self) -> int:
        """Numbers that were learnt."""
        return sum(each.numel() for each in self.forecaster.network_.parameters())


def sizes(config: Config, run: Run) -> Sizes:
    """Sizes that are asked for, and others by the machine."""
    on_gpu = run.engine.name == "gpu"
    base = TINY if config.data is None and config.canvas < 64 else PUBLISHED if on_gpu else SMALL
    given = {name: value for name, value in asdict(config.sizes).items() if value}
    found = replace(base, **given)
    what = "the demonstration is small" if base is TINY else f"the engine is a {run.engine.name.upper()}"
    run.say(
        f"network: {len(found.hidden)} blocks of {found.layers} x {' '.join(map(str, found.hidden))} "
        f"channels, kernel {found.kernel}, rank {found.rank}, {found.steps:,} steps, as {what}; others by "
        "--hidden, --layers, --kernel, --rank, --steps"
    )
    return found


def settings(found: Sizes, channels: int, name: str) -> NetworkSettings:
    """Of one of the two networks."""
    if name == RIVAL:
        return NetworkSettings.conv_lstm(channels, found.hidden, found.layers, found.kernel)
    trains = found.order, found.lookback, found.rank
    return NetworkSettings(channels, found.hidden, found.layers, found.kernel, *trains)


def train(config: Config, found: Sizes, clips: Clips, name: str, folder: Path) -> Learnt:
    """Learn with one of the two networks; a training that was cut off goes on from its last check.

    Raises
    ------
    ValueError
        Sizes make no network, or the loss is not finite.
    """
    forecaster = VideoForecaster(
        settings(found, clips.frame[0], name),
        config.frames_in,
        config.frames_out,
        steps=found.steps,
        learning_rate=found.lr,
        batch_size=found.batch,
        check=checked(found.steps, 1)[0],
        plateau=1,
        fall=0.5,
        bfloat16=config.bfloat16,
        random_state=config.seed,
        checkpoint=folder / f"{name}.pt",
    )
    began = time.perf_counter()
    forecaster.fit(clips.train, clips.validation, lambda curriculum: _tell(curriculum, name, found.steps))
    return Learnt(forecaster, time.perf_counter() - began)


def checked(steps: int, checks: int) -> list[int]:
    """Steps after which a training of so many was checked, the first so many times.

    Parameters
    ----------
    steps, checks : int

    Examples
    --------
    >>> checked(100, 9)
    [12, 24, 36, 48, 60, 72, 84, 96, 100]
    """
    every = max(1, steps // CHECKS)
    return [min(each * every, steps) for each in range(1, checks + 1)]


def _tell(curriculum: ScheduledSampling, name: str, steps: int) -> None:
    """A line a check."""
    step, loss = checked(steps, len(curriculum.losses))[-1], curriculum.losses[-1]
    taught = f"true frames read: {curriculum.ratio:.0%}"
    print(f"  {name}: step {step:,} of {steps:,}, validation MSE {loss:.2f} per frame; {taught}", flush=True)
