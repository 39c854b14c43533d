"""ConvLSTM and Conv-TT-LSTM on a GPU in bfloat16, for the same steps within minutes, and what they cost.

One command: ``python -m benchmarks.video --device-curves --data MNIST.npz --out device-video.json``. What it
found so far is written after each part, so that a machine that is taken away leaves it.
"""

import time
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import torch

from benchmarks import harness
from benchmarks.video.chain_step import chain_steps
from benchmarks.video.run import Config, Row
from etl.engine import Engine, choose
from etl.engine.types import Tensor, TorchDevice
from etl.handoff import on_device, to_torch
from etl.video.digits import Use, digits
from etl.video.moving_digits import MovingDigits
from models.video.curriculum import ScheduledSampling
from models.video.forecaster import VideoForecaster
from models.video.metrics import CONVENTIONS, black, copy_last, mse, ssim
from models.video.network import NetworkSettings

PROBE = 8
"""Steps by which the time of one is measured."""
MOST = 20_000
SEEDS: dict[Use, int] = {"train": 0, "validation": 1, "test": 2}


@dataclass(frozen=True)
class Task:
    """What is learnt, and where."""

    networks: dict[str, NetworkSettings]
    canvas: int
    digit: int
    read: int
    """Frames."""
    predicted: int
    """Frames, while learning."""
    judged: int
    """Frames, when judged."""
    batch: int
    clips: int
    """To compare on, and to judge by."""


WHOLE = Task(
    {"ConvLSTM": NetworkSettings.conv_lstm(), "Conv-TT-LSTM": NetworkSettings()}, 64, 28, 10, 10, 30, 16, 128
)
SMALL = Task(
    {
        "ConvLSTM": NetworkSettings.conv_lstm(hidden=(3, 3), layers=1, kernel=3),
        "Conv-TT-LSTM": NetworkSettings(hidden=(3, 3), layers=1, kernel=3, rank=2),
    },
    *(16, 8, 3, 2, 4, 2, 4),
)


class Made:
    """Clips of moving digits as tensors on a device, made there where CuPy is, else uploaded."""

    def __init__(self, source: MovingDigits, engine: Engine, device: TorchDevice) -> None:
        self.source, self.engine, self.device = source, engine, device

    def clips(self, numbers: range) -> Tensor:
        """See `models.video.clips.Source`."""
        found = self.source.clips(numbers)
        return to_torch(found) if self.engine.name == "gpu" else on_device(found, self.device)


def main(config: Config) -> list[Row]:
    """Train, judge and measure; returns a row a network, and those of the baselines and of the chain."""
    task = SMALL if config.small else WHOLE
    device = torch.device("cuda" if torch.cuda.is_available() and not config.small else "cpu")
    engine = _engine(device)
    print(f"on {device}; clips by {engine.name}: {engine.reason}", flush=True)
    sources = {use: _made(task, use, config, engine, device) for use in SEEDS}
    validation, test = (sources[use].clips(range(task.clips)) for use in ("validation", "test"))
    steps = config.steps or _affordable(task, sources["train"], validation, config.minutes)
    rows = _baselines(task, test)
    for name in task.networks:
        rows.append(_learnt(task, name, sources["train"], validation, test, steps))
        _write(config, rows)
    rows += chain_steps(device, config.small)
    _write(config, rows)
    return rows


def _engine(device: TorchDevice) -> Engine:
    """The GPU's, where RAPIDS is there too."""
    if device.type == "cpu":
        return choose("cpu")
    try:
        return choose("gpu")
    except RuntimeError as error:
        print(f"clips are made on the CPU: {error}", flush=True)
        return choose("cpu")


def _made(task: Task, use: Use, config: Config, engine: Engine, device: TorchDevice) -> Made:
    images = digits(config.data, use, engine, task.digit)
    frames = task.read + (task.judged if use == "test" else task.predicted)
    canvas = (task.canvas, task.canvas)
    return Made(MovingDigits(images, canvas, frames=frames, seed=SEEDS[use]), engine, device)


def _forecaster(task: Task, name: str, steps: int) -> VideoForecaster:
    return VideoForecaster(
        task.networks[name],
        task.read,
        task.predicted,
        steps=steps,
        batch_size=task.batch,
        check=max(steps // 20, 1),
        plateau=1,
        fall=0.1,
        bfloat16=True,
    )


def _affordable(task: Task, source: Made, validation: Tensor, minutes: float) -> int:
    """Steps that both networks can make in the time, by the time of some."""
    seconds = 0.0
    for name in task.networks:
        clock: list[float] = []
        found = _forecaster(task, name, 3 * PROBE).set_params(check=PROBE)
        found.fit(source, validation[: task.batch], lambda _, clock=clock: clock.append(time.perf_counter()))
        seconds += (clock[-1] - clock[-2]) / PROBE
    steps = max(20, min(MOST, int(0.85 * 60 * minutes / seconds)))
    print(f"{steps:,} steps each: {seconds:.3f} s for one of both, in {minutes:g} minutes", flush=True)
    return steps


def _learnt(task: Task, name: str, source: Made, validation: Tensor, test: Tensor, steps: int) -> Row:
    """Train one network and judge it."""
    device = test.device
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats()
    clock = [time.perf_counter()]

    def watch(curriculum: ScheduledSampling) -> None:
        clock.append(time.perf_counter())
        print(f"{name}: MSE {curriculum.losses[-1]:.2f}, ratio {curriculum.ratio:.2f}", flush=True)

    found = _forecaster(task, name, steps).fit(source, validation, watch)
    apart = [after - before for before, after in pairwise(clock)]
    peak = torch.cuda.max_memory_allocated() / 2**20 if device.type == "cuda" else None
    predicted = found.predict(test[:, : task.read], task.judged)
    told = {
        "network": name,
        "device": torch.cuda.get_device_name() if device.type == "cuda" else "cpu",
        "parameters": sum(each.numel() for each in found.network_.parameters()),
        "steps": steps,
        "batch": task.batch,
        "steps_a_second": max(steps // 20, 1) / median(apart),
        "peak_mb": peak,
        "mse_by_check": found.losses_,
    }
    return told | _judged(test[:, task.read :], predicted)


def _baselines(task: Task, test: Tensor) -> list[Row]:
    seen, truth = test[:, : task.read], test[:, task.read :]
    found = {"black": black(seen, task.judged), "copy last": copy_last(seen, task.judged)}
    return [{"network": name} | _judged(truth, each) for name, each in found.items()]


def _judged(truth: Tensor, predicted: Tensor) -> Row:
    """MSE summed over a frame and SSIM in each convention, by frame: 10 -> 10 is the first third."""
    similar = {f"ssim {name}": ssim(truth, predicted, name).mean(0).tolist() for name in CONVENTIONS}
    return {"mse": mse(truth, predicted).mean(0).tolist(), **similar}


def _write(config: Config, rows: list[Row]) -> None:
    if config.out:
        harness.write(config.out, rows, versions={"torch": torch.__version__})
