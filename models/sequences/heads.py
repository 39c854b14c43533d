"""What the outputs of a network mean: their loss, and mean and bounds of a forecast."""

from typing import Protocol

import torch
from torch.nn.functional import softplus

from etl.engine.types import Tensor
from models.statespace.forecaster import normal_bounds

LEAST = 1e-4
"""Deviation of a Gaussian, in scales of a window."""


class Head(Protocol):
    """A meaning of outputs.

    Attributes
    ----------
    outputs : int
        Of a step.
    power : int
        Losses are multiplied by a window's ``unit`` to this power, so that errors of all windows count alike.
    """

    outputs: int
    power: int

    def loss(self, found: Tensor, truth: Tensor) -> Tensor:
        """Loss of each value, (B, horizon), of outputs (B, horizon, outputs) and truth (B, horizon)."""
        ...

    def point(self, found: Tensor) -> Tensor:
        """The value that outputs (..., outputs) stand for, (...)."""
        ...

    def bounds(self, found: Tensor, levels: tuple[float, ...]) -> Tensor:
        """Mean, or mean and then two bounds a level, (1 or 1 + 2 * levels, B, horizon)."""
        ...


class Point:
    """One output, the mean; bounds are left to errors of the validation windows."""

    outputs = 1
    power = 2

    def loss(self, found: Tensor, truth: Tensor) -> Tensor:
        """Squared error; see `Head`."""
        return (found[..., 0] - truth).square()

    def point(self, found: Tensor) -> Tensor:
        """The mean; see `Head`."""
        return found[..., 0]

    def bounds(self, found: Tensor, levels: tuple[float, ...]) -> Tensor:
        """The mean; see `Head`."""
        return found[..., 0][None]


class Gaussian:
    """Mean and deviation of a normal distribution, by its likelihood."""

    outputs = 2
    power = 0

    def loss(self, found: Tensor, truth: Tensor) -> Tensor:
        """Negative log likelihood without its constant; see `Head`."""
        mean, deviation = self._parts(found)
        return deviation.log() + ((truth - mean) / deviation).square() / 2

    def point(self, found: Tensor) -> Tensor:
        """The mean; see `Head`."""
        return found[..., 0]

    def bounds(self, found: Tensor, levels: tuple[float, ...]) -> Tensor:
        """Mean and bounds of the distribution; see `Head`."""
        mean, deviation = self._parts(found)
        return torch.stack(normal_bounds(mean, deviation.square(), levels))

    def _parts(self, found: Tensor) -> tuple[Tensor, Tensor]:
        return found[..., 0], softplus(found[..., 1]) + LEAST


class Quantile:
    """The median and quantiles about it, which never cross: each is a positive step from the one before.

    Parameters
    ----------
    levels : tuple of float
        Of the intervals, in percent.
    """

    power = 1

    def __init__(self, levels: tuple[float, ...]) -> None:
        if any(not 0 < level < 100 for level in levels):
            raise ValueError(f"a level is a percentage between 0 and 100, not {levels}")
        self.levels = tuple(sorted(set(levels)))
        self.outputs = 1 + 2 * len(self.levels)
        upper = [0.5 + level / 200 for level in self.levels]
        self.probabilities = (0.5, *(1 - each for each in upper), *upper)

    def loss(self, found: Tensor, truth: Tensor) -> Tensor:
        """Twice the mean pinball loss of the quantiles; see `Head`."""
        errors = truth[..., None] - self._quantiles(found)
        losses = [
            torch.maximum(p * error, (p - 1) * error)
            for p, error in zip(self.probabilities, errors.unbind(-1), strict=True)
        ]
        return 2 * torch.stack(losses).mean(0)

    def point(self, found: Tensor) -> Tensor:
        """The median; see `Head`."""
        return found[..., 0]

    def bounds(self, found: Tensor, levels: tuple[float, ...]) -> Tensor:
        """Median and quantiles; see `Head`.

        Raises
        ------
        ValueError
            It did not learn one of the levels.
        """
        if unknown := set(levels) - set(self.levels):
            raise ValueError(f"level {min(unknown)} is not one of {self.levels}, whose quantiles were learnt")
        ordered, count = self._quantiles(found).movedim(-1, 0), len(self.levels)
        at = [self.levels.index(level) for level in levels]
        return torch.stack([ordered[0], *(ordered[1 + each + side] for each in at for side in (0, count))])

    def _quantiles(self, found: Tensor) -> Tensor:
        """Median, those below it and those above it, nearest first."""
        median, below, above = found.split([1, len(self.levels), len(self.levels)], -1)
        return torch.cat(
            [median, median - softplus(below).cumsum(-1), median + softplus(above).cumsum(-1)], -1
        )
