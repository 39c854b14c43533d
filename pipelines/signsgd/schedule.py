"""Which examples a step sees, and at what rate it learns."""

import math
from typing import Any

import torch

from models.signsgd.zero_signs import key_of
from pipelines.signsgd.config import Config


def steps(config: Config, count: int) -> int:
    """Steps of all epochs; what does not fill a batch waits for the next epoch's order."""
    return config.epochs * max(1, count // config.batch)


def rows(config: Config, count: int, step: int) -> Any:
    """Examples of a step, of all workers together: each epoch has an order of its own."""
    epoch, place = divmod(step, max(1, count // config.batch))
    order = torch.randperm(count, generator=torch.Generator().manual_seed(key_of(epoch, config.seed)))
    return order[place * config.batch :][: config.batch]


def rate(lr: float, step: int, total: int) -> float:
    """Rate that falls from ``lr`` to zero by a half cosine.

    Examples
    --------
    >>> [round(rate(0.1, step, 4), 3) for step in range(4)]
    [0.1, 0.085, 0.05, 0.015]
    """
    return lr * (1 + math.cos(math.pi * step / total)) / 2
