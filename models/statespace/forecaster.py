"""What all forecasters share: reading series, leaving bad ones out, forecasts with intervals, anomalies.

After ``fit`` each has these attributes:

``kept_``
    Indices of the series that were fitted, int64 tensor.
``notes_``
    A text a series, list of str: empty where all went well, else why it was not fitted.
``iterations_``
    Steps of each kept series' search, int64 tensor (kept series,); ``n_iter_`` is the largest.
``stop_reason_``
    How many searches ended for which reason, str.
"""

import math
from typing import Protocol, Self

import torch
from sklearn.base import BaseEstimator

from etl.engine.types import Array, Frame, Tensor
from etl.handoff import from_torch
from models.statespace.lbfgs import REASONS
from models.statespace.panel import Panel, panel

LEVELS = (80, 95)
LARGE = 1e100
"""Values beyond it have squares that are near infinity."""
CONSTANT = "constant: the forecast is that value, with no width"


class Piece(Protocol):
    """Series of one model after their data."""

    def forecast(self, horizon: int, levels: tuple[float, ...]) -> list[Tensor]:
        """Mean, then the lower and upper bound of each level, each of shape (B, horizon)."""
        ...

    def scores(self) -> Tensor:
        """One-step errors over their standard deviations, shape (B, n)."""
        ...

    def after(self, y: Tensor, count: Tensor) -> "Piece":
        """The same after further values (B, n), of which the last ``count`` of each row are a series'."""
        ...


class _Forecaster(BaseEstimator):
    """``_needed`` values a series; ``_learn(y)`` gives pieces with their rows among the kept series."""

    panel_: Panel
    notes_: list[str]
    kept_: Tensor
    pieces_: list[tuple[Tensor, Piece]]

    def fit(self, X: Frame | Array, y: None = None) -> Self:
        """Fit each series by itself, all at once.

        Parameters
        ----------
        X : frame or array
            A long frame with ``unique_id``, ``ds``, ``y``, or an array of shape (series, time); NaN is a gap,
            and shorter series begin with NaN.
        y : ignored
        """
        self.panel_ = panel(X)
        values = self.panel_.y
        self.notes_ = series_notes(values, self._needed(), self._signed())
        good = [i for i, note in enumerate(self.notes_) if note in ("", CONSTANT)]
        self.kept_ = torch.tensor(good, dtype=torch.int64, device=values.device)
        self.n_iter_, self.stop_reason_, self.pieces_ = 0, "no series can be fitted", []
        if good:
            self.pieces_ = self._learn(values[self.kept_])
        return self

    def _needed(self) -> int:
        raise NotImplementedError

    def _signed(self) -> bool:
        """Whether series may hold values that are not positive."""
        return True

    def _learn(self, y: Tensor) -> list[tuple[Tensor, Piece]]:
        raise NotImplementedError

    def _ended(self, iterations: Tensor, reason: Tensor) -> None:
        self.iterations_ = iterations
        self.n_iter_ = int(iterations.max())
        counts = torch.bincount(reason, minlength=len(REASONS)).tolist()
        self.stop_reason_ = ", ".join(f"{r}: {c:,} series" for r, c in zip(REASONS, counts, strict=True) if c)

    def _gather(self, parts: list[tuple[Tensor, Tensor]], width: int) -> Array:
        """Rows for all series, NaN where one was not fitted, as the library of the data."""
        out = self.panel_.y.new_full((len(self.notes_), width), torch.nan)
        for rows, values in parts:
            out[self.kept_[rows]] = values
        return out if self.panel_.tensor else from_torch(out, self.panel_.engine)

    def _all(self, horizon: int, levels: tuple[float, ...]) -> list[Array]:
        if horizon < 1:
            raise ValueError(f"horizon is {horizon}; ask for 1 step or more")
        if any(not 0 < level < 100 for level in levels):
            raise ValueError(f"a level is a percentage between 0 and 100, not {levels}")
        found = [(rows, piece.forecast(horizon, levels)) for rows, piece in self.pieces_]
        count = 1 + 2 * len(levels)
        return [self._gather([(rows, values[i]) for rows, values in found], horizon) for i in range(count)]

    def predict(self, horizon: int) -> Array | Frame:
        """Forecasts of the next values.

        Parameters
        ----------
        horizon : int
            Steps, 1 or more.

        Returns
        -------
        array, shape (series, horizon), or frame
            Means, of the library that was given; for a frame, a frame of ``series * horizon`` rows with the
            columns ``unique_id, ds, mean, lo-80, hi-80, lo-95, hi-95``. Series that could not be fitted are
            NaN, and ``notes_`` says why.

        Raises
        ------
        ValueError
            The horizon is below 1.
        """
        if self.panel_.ids is None:
            return self._all(horizon, ())[0]
        mean, *bounds = self._all(horizon, LEVELS)
        names = [f"{side}-{level}" for level in LEVELS for side in ("lo", "hi")]
        return self.panel_.frame(horizon, {"mean": mean} | dict(zip(names, bounds, strict=True)))

    def predict_interval(self, horizon: int, level: float = 95) -> tuple[Array, Array]:
        """Bounds that hold the next values with ``level`` percent.

        Parameters
        ----------
        horizon : int
            Steps, 1 or more.
        level : float
            Between 0 and 100.

        Returns
        -------
        lower, upper : array, shape (series, horizon)

        Raises
        ------
        ValueError
            The horizon or the level is out of its range.
        """
        _, lower, upper = self._all(horizon, (level,))
        return lower, upper

    def anomaly_scores(self) -> Array:
        """One-step errors over their deviations, shape (series, time); NaN where nothing is predicted.

        Columns are those of ``panel_.y``, whose series all end in the last.
        """
        return self._gather([(rows, piece.scores()) for rows, piece in self.pieces_], self.panel_.y.shape[1])


def normal_bounds(mean: Tensor, variance: Tensor, levels: tuple[float, ...]) -> list[Tensor]:
    """Mean, then lower and upper bounds of a normal distribution.

    Parameters
    ----------
    mean, variance : tensor, shape (...)
        A variance below 0 counts as 0.
    levels : tuple of float
        Percentages between 0 and 100.

    Returns
    -------
    list of tensor, shape (...)
        The mean, then two bounds a level.

    Examples
    --------
    >>> one = torch.ones(1)
    >>> [round(float(bound), 2) for bound in normal_bounds(0 * one, one, (95,))]
    [0.0, -1.96, 1.96]
    """
    out, deviation = [mean], variance.clamp(min=0).sqrt()
    for level in levels:
        width = math.sqrt(2) * torch.erfinv(torch.tensor(level / 100, dtype=mean.dtype)).item() * deviation
        out += [mean - width, mean + width]
    return out


def first_value(y: Tensor) -> Tensor:
    """Index of each series' first value, int64 (B,), in ``y`` (B, n); n where there is none."""
    seen = ~torch.isnan(y)
    return torch.where(seen.any(1), seen.to(torch.uint8).argmax(1), y.shape[1])


def series_notes(y: Tensor, needed: int, signed: bool = True) -> list[str]:
    """Why each series cannot be fitted, or is constant; empty where it can.

    Parameters
    ----------
    y : tensor, shape (series, time)
        NaN is a gap.
    needed : int
        Values that a model takes.
    signed : bool
        Whether values may be 0 or less.
    """
    seen = ~torch.isnan(y)
    count, infinite = seen.sum(1).tolist(), torch.isinf(y).any(1).tolist()
    large = (y.abs() > LARGE).any(1).tolist()
    low, high = y.masked_fill(~seen, torch.inf).amin(1), y.masked_fill(~seen, -torch.inf).amax(1)
    flat = (low == high).tolist()
    negative = (low <= 0).tolist()
    out = []
    for values, bad, vast, constant, below in zip(count, infinite, large, flat, negative, strict=True):
        if not values:
            out.append("no value")
        elif bad:
            out.append("infinite values: replace them by NaN, or drop the series")
        elif vast:
            out.append(f"values beyond {LARGE:g}, whose squares are infinite: divide the series")
        elif below and not signed:
            out.append("values that are not positive: take an additive model")
        elif constant and values > 1:
            out.append(CONSTANT)
        elif values < needed:
            out.append(f"too short: {values} values, and the model needs {needed}")
        else:
            out.append("")
    return out
