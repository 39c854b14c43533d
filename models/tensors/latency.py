"""Seconds of modules on a batch, measured in turns."""

import statistics
import time
from collections.abc import Callable, Mapping
from functools import partial

import torch

from etl.engine.types import Module, Tensor

PAIRS = 15
"""Times that two modules are measured in turns."""
Timer = Callable[[Module, Tensor], float]


def inputs_of(model: Module, layers: Mapping[str, Module], batch: Tensor) -> dict[str, Tensor]:
    """What each layer is given when the model sees a batch.

    Parameters
    ----------
    model : torch.nn.Module
    layers : mapping of str to torch.nn.Module
        Some of its submodules.
    batch : Tensor
    """
    held: dict[str, Tensor] = {}

    def keep(name: str, given: tuple[Tensor, ...]) -> None:
        held[name] = given[0]

    hooks = [
        layer.register_forward_pre_hook(lambda _, given, name=name: keep(name, given))
        for name, layer in layers.items()
    ]
    with torch.no_grad():
        model(batch)
    for hook in hooks:
        hook.remove()
    return held


def measured(module: Module, batch: Tensor) -> float:
    """Seconds of a module on a batch; of a GPU, until it has ended.

    Parameters
    ----------
    module : torch.nn.Module
    batch : Tensor
    """
    ready = partial(torch.cuda.synchronize, batch.device) if batch.is_cuda else (lambda: None)
    with torch.no_grad():
        ready()
        started = time.perf_counter()
        module(batch)
        ready()
    return time.perf_counter() - started


def in_pairs(one: Module, other: Module, batch: Tensor, timer: Timer) -> tuple[float, float]:
    """Median seconds of two modules on a batch, measured in turns.

    Parameters
    ----------
    one, other : torch.nn.Module
    batch : Tensor
    timer : callable
    """
    timer(one, batch), timer(other, batch)
    pairs = [(timer(one, batch), timer(other, batch)) for _ in range(PAIRS)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)
