"""How a classifier in factors learns again, and how well it does."""

from typing import NamedTuple

import torch
from torch.nn import functional

from etl.engine.types import Module, Tensor


class Examples(NamedTuple):
    """What is learnt again, and what is held out to judge: inputs (n, ...) and classes (n,)."""

    x: Tensor
    y: Tensor
    held_x: Tensor
    held_y: Tensor


def tune(model: Module, data: Examples, epochs: int, lr: float, batch_size: int, seed: int) -> None:
    """Adam on the cross entropy; the rate falls to zero by a half cosine.

    Parameters
    ----------
    model : torch.nn.Module
    data : Examples
    epochs : int
    lr : float
    batch_size : int
    seed : int
    """
    generator = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.Adam(model.parameters(), lr)
    steps = epochs * -(-len(data.y) // batch_size)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, max(steps, 1))
    model.train()
    for _ in range(epochs):
        for rows in torch.randperm(len(data.y), generator=generator).to(data.y.device).split(batch_size):
            optimiser.zero_grad()
            functional.cross_entropy(model(data.x[rows]), data.y[rows]).backward()
            optimiser.step()
            schedule.step()
    model.eval()


def accuracy(model: Module, data: Examples) -> float:
    """Share of held-out examples whose class has the highest score.

    Parameters
    ----------
    model : torch.nn.Module
    data : Examples
    """
    with torch.no_grad():
        right = [
            (model(x).argmax(1) == y).sum()
            for x, y in zip(data.held_x.split(500), data.held_y.split(500), strict=True)
        ]
    return float(torch.stack(right).sum()) / len(data.held_y)
