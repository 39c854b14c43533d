"""Which windows train, and which last ones are for validation of weights and penalties."""

from dataclasses import dataclass

import torch

from etl.engine.types import Tensor

SHARE = 0.15
"""Of a series' windows, or of the series, that are for validation."""
SPARE = 8_192
"""Windows for validation, at most."""


@dataclass(frozen=True)
class Split:
    """Windows by series and first column.

    Attributes
    ----------
    train, validation : tensor of int64, shape (2, windows)
    reason : str
        How they were split.
    """

    train: Tensor
    validation: Tensor
    reason: str


def split(usable: Tensor, horizon: int) -> Split:
    """Part windows in time; where they are too few, by series.

    Parameters
    ----------
    usable : tensor of bool, shape (series, starts)
    horizon : int
        Steps to come; values that training windows were to forecast are in no validation window's.

    Raises
    ------
    ValueError
        There are less than two windows.

    Examples
    --------
    >>> parts = split(torch.ones(1, 20, dtype=torch.bool), 2)
    >>> parts.train[1].tolist()[-1], parts.validation[1].tolist()
    (15, [17, 18, 19])
    """
    series, starts = usable.shape
    late = max(1, round(SHARE * starts))
    apart = starts - late - horizon
    column = torch.arange(starts, device=usable.device)
    row = torch.arange(series, device=usable.device)[:, None]
    if apart >= late:
        is_late, is_early, reason = (
            column >= starts - late,
            column <= apart,
            "the last windows of each series",
        )
    elif series > 1:
        is_late = row >= series - max(1, round(SHARE * series))
        is_early, reason = ~is_late, "the last series, whose windows are too few to part in time"
    else:
        is_late, is_early = column >= starts - late, column < starts - late
        reason = "the last windows, whose values overlap those of training: the series is short"
    train, validation = ((usable & part).nonzero().T for part in (is_early, is_late))
    if not train.shape[1] or not validation.shape[1]:
        raise ValueError(
            f"{int(usable.sum())} windows are too few to learn and to compare; take a shorter lookback or "
            "horizon, or give longer series"
        )
    every = -(-validation.shape[1] // SPARE)
    return Split(train, validation[:, ::every], reason)
