"""What is known of each step beforehand, beside the values."""

from dataclasses import dataclass

import torch

from etl.engine.types import Array, Frame, Tensor
from etl.handoff import to_torch
from models.sequences.windows import moments
from models.statespace.further import placed
from models.statespace.panel import COLUMNS, Panel

Given = Frame | Array | Tensor | None


@dataclass(frozen=True)
class Scaled:
    """Means and deviations of covariates in training, each of shape (count,)."""

    mean: Tensor
    deviation: Tensor

    def of(self, values: Tensor) -> Tensor:
        """Scaled covariates; one that is missing counts as its mean."""
        return ((values - self.mean) / self.deviation).nan_to_num()


def scaled(values: Tensor) -> Scaled:
    """Means and deviations of covariates.

    Parameters
    ----------
    values : tensor, shape (series, time, count)
        NaN is missing.
    """
    mean, deviation = moments(values.flatten(0, 1).T, 1)
    return Scaled(mean[:, 0].nan_to_num(), torch.where(deviation > 0, deviation, 1.0)[:, 0])


def read(given: Given, series: Panel, horizon: int) -> Tensor:
    """Covariates of all steps and those to come, NaN where none are given.

    Parameters
    ----------
    given : frame, array or tensor
        A long frame ``unique_id, ds`` and a column each, or (series or 1, time or time + horizon, count).
    series : Panel
    horizon : int

    Returns
    -------
    tensor of float64, shape (series or 1, time + horizon, count)

    Raises
    ------
    ValueError
        Shapes do not fit.
    """
    if hasattr(given, "columns"):
        return _from_frame(given, series, horizon)
    values = (
        given if isinstance(given, torch.Tensor) else to_torch(series.engine.xp.asarray(given, "float64"))
    )
    count, time = series.y.shape
    if values.ndim == 2:
        values = values[None]
    if values.ndim != 3 or len(values) not in (1, count) or values.shape[1] not in (time, time + horizon):
        raise ValueError(
            f"covariates have shape (series, time or time + horizon, count), here ({count}, {time} or "
            f"{time + horizon}, count), not {tuple(values.shape)}"
        )
    lacking = time + horizon - values.shape[1]
    return torch.nn.functional.pad(values.double(), (0, 0, 0, lacking), value=torch.nan)


def _from_frame(frame: Frame, series: Panel, horizon: int) -> Tensor:
    names = [name for name in frame.columns if name not in COLUMNS]
    if series.ids is None or not names:
        raise ValueError("a frame of covariates has columns beside unique_id and ds, and goes with a frame")
    count, time = series.y.shape
    out = series.y.new_full((count, time + horizon, len(names)), torch.nan)
    for number, name in enumerate(names):
        place, step, values = placed(series, frame[["unique_id", "ds"]].assign(y=frame[name]))
        column = step + time - 1
        inside = (column >= 0) & (column < time + horizon)
        at = [to_torch(part[inside]) for part in (place, column, values)]
        out[at[0], at[1], number] = at[2]
    return out
