"""When a decoder is given the truth in training, and when its own output.

Source: Bengio, Vinyals, Jaitly, Shazeer, "Scheduled sampling for sequence prediction with recurrent neural
networks", NeurIPS 2015, section 2.4.
"""

import math
from dataclasses import dataclass
from typing import Literal, get_args

import torch

from etl.engine.types import Tensor, TorchDevice

Fall = Literal["linear", "inverse_sigmoid", "none"]

STRIDE = 1_000_003
"""Between the draws of two seeds."""


@dataclass(frozen=True)
class Sampling:
    """The truth is given with a probability that falls, drawn for each sample and each step by itself.

    Attributes
    ----------
    fall : {"linear", "inverse_sigmoid", "none"}
        In a straight line; as k / (k + exp(step / k)), which is a half at half of the steps; or not at all.
    steps : int
        Steps of training in which it falls from ``first`` to ``last``.
    first, last : float
        Probabilities.
    seed : int
        Draws depend on it and on the step alone, so that a training that goes on draws the same.

    Raises
    ------
    ValueError
        One of them is out of its range.

    Examples
    --------
    >>> [Sampling("linear", 100).share(step) for step in (0, 25, 200)]
    [1.0, 0.75, 0.0]
    >>> [round(Sampling("inverse_sigmoid", 1000).share(step), 2) for step in (0, 500, 1000)]
    [0.99, 0.5, 0.01]
    """

    fall: Fall = "linear"
    steps: int = 500
    first: float = 1.0
    last: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.fall not in get_args(Fall):
            raise ValueError(f"fall is {self.fall!r}; it must be one of {', '.join(get_args(Fall))}")
        if self.steps < 1:
            raise ValueError(f"steps is {self.steps}; the truth is given in 1 step of training or more")
        for name, share in (("first", self.first), ("last", self.last)):
            if not 0 <= share <= 1:
                raise ValueError(f"{name} is {share}; a probability is between 0 and 1")

    def share(self, step: int) -> float:
        """Probability of the truth at a step of training."""
        if self.fall == "none":
            return self.first
        if self.fall == "linear":
            left = max(0.0, 1 - step / self.steps)
        else:
            k = pace(self.steps)
            left = k / (k + math.exp(min(step / k, 700.0)))
        return self.last + (self.first - self.last) * left

    def draw(self, step: int, shape: tuple[int, int], device: TorchDevice) -> Tensor:
        """Where the truth is given.

        Parameters
        ----------
        step : int
            Of training.
        shape : (samples, horizon)
        device : torch.device

        Returns
        -------
        tensor of bool, of that shape
        """
        generator = torch.Generator(device).manual_seed(self.seed * STRIDE + step)
        drawn = torch.rand(shape, generator=generator, device=device)
        return drawn < self.share(step)


def pace(steps: int) -> float:
    """k of the inverse sigmoid that is a half at ``steps / 2``: k log k = steps / 2, by Newton's method."""
    k = 1.0 + steps / 2
    for _ in range(40):
        k -= (k * math.log(k) - steps / 2) / (math.log(k) + 1)
    return k
