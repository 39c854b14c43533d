"""What all forecasters share: reading series, setting bad ones aside, forecasts with intervals, anomalies."""

import math
from typing import Any, Protocol

import torch
from sklearn.base import BaseEstimator

from models.statespace.lbfgs import REASONS
from models.statespace.panel import Panel, panel

LEVELS = (80, 95)
CONSTANT = "constant: the forecast is that value, with no width"


class Piece(Protocol):
    """Series of one model after their data."""

    def forecast(self, horizon: int, levels: tuple[float, ...]) -> list[Any]:
        """Mean, then the lower and upper bound of each level, each of shape (B, horizon)."""
        ...

    def scores(self) -> Any:
        """One-step errors over their standard deviations, shape (B, n)."""
        ...


class _Forecaster(BaseEstimator):
    """``_needed`` values a series; ``_learn(y)`` gives pieces with their rows."""

    panel_: Panel
    notes_: list[str]
    kept_: Any
    pieces_: list[tuple[Any, Piece]]

    def fit(self, X: Any, y: Any = None) -> Any:
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
        self.notes_ = _notes(values, self._needed(), self._signed())
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

    def _learn(self, y: Any) -> list[tuple[Any, Piece]]:
        raise NotImplementedError

    def _ended(self, iterations: Any, reason: Any) -> None:
        self.iterations_ = iterations
        self.n_iter_ = int(iterations.max())
        counts = torch.bincount(reason, minlength=len(REASONS)).tolist()
        self.stop_reason_ = ", ".join(f"{r}: {c:,} series" for r, c in zip(REASONS, counts, strict=True) if c)

    def _gather(self, parts: list[tuple[Any, Any]], width: int) -> Any:
        """Rows for all series, NaN where one was not fitted, as the library of the data."""
        out = self.panel_.y.new_full((len(self.notes_), width), torch.nan)
        for rows, values in parts:
            out[self.kept_[rows]] = values
        kind = self.panel_.engine
        return out if self.panel_.tensor else kind.xp.asarray(out)

    def _all(self, horizon: int, levels: tuple[float, ...]) -> list[Any]:
        if horizon < 1:
            raise ValueError(f"horizon is {horizon}; ask for 1 step or more")
        if any(not 0 < level < 100 for level in levels):
            raise ValueError(f"a level is a percentage between 0 and 100, not {levels}")
        found = [(rows, piece.forecast(horizon, levels)) for rows, piece in self.pieces_]
        count = 1 + 2 * len(levels)
        return [self._gather([(rows, values[i]) for rows, values in found], horizon) for i in range(count)]

    def predict(self, horizon: int) -> Any:
        """Means of the next values, shape (series, horizon), for an array.

        For a frame, a frame ``unique_id, ds, mean, lo-80, hi-80, lo-95, hi-95``. Series that could not be
        fitted are NaN, and ``notes_`` says why.
        """
        if self.panel_.ids is None:
            return self._all(horizon, ())[0]
        mean, *bounds = self._all(horizon, LEVELS)
        names = [f"{side}-{level}" for level in LEVELS for side in ("lo", "hi")]
        return self.panel_.frame(horizon, {"mean": mean} | dict(zip(names, bounds, strict=True)))

    def predict_interval(self, horizon: int, level: float = 95) -> tuple[Any, Any]:
        """Bounds that hold the next values with ``level`` percent, each of shape (series, horizon)."""
        _, lower, upper = self._all(horizon, (level,))
        return lower, upper

    def anomaly_scores(self) -> Any:
        """One-step errors over their deviations, shape (series, time); NaN where nothing is predicted.

        Columns are those of ``panel_.y``, whose series all end in the last.
        """
        return self._gather([(rows, piece.scores()) for rows, piece in self.pieces_], self.panel_.y.shape[1])


def normal_bounds(mean: Any, variance: Any, levels: tuple[float, ...]) -> list[Any]:
    """Mean, then lower and upper bounds of a normal distribution.

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


def first_value(y: Any) -> Any:
    """Place of each series' first value, int64; the length where there is none."""
    seen = ~torch.isnan(y)
    return torch.where(seen.any(1), seen.to(torch.uint8).argmax(1), y.shape[1])


def _notes(y: Any, needed: int, signed: bool) -> list[str]:
    seen = ~torch.isnan(y)
    count, infinite = seen.sum(1).tolist(), torch.isinf(y).any(1).tolist()
    low, high = y.masked_fill(~seen, torch.inf).amin(1), y.masked_fill(~seen, -torch.inf).amax(1)
    flat = (low == high).tolist()
    negative = (low <= 0).tolist()
    out = []
    for values, bad, constant, below in zip(count, infinite, flat, negative, strict=True):
        if not values:
            out.append("no value")
        elif bad:
            out.append("infinite values: replace them by NaN, or drop the series")
        elif below and not signed:
            out.append("values that are not positive: take an additive model")
        elif constant and values > 1:
            out.append(CONSTANT)
        elif values < needed:
            out.append(f"too short: {values} values, and the model needs {needed}")
        else:
            out.append("")
    return out
