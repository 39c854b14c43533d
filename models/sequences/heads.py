"""What the outputs of a network mean: their loss, and mean and bounds of a forecast."""

from typing import Protocol

from etl.engine.types import Tensor


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

    def bounds(self, found: Tensor, levels: tuple[float, ...]) -> Tensor:
        """The mean; see `Head`."""
        return found[..., 0][None]
