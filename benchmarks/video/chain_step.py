"""A training step of the tensor-train cell, evaluated as a chain, beside that of `torch.nn.LSTM`.

On a GPU the latter is cuDNN's. The chain's is measured as it is written and, on a GPU, as one CUDA graph.
"""

import time
from collections.abc import Callable
from statistics import median

import torch
from torch import nn

from benchmarks.video.run import Row
from etl.engine.types import Module, Tensor, TorchDevice
from models.sequences.cell import Cell

BATCH, STEPS, INPUTS, HIDDEN = 128, 50, 16, 64
TURNS = 20


class Chain(nn.Module):
    """The cell over all steps, from (batch, steps, inputs) to (batch, steps, hidden)."""

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        self.cell = Cell(inputs, hidden, order=3, lags=3, rank=4)

    def forward(self, x: Tensor) -> Tensor:
        """Hidden states."""
        return self.cell(x)[0]


class Recurrent(nn.Module):
    """`torch.nn.LSTM`, of the same shapes."""

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(inputs, hidden, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        """Hidden states."""
        return self.lstm(x)[0]


def chain_steps(device: TorchDevice, small: bool = False) -> list[Row]:
    """Milliseconds of a forward and a backward pass.

    Parameters
    ----------
    device : torch.device
    small : bool
        Tiny sizes.
    """
    batch, steps, hidden = (4, 5, 8) if small else (BATCH, STEPS, HIDDEN)
    torch.manual_seed(0)
    x = torch.randn(batch, steps, INPUTS, device=device)
    chain, lstm = (kind(INPUTS, hidden).to(device) for kind in (Chain, Recurrent))
    made: dict[str, Callable[[], object]] = {
        "chain, order 3, 3 lags, rank 4": lambda: _step(chain, x),
        "torch.nn.LSTM": lambda: _step(lstm, x),
    }
    if device.type == "cuda":
        graphed = torch.cuda.make_graphed_callables(Chain(INPUTS, hidden).to(device), (x,))
        made["chain as one CUDA graph"] = lambda: _step(graphed, x)
    sizes = {"batch": batch, "steps": steps, "hidden": hidden}
    return [{"step": name, "ms": _milliseconds(work, device), **sizes} for name, work in made.items()]


def _step(network: Module, x: Tensor) -> None:
    network.zero_grad()
    network(x).square().mean().backward()


def _milliseconds(work: Callable[[], object], device: TorchDevice) -> float:
    """Median of some turns after the first."""
    found = []
    for _ in range(TURNS + 1):
        started = time.perf_counter()
        work()
        if device.type == "cuda":
            torch.cuda.synchronize()
        found.append(time.perf_counter() - started)
    return 1000 * median(found[1:])
