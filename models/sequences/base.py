"""What all forecasters from windows share: reading series, forecasts from any history, intervals.

After ``fit`` each has these attributes:

``notes_``
    A text a series: empty where all went well, else why it was left out of training.
``parted_``
    How training and validation windows were split.
``validation_``
    Loss on the validation windows.
``widths_``
    Half widths of split conformal intervals by those, in scales of a window, tensor (levels, horizon).
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Self

import torch
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from etl.engine.types import Array, Frame, Tensor
from etl.handoff import from_torch, to_torch
from models.sequences.covariates import Given, Scaled, read, scaled
from models.sequences.split import Split, split
from models.sequences.windows import SCALINGS, Batch, Windows, moments, phases, windows
from models.statespace.forecaster import CONSTANT, series_notes
from models.statespace.panel import Panel, panel

AT_ONCE = 4_096
"""Windows that are forecast together."""


class OverWindows(BaseEstimator, ABC):
    """A subclass gives ``_learn(windows, split)`` and ``_scaled(batch)``, and has these parameters."""

    horizon: int
    lookback: int
    season: float | tuple[float, ...]
    levels: tuple[int, ...]
    scaling: str
    dtype = torch.float64

    panel_: Panel
    notes_: list[str]
    covariates_: Tensor | None
    covariate_scales_: Scaled | None
    together_: tuple[float, float]
    parted_: str
    validation_: float
    widths_: Tensor

    @abstractmethod
    def _learn(self, made: Windows, parts: Split) -> None:
        """Learn from windows, and leave ``validation_`` and ``widths_``."""

    @abstractmethod
    def _scaled(self, batch: Batch) -> Tensor:
        """Forecasts in scales of the window: means, (1, B, horizon), or bounds too, see `Head.bounds`."""

    def fit(self, y: Frame | Array | Tensor, covariates: Given = None) -> Self:
        """Learn from all series at once.

        Parameters
        ----------
        y : frame, array or tensor
            A long frame ``unique_id, ds, y``, or (series, time); NaN is a gap, and shorter series begin with
            NaN.
        covariates : frame, array or tensor, optional
            What is known of each step beforehand: a long frame ``unique_id, ds`` and a column each, or
            (series or 1, time or time + horizon, count). A gap counts as the mean.

        Raises
        ------
        ValueError
            No series can be learnt from, or a parameter or the covariates do not fit.
        """
        self._check()
        self.panel_ = panel(y)
        values = self.panel_.y
        self.notes_ = series_notes(values, self.lookback + self.horizon)
        good = [at for at, note in enumerate(self.notes_) if not note]
        if not good:
            raise ValueError(
                f"no series can be learnt from, the first is {self.notes_[0]}; it takes lookback + horizon = "
                f"{self.lookback + self.horizon} values that are not all the same"
            )
        known = None if covariates is None else read(covariates, self.panel_, self.horizon)
        self.covariates_, self.covariate_scales_ = known, None if known is None else scaled(known)
        kept = torch.tensor(good, dtype=torch.int64, device=values.device)
        mean, deviation = moments(values[kept])
        self.together_ = (float(mean), float(deviation) or 1.0)
        if known is not None and len(known) > 1:
            known = known[kept]
        made = self._windows(values[kept], known, self._first()[kept])
        parts = split(made.usable(), self.horizon)
        self.parted_ = parts.reason
        self._learn(made, parts)
        return self

    def forecast(
        self, y: Array | Tensor, covariates: Tensor | None = None, first: Tensor | int = 0
    ) -> Tensor:
        """Forecasts from the ends of histories, of the series that were learnt from or of others.

        Parameters
        ----------
        y : array or tensor, shape (series, time)
            NaN is a gap; time is ``lookback`` or more.
        covariates : tensor, shape (series or 1, time + horizon, count), optional
        first : int or tensor of int64, shape (series,)
            Number of the first step of ``y``, from which phases are counted.

        Returns
        -------
        tensor of float64, shape (1 + 2 * levels, series, horizon)
            Means, then lower and upper bounds of each level. A series without a value at or before the first
            step that is looked at has none, NaN; one whose values are all the same goes on so.

        Raises
        ------
        ValueError
            Histories are shorter than ``lookback``, or covariates do not fit.
        """
        check_is_fitted(self, "covariate_scales_")
        y = y if isinstance(y, torch.Tensor) else to_torch(y)
        time = y.shape[1] if y.ndim == 2 else 0
        if time < self.lookback:
            raise ValueError(
                f"histories of shape {tuple(y.shape)} are not (series, {self.lookback} steps or more)"
            )
        begun = torch.as_tensor(first, device=y.device).expand(len(y))
        with torch.no_grad():
            made = self._windows(y.double(), covariates, begun)
            series = torch.arange(len(y), device=y.device)
            start = torch.full_like(series, time - self.lookback)
            parts = [self._forecast(batch) for batch in self._batches(made, torch.stack([series, start]))]
        out = torch.cat(parts, 1)
        low = y.nan_to_num(torch.inf).amin(1, keepdim=True).double()
        return torch.where(low == y.nan_to_num(-torch.inf).amax(1, keepdim=True), low, out)

    def predict(self, h: int | None = None) -> Array | Frame:
        """Forecasts of the next values of the series of `fit`.

        Parameters
        ----------
        h : int, optional
            Steps, 1 to ``horizon``, which is the default.

        Returns
        -------
        array, shape (series, h), or frame
            Means, of the library that was given; for a frame, a frame of ``series * h`` rows with the columns
            ``unique_id, ds, mean``, and ``lo-80, hi-80`` and the like for each level. Series that were left
            out, though not as constant, are NaN, and ``notes_`` says why.

        Raises
        ------
        ValueError
            ``h`` is out of its range.
        """
        check_is_fitted(self, "panel_")
        steps = self.horizon if h is None else h
        if not 1 <= steps <= self.horizon:
            raise ValueError(f"h is {h}; it learnt to forecast 1 to {self.horizon} steps")
        y, series = self.panel_.y, self.panel_
        found = self.forecast(y, self.covariates_, self._first())[..., :steps]
        lost = [at for at, note in enumerate(self.notes_) if note not in ("", CONSTANT)]
        found[:, lost] = torch.nan
        if series.ids is None:
            return found[0] if series.tensor else from_torch(found[0].contiguous(), series.engine)
        names = ["mean", *(f"{side}-{level}" for level in self.levels for side in ("lo", "hi"))]
        columns = {n: from_torch(v.contiguous(), series.engine) for n, v in zip(names, found, strict=True)}
        return series.frame(steps, columns)

    def state_dict(self) -> dict[str, Tensor]:
        """What was learnt, by name; the parameters and ``together_`` are the rest of a fitted forecaster."""
        return {"widths": self.widths_}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Take what another of the same parameters learnt without covariates.

        Parameters
        ----------
        state : mapping of str to tensor
            By `state_dict`, on the device where forecasts are to be made.

        Raises
        ------
        KeyError
            Something is missing.
        """
        self.covariate_scales_, self.widths_ = None, state["widths"]

    def _check(self) -> None:
        if self.horizon < 1 or self.lookback < 1:
            raise ValueError(f"horizon {self.horizon} and lookback {self.lookback} are 1 step or more")
        if any(not 0 < level < 100 for level in self.levels):
            raise ValueError(f"a level is a percentage between 0 and 100, not {self.levels}")
        if not all(period >= 1 for period in self.periods()):  # false of NaN, too
            raise ValueError(f"season is {self.season}; a period is 1 step, for none, or more")
        if self.scaling not in SCALINGS:
            raise ValueError(f"scaling is {self.scaling!r}; there are {', '.join(SCALINGS)}")

    def _first(self) -> Tensor:
        """Number of each series' first column, by its dates; those of an array count from 0."""
        series = self.panel_
        if series.last is None:
            return torch.zeros(len(series.y), dtype=torch.int64, device=series.y.device)
        return first_steps(series)

    def periods(self) -> tuple[float, ...]:
        """Periods of ``season``, of which those of 1 have no phase."""
        return tuple(self.season) if isinstance(self.season, tuple | list) else (self.season,)

    def _windows(self, y: Tensor, covariates: Tensor | None, first: Tensor) -> Windows:
        features = phases(first, y.shape[1] + self.horizon, self.periods())
        if self.covariate_scales_ is not None:
            if covariates is None:
                raise ValueError("it learnt with covariates; give those of the history and the horizon")
            more = self.covariate_scales_.of(covariates).expand(len(y), -1, -1)
            features = torch.cat([features.expand(len(y), -1, -1), more], 2)
        told = (self.lookback, self.horizon, self.scaling, self.together_, self.dtype)
        return windows(y, features, *told)

    def _batches(self, made: Windows, at: Tensor) -> Iterator[Batch]:
        for series, start in zip(*(part.split(AT_ONCE) for part in at), strict=True):
            yield made.cut(series, start)

    def _forecast(self, batch: Batch) -> Tensor:
        found = self._scaled(batch).double()
        if len(found) == 1 and self.levels:
            width = self.widths_[:, None].to(found.device)
            sides = torch.stack([found - width, found + width], 1)
            found = torch.cat([found, sides.flatten(0, 1)])
        return batch.restored(found)

    def _judge(self, made: Windows, at: Tensor) -> None:
        """Half widths of each level by step that held on windows (split conformal prediction)."""
        with torch.no_grad():
            errors = [(b.target - self._scaled(b)[0]).abs() for b in self._batches(made, at)]
        self.widths_ = half_widths(torch.cat(errors).double(), self.levels)


def half_widths(errors: Tensor, levels: tuple[int, ...]) -> Tensor:
    """Quantiles of absolute errors by step (Lei et al. 2018).

    Parameters
    ----------
    errors : tensor, shape (windows, horizon)
        NaN is not known.
    levels : tuple of int
        Percent.

    Returns
    -------
    tensor, shape (levels, horizon)

    Examples
    --------
    >>> half_widths(torch.arange(9.0)[:, None], (80,))
    tensor([[7.]])
    """
    count = (~torch.isnan(errors)).sum(0)
    ordered, out = errors.nan_to_num(torch.inf).sort(0).values, []
    for level in levels:
        rank = torch.minimum((count + 1).mul(level / 100).ceil().long(), count).clamp(min=1) - 1
        out.append(ordered.gather(0, rank[None])[0])
    return torch.stack(out) if out else errors.new_zeros(0, errors.shape[1])


def first_steps(series: Panel) -> Tensor:
    """Numbers of the steps of first columns, by dates, int64 (series,).

    Parameters
    ----------
    series : Panel
        Of a frame.
    """
    return to_torch(series.engine.xp.asarray(series.last) // series.step) - series.y.shape[1] + 1
