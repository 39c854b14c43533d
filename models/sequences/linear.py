"""DLinear and NLinear (Zeng et al. 2023, arXiv 2205.13504), solved in closed form over all windows."""

import torch

from etl.engine.types import Tensor
from models.sequences.ridge import RidgeForecaster
from models.sequences.windows import Batch


class DLinear(RidgeForecaster):
    """A linear map of a window's trend and one of what the trend leaves, shared by all series.

    The trend is a moving average, whose ends repeat the first and last value (Zeng et al. 2023, 3.2). Both
    maps are linear in the window, so that together they are one; the penalty is on each. All weights are
    solved at once, by ridge regression, where the paper takes gradient steps.

    Parameters
    ----------
    horizon, lookback : int
        Steps to forecast, and steps that are looked at.
    season : float or tuple of float
        Steps of periods whose phase (sine, cosine) is a feature; 1 is none.
    levels : tuple of int
        Of intervals, in percent.
    scaling : {"window", "last", "series", "global"}
        What is subtracted from each window, and added again: its mean, its last value, the mean of
        its series so far, or that of all.
    kernel : int
        Steps of the moving average, odd.
    strengths : tuple of float, optional
        Ridge penalties that are tried on validation windows, in mean squares of the features.

    Attributes
    ----------
    weights_ : tensor, shape (horizon, features)
    strength_ : float
    n_iter_, stop_reason_
        How many strengths were compared, and which was taken.
    notes_, parted_, validation_, widths_
        See `models.sequences.base`.

    Examples
    --------
    >>> import numpy
    >>> wave = numpy.sin(numpy.arange(100) / 3)[None]
    >>> bool(abs(DLinear(4, 12).fit(wave).predict() - numpy.sin(numpy.arange(100, 104) / 3)).max() < 1e-3)
    True
    """

    def __init__(
        self,
        horizon: int,
        lookback: int,
        *,
        season: float | tuple[float, ...] = 1,
        levels: tuple[int, ...] = (80, 95),
        scaling: str = "series",
        kernel: int = 25,
        strengths: tuple[float, ...] | None = None,
    ) -> None:
        self.horizon = horizon
        self.lookback = lookback
        self.season = season
        self.levels = levels
        self.scaling = scaling
        self.kernel = kernel
        self.strengths = strengths

    def _check(self) -> None:
        super()._check()
        if self.kernel < 1 or self.kernel % 2 == 0:
            raise ValueError(f"kernel is {self.kernel}; give an odd number of steps, 1 or more")

    def _design(self, batch: Batch) -> Tensor:
        values = batch.window[..., 0] * batch.unit
        half = self.kernel // 2
        ends = [values[:, :1].expand(-1, half), values, values[:, -1:].expand(-1, half)]
        trend = torch.cat(ends, 1).unfold(1, self.kernel, 1).mean(2)
        return torch.cat([trend, values - trend, *self._beside(batch)], 1)


class NLinear(RidgeForecaster):
    """A linear map of a window without its last value, which is added again; shared by all series.

    Solved at once by ridge regression over all windows (Zeng et al. 2023, 3.2, take gradient steps).

    Parameters
    ----------
    horizon, lookback, season, levels, strengths
        See `DLinear`.

    Attributes
    ----------
    weights_, strength_, n_iter_, stop_reason_
        See `DLinear`.
    notes_, parted_, validation_, widths_
        See `models.sequences.base`.

    Examples
    --------
    >>> import numpy
    >>> line = numpy.arange(60.0)[None]
    >>> NLinear(3, 4).fit(line).predict().round(3)
    array([[60., 61., 62.]])
    """

    scaling = "last"

    def __init__(
        self,
        horizon: int,
        lookback: int,
        *,
        season: float | tuple[float, ...] = 1,
        levels: tuple[int, ...] = (80, 95),
        strengths: tuple[float, ...] | None = None,
    ) -> None:
        self.horizon = horizon
        self.lookback = lookback
        self.season = season
        self.levels = levels
        self.strengths = strengths

    def _design(self, batch: Batch) -> Tensor:
        return torch.cat([batch.window[..., 0] * batch.unit, *self._beside(batch)], 1)
