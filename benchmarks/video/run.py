"""Video by Conv-TT-LSTM and by ConvLSTM, a part at a time: ``python -m benchmarks.video --parameters``.

See `harness.run_part` for what a part is and how to add one.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import harness

Row = dict[str, Any]
PARTS = {
    "parameters": "benchmarks.video.parameters",
    "baselines": "benchmarks.video.baselines",
    "learn": "benchmarks.video.learn",
    "device_curves": "benchmarks.video.curves",
}
"""Modules of the parts by the option that asks for each."""


@dataclass(frozen=True)
class Config:
    """Networks that predict video."""

    parameters: bool = False
    """Parameters and multiplications of the published networks, on the meta device, as JSON."""
    baselines: bool = False
    """Black frames and the last frame on Moving MNIST, in all units and conventions."""
    learn: bool = False
    """One digit that moves, five frames from five, learnt on the CPU, beside simple predictions."""
    device_curves: bool = False
    """Both networks in bfloat16 on a GPU: errors by frame, steps a second, memory; and the chain's step."""
    small: bool = False
    """Tiny networks and clips, to try that command on a CPU."""
    minutes: float = 7.0
    """Of all training on the GPU; the number of steps follows from it, unless one is given."""
    data: Path | None = None
    """MNIST's images as .npz; scikit-learn's digits are enlarged without it."""
    seeds: int = 3
    """Trainings of each network and rate."""
    steps: int = 0
    """Batches of a training; a part has its own number by default."""
    rates: tuple[float, ...] = ()
    """Learning rates to choose from; a part has its own by default."""
    workers: int = 2
    """Trainings at a time, of a thread each."""
    out: Path | None = None
    """JSON file to write."""


def main(config: Config) -> list[Row]:
    """Run the one part that is asked for; returns its rows."""
    return harness.run_part(PARTS, config)
