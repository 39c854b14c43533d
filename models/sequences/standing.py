"""Where a method that learnt from windows stands, beside those of `models.statespace.standing`."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import torch

from etl.engine.types import Tensor
from models.sequences.base import OverWindows
from models.sequences.learners import METHODS, learner
from models.statespace import standing
from models.statespace.baselines import Plan, cycle_means
from models.statespace.choose import averaged
from models.statespace.standing import LONGEST, extended, of_cycle


@dataclass(frozen=True)
class Learned:
    """A forecaster from windows, and the values that it goes by.

    Attributes
    ----------
    name : str
        Of `METHODS`.
    plan : Plan
    model : OverWindows
        Fitted; it is not fitted again by further values.
    y : tensor of float64, shape (series, time)
        The last values, without their usual ones if there are such.
    seen : tensor of int64, shape (series,)
        Steps since the first that is known.
    usual : tensor, shape (series, places), optional
        Means by place in the cycle, which are added to forecasts.
    """

    name: str
    plan: Plan
    model: OverWindows
    y: Tensor
    seen: Tensor
    usual: Tensor = None

    def forecast(self) -> Tensor:
        """Means, then the lower and upper bounds of each level, (1 + 2 * levels, series, horizon)."""
        found = self.model.forecast(self.y, first=self.seen - self.y.shape[1])
        return found if self.usual is None else found + self._expected(self.seen, self.plan.horizon)

    def after(self, y: Tensor, count: Tensor) -> "Learned":
        """The same after further values, (series, n); the last ``count`` of each row are a series'."""
        if self.usual is not None:
            y = y - self._expected(self.seen + count - y.shape[1], y.shape[1])
        longer = extended(self.y, y, count)[:, -self.plan.memory :]
        return replace(self, y=longer, seen=self.seen + count)

    def _expected(self, first: Tensor, steps: int) -> Tensor:
        return of_cycle(self.usual, self.plan, first, steps)


@dataclass(frozen=True)
class Averaged:
    """Several methods, and the share that each has in the forecast.

    Attributes
    ----------
    plan : Plan
    weights : mapping of str to float
    parts : mapping of str to Standing
    """

    plan: Plan
    weights: Mapping[str, float]
    parts: Mapping[str, "Standing"]

    def forecast(self) -> Tensor:
        """See `Learned.forecast`."""
        return averaged({name: part.forecast() for name, part in self.parts.items()}, dict(self.weights))

    def after(self, y: Tensor, count: Tensor) -> "Averaged":
        """See `Learned.after`."""
        return replace(self, parts={name: part.after(y, count) for name, part in self.parts.items()})


Standing = standing.Standing | Learned | Averaged


def stand(name: str, y: Tensor, plan: Plan, seed: int = 0) -> Standing:
    """Fit a method to series.

    Parameters
    ----------
    name : str
        Of `METHODS`, or see `models.statespace.standing.stand`.
    y : tensor of float64, shape (series, time)
        NaN is a gap.
    plan : Plan
    seed : int
        Of networks.

    Raises
    ------
    ValueError
        Series are too short for windows.
    """
    if name not in METHODS:
        return standing.stand(name, y, plan)
    known, usual = y[:, -plan.memory :], None
    none = torch.zeros(len(y), dtype=torch.int64, device=y.device)
    if plan.season > LONGEST:
        usual = cycle_means(known, plan)
        known = known - of_cycle(usual, plan, none, known.shape[1])
    seen = none + known.shape[1]
    return Learned(name, plan, learner(name, known, plan, seed), known, seen, usual)


def backtest(y: Tensor, plan: Plan, name: str, origins: list[int], seed: int = 0) -> Tensor:
    """Forecasts of one method from each origin, which see only the values before it.

    One that learns from windows does so once, from the values before the first origin, and is moved on by
    the values between; the others are fitted at each origin.

    Parameters
    ----------
    y : tensor, shape (series, time)
    plan : Plan
    name : str
    origins : list of int
        Columns of ``y`` that are the first to be forecast, in order.
    seed : int

    Returns
    -------
    tensor, shape (origins, 1 + 2 * levels, series, horizon)
    """
    if name not in METHODS:
        return torch.stack([stand(name, y[:, :at], plan).forecast() for at in origins])
    here = stand(name, y[:, : origins[0]], plan, seed)
    out = [here.forecast()]
    for before, at in pairwise(origins):
        more = y[:, before:at]
        here = here.after(more, torch.full((len(y),), at - before, device=y.device))
        out.append(here.forecast())
    return torch.stack(out)
