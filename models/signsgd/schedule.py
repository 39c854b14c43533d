"""Which examples a step sees, and at what rate it learns."""

import math
from dataclasses import dataclass

import torch

from etl.engine.types import Tensor
from models.signsgd.zero_signs import key_of


@dataclass(frozen=True)
class Schedule:
    """Steps over the examples, the same in every process.

    Attributes
    ----------
    count : int
        Examples to learn from.
    batch : int
        Examples of a step, of all workers together.
    epochs : int
    seed : int
        Of the order of examples.

    Examples
    --------
    >>> four = Schedule(count=9, batch=4, epochs=2, seed=0)
    >>> four.steps, [round(four.rate(0.1, step), 3) for step in range(4)]
    (4, [0.1, 0.085, 0.05, 0.015])
    """

    count: int
    batch: int
    epochs: int
    seed: int

    @property
    def epoch_steps(self) -> int:
        """Steps of an epoch; what does not fill a batch waits for the next epoch's order."""
        return max(1, self.count // self.batch)

    @property
    def steps(self) -> int:
        """Steps of all epochs."""
        return self.epochs * self.epoch_steps

    def rows(self, step: int) -> Tensor:
        """Examples of a step, of all workers together, int64: each epoch has an order of its own."""
        epoch, number = divmod(step, self.epoch_steps)
        generator = torch.Generator().manual_seed(key_of(epoch, self.seed))
        order = torch.randperm(self.count, generator=generator)
        return order[number * self.batch :][: self.batch]

    def rate(self, lr: float, step: int) -> float:
        """Rate that falls from ``lr`` to zero by a half cosine."""
        return lr * (1 + math.cos(math.pi * step / self.steps)) / 2
