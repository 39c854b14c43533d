"""What one worker sees of its gradients: whether votes will go along them, and what they cost."""

from dataclasses import asdict
from statistics import median
from time import perf_counter
from typing import Any

import torch

from models.signsgd import codec
from models.signsgd.advisor import Tally
from models.signsgd.monitors import Moments
from models.signsgd.network_model import Codec
from pipelines.signsgd.config import Config
from pipelines.signsgd.data import Task

MICRO = 32
"""Micro-batches of a look."""


def gradient(task: Task, network: Any, rows: Any) -> Any:
    """Gradient of some examples, (d,)."""
    x, truth = task.batch(rows)
    parts = torch.autograd.grad(task.loss(network(x), truth), list(network.parameters()))
    return torch.cat([part.reshape(-1) for part in parts])


def look(config: Config, task: Task, network: Any, step: int) -> dict[str, float]:
    """Health of the gradients, and how far votes of the workers go along the gradient.

    Micro-batches are as large as a worker's; see `models.signsgd.monitors.Health`.
    """
    size = max(1, config.batch // config.workers)
    generator = torch.Generator().manual_seed(step)
    moments, tally = Moments(), Tally()
    for _ in range(MICRO):
        found = gradient(task, network, torch.randint(task.count, (size,), generator=generator))
        if not codec.finite(found):
            return {}
        moments.push(found)
        tally.push(found)
    health = {name: float(value) for name, value in asdict(moments.health()).items()}
    ahead = {"efficiency": tally.efficiency(config.workers), "error": _error(tally, config.workers)}
    return {"step": step} | health | ahead


def _error(tally: Tally, workers: int) -> float:
    one, other = tally.halves(workers)
    return abs(one - other) / 2


def cost(config: Config, task: Task, device: Any) -> dict[str, Any]:
    """Shapes of the parameters, seconds of a worker's gradient, and seconds a coordinate of the codec."""
    torch.manual_seed(config.seed)
    network = task.make().to(device)
    size, times = max(1, config.batch // config.workers), []
    for _ in range(7):
        began = perf_counter()
        gradient(task, network, torch.arange(size) % task.count)
        times.append(perf_counter() - began)
    measured = Codec.measured(codec.pack, codec.majority, lambda words: codec.unpack(words, len(words) * 64),
                              size=2**20, device=str(device))  # fmt: skip
    return {
        "shapes": [list(p.shape) for p in network.parameters()],
        "compute": median(times),
        "codec": asdict(measured),
    }
