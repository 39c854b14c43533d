"""Gradients of one worker: whether votes will go along them, and what they cost."""

from dataclasses import asdict
from statistics import median
from time import perf_counter
from typing import Any

import torch

from etl.engine.types import Module, Tensor, TorchDevice
from models.signsgd import codec
from models.signsgd.advisor import Tally
from models.signsgd.monitors import Moments
from models.signsgd.network_model import Codec
from models.signsgd.tasks import Task

MICRO = 32
"""Micro-batches by which gradients are judged."""
TIMES = 7
"""Gradients that are timed."""


def gradient(task: Task, network: Module, rows: Tensor) -> Tensor:
    """Gradient of the mean loss of some examples, float, shape (d,).

    Parameters
    ----------
    task : Task
    network : Module
    rows : int64 tensor, shape (n,)
        Numbers of the examples.
    """
    x, truth = task.batch(rows)
    parts = torch.autograd.grad(task.loss(network(x), truth), list(network.parameters()))
    return torch.cat([part.reshape(-1) for part in parts])


def gradient_health(task: Task, network: Module, step: int, *, batch: int, workers: int) -> dict[str, float]:
    """Health of the gradients, and how far votes of the workers go along the gradient.

    Parameters
    ----------
    task : Task
    network : Module
    step : int
        Noted, and the seed of the micro-batches.
    batch : int
        Examples of a step, of all workers; micro-batches are as large as a worker's.
    workers : int

    Returns
    -------
    dict
        ``step``, fields of `models.signsgd.monitors.Health`, ``efficiency`` and its ``error``; empty where a
        gradient is not finite.
    """
    size = max(1, batch // workers)
    generator = torch.Generator().manual_seed(step)
    moments, tally = Moments(), Tally()
    for _ in range(MICRO):
        found = gradient(task, network, torch.randint(task.count, (size,), generator=generator))
        if not codec.finite(found):
            return {}
        moments.push(found)
        tally.push(found)
    health = {name: float(value) for name, value in asdict(moments.health()).items()}
    first, second = tally.halves(workers)
    ahead = {"efficiency": tally.efficiency(workers), "error": abs(first - second) / 2}
    return {"step": step} | health | ahead


def step_cost(task: Task, device: TorchDevice, *, size: int, seed: int) -> dict[str, Any]:
    """Shapes of the parameters, seconds of a worker's gradient, and seconds a coordinate of the codec.

    Parameters
    ----------
    task : Task
    device : torch.device
    size : int
        Examples of a worker's share of a step.
    seed : int
        Of the network's weights.

    Returns
    -------
    dict
        ``shapes``, list of lists; ``compute``, median seconds; ``codec``, a dict of
        `models.signsgd.network_model.Codec`.
    """
    torch.manual_seed(seed)
    network, times = task.make().to(device), []
    for _ in range(TIMES):
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
