"""Windows of many series, cut on their device: what came before a time, and what came after."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from etl.engine.types import Tensor
from models.statespace.standing import filled

SCALINGS = ("window", "last", "series", "global")
FLOOR = 0.1
"""Share of a series' own deviation that is added, in squares, to that of each window: some are flat."""


@dataclass(frozen=True)
class Batch:
    """Windows, scaled; B of them.

    Attributes
    ----------
    window : tensor, shape (B, lookback, 1 + features)
        Values, gaps filled by the value before, and what is known of each step.
    known : tensor, shape (B, horizon, features)
        What is known of the steps to come.
    target : tensor, shape (B, horizon)
        Values to come, NaN where they are missing.
    centre, scale : tensor, shape (B, 1)
        ``target * scale + centre`` is in the unit of the series.
    unit : tensor, shape (B, 1)
        ``scale`` over the deviation of the series: errors of scaled values, multiplied, count alike.
    """

    window: Tensor
    known: Tensor
    target: Tensor
    centre: Tensor
    scale: Tensor
    unit: Tensor

    def restored(self, values: Tensor) -> Tensor:
        """Scaled values (..., B, horizon) in the unit of the series."""
        return values * self.scale + self.centre


@dataclass(frozen=True)
class Windows:
    """Series from which windows are cut.

    Attributes
    ----------
    y : tensor, shape (series, time + horizon)
        NaN is a gap; the last ``horizon`` columns are to come.
    past : tensor, shape (series, time + horizon)
        The same with gaps filled.
    features : tensor, shape (series, time + horizon, features)
    mean, deviation : tensor, shape (series, 1)
        Of each series.
    together : (mean, deviation)
        Of all series, where scaling is global.
    lookback, horizon : int
    scaling : {"window", "last", "series", "global"}
        By mean and deviation of the window, the same about its last value, those of its series, or of all.
    dtype : torch.dtype
        Of what is cut.
    """

    y: Tensor
    past: Tensor
    features: Tensor
    mean: Tensor
    deviation: Tensor
    together: tuple[float, float]
    lookback: int
    horizon: int
    scaling: str
    dtype: torch.dtype

    @property
    def starts(self) -> int:
        """Windows of a series of which all steps to come are within the data."""
        return self.y.shape[1] - self.lookback - 2 * self.horizon + 1

    def usable(self) -> Tensor:
        """Whether a window has a value at or before its first step, and one to come, (series, starts)."""
        begun = ~torch.isnan(self.past[:, : self.starts])
        seen = torch.nn.functional.pad((~torch.isnan(self.y)).long().cumsum(1), (1, 0))
        first = self.lookback + torch.arange(self.starts, device=self.y.device)
        return begun & (seen[:, first + self.horizon] > seen[:, first])

    def cut(self, series: Tensor, start: Tensor) -> Batch:
        """Windows by series and first column.

        Parameters
        ----------
        series, start : tensor of int64, shape (B,)

        Returns
        -------
        Batch
        """
        before = start[:, None] + torch.arange(self.lookback, device=start.device)
        after = start[:, None] + self.lookback + torch.arange(self.horizon, device=start.device)
        row = series[:, None]
        values = self.past[row, before]
        centre, scale = self._scale(series, values)
        window = torch.cat([((values - centre) / scale)[..., None], self.features[row, before]], 2)
        target = (self.y[row, after] - centre) / scale
        parts = (window, self.features[row, after], target)
        cast = [part.to(self.dtype) for part in parts]
        return Batch(cast[0], cast[1], cast[2], centre, scale, scale / self.deviation[series])

    def _scale(self, series: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        mean, deviation = self.mean[series], self.deviation[series]
        if self.scaling == "global":
            mean, deviation = (torch.full_like(mean, part) for part in self.together)
        if self.scaling in ("series", "global"):
            return mean, deviation
        centre = values.mean(1, keepdim=True) if self.scaling == "window" else values[:, -1:]
        own = values.var(1, correction=0, keepdim=True)
        return centre, (own + (FLOOR * deviation).square()).sqrt()


def windows(
    y: Tensor,
    features: Tensor,
    lookback: int,
    horizon: int,
    scaling: str = "window",
    together: tuple[float, float] = (0.0, 1.0),
    dtype: torch.dtype = torch.float32,
) -> Windows:
    """Make series ready for windows.

    Parameters
    ----------
    y : tensor of float64, shape (series, time)
        NaN is a gap.
    features : tensor, shape (series or 1, time + horizon, features)
    lookback, horizon : int
    scaling : {"window", "last", "series", "global"}
    together : (mean, deviation)
        Of all series, where scaling is global.
    dtype : torch.dtype
        Of what is cut.
    """
    longer = torch.nn.functional.pad(y, (0, horizon), value=torch.nan)
    mean, deviation = moments(y, 1)
    deviation = torch.where(deviation > 0, deviation, 1.0)
    every, cut = features.expand(len(y), -1, -1), (lookback, horizon, scaling, dtype)
    return Windows(longer, filled(longer), every, mean, deviation, together, *cut)


def moments(y: Tensor, axis: int | None = None) -> tuple[Tensor, Tensor]:
    """Mean and deviation of the values that are known.

    Parameters
    ----------
    y : tensor, shape (series, time)
        NaN is a gap.
    axis : int, optional
        1 for those of each series, (series, 1); by default of all together.

    Examples
    --------
    >>> [float(part) for part in moments(torch.tensor([[1.0, torch.nan, 3.0]]))]
    [2.0, 1.0]
    """
    if axis is None:
        y, axis = y.reshape(1, -1), 1
    mean = y.nanmean(axis, keepdim=True)
    return mean, (y - mean).square().nanmean(axis, keepdim=True).sqrt()


def phases(first: Tensor, steps: int, periods: Sequence[float]) -> Tensor:
    """Sine and cosine of the place in each period.

    Parameters
    ----------
    first : tensor of int64, shape (series or 1,)
        Number of each series' first step.
    steps : int
    periods : sequence of float
        Steps; those of 1 or less have no phase.

    Returns
    -------
    tensor, shape (series or 1, steps, 2 * periods)

    Examples
    --------
    >>> phases(torch.tensor([0]), 3, [4]).round()
    tensor([[[ 0.,  1.],
             [ 1.,  0.],
             [ 0., -1.]]], dtype=torch.float64)
    """
    step = (first[:, None] + torch.arange(steps, device=first.device)).double()
    turns = [2 * math.pi * (step % period) / period for period in periods if period > 1]
    waves = [wave for turn in turns for wave in (turn.sin(), turn.cos())]
    return torch.stack(waves, 2) if waves else step.new_zeros(len(step), steps, 0)
