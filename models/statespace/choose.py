"""Which method to forecast with: the best on earlier windows, if it beats baselines by more than noise."""

import math
from dataclasses import dataclass, field

import torch
from scipy.stats import t

from etl.engine.types import Tensor
from models.statespace.accuracy import Row, number
from models.statespace.baselines import BASELINES

AVERAGE = "average"
SHARE = 0.84
"""Quantile of Student's t that a gain must pass, in standard errors: one of them, where windows are many."""
FEW = 2
"""Models, at most, in an average, beside the best baseline."""


@dataclass(frozen=True)
class Chosen:
    """A method, and why.

    Attributes
    ----------
    name : str
        Of a method, or `AVERAGE`.
    reason : str
    weights : dict of str to float
        Of the members of the average, by name; they sum to 1.
    tried : list of dict
        ``method, rmse, saved, gain, noise`` of each, best first: the share of the best baseline's mean square
        error that is saved; the gain and what it must pass, see `paired`.
    """

    name: str
    reason: str
    weights: dict[str, float] = field(default_factory=dict)
    tried: list[Row] = field(default_factory=list)


def choose(truth: Tensor, found: dict[str, Tensor]) -> Chosen:
    """A method for series, by forecasts of windows that are known.

    A baseline is taken unless a model, or the average of the best baseline and the best models, has a smaller
    mean squared error by more than noise (a rule of one standard error, Breiman et al. 1984). Weights of the
    average are 1 over mean squared errors (Bates & Granger 1969); its own error on a window is that with
    weights by the other windows.

    Parameters
    ----------
    truth : tensor, shape (origins, series, horizon)
        NaN is not known.
    found : dict of str to tensor, shape (origins, 1 + 2 * levels, series, horizon)
        Forecasts by method, the baselines among them; means are the first.

    Returns
    -------
    Chosen

    Raises
    ------
    ValueError
        No value is known that all baselines forecast.
    """
    means, left = complete(truth, {name: value[:, 0] for name, value in found.items()})
    squares, count = _squares(truth, means)
    rivals = [name for name in BASELINES if name in means]
    errors = {name: float(each.sum() / count.sum()) for name, each in squares.items()}
    rival = min(rivals, key=errors.__getitem__)
    models = sorted((name for name in means if name not in rivals), key=errors.__getitem__)
    weights = dict[str, float]()
    if models:
        weights = shares({name: errors[name] for name in (rival, *models[:FEW])})
        squares[AVERAGE] = _average(truth, means, squares, count, list(weights))
        errors[AVERAGE] = float(squares[AVERAGE].sum() / count.sum())
    tried = [
        _row(name, squares[rival], squares[name], count) for name in sorted(errors, key=errors.__getitem__)
    ]
    return Chosen(*_verdict(tried, rival, left), weights, tried)


def complete(truth: Tensor, means: dict[str, Tensor]) -> tuple[dict[str, Tensor], list[str]]:
    """Methods that forecast all that the naive one does, and the names of the others.

    Parameters
    ----------
    truth : tensor, shape (origins, series, horizon)
    means : dict of str to tensor, of that shape
    """
    wanted = ~torch.isnan(truth) & ~torch.isnan(means[BASELINES[0]])
    gaps = torch.stack([(torch.isnan(mean) & wanted).any() for mean in means.values()]).tolist()
    names = [name for name, gap in zip(means, gaps, strict=True) if not gap]
    return {name: means[name] for name in names}, [name for name in means if name not in names]


def shares(errors: dict[str, float]) -> dict[str, float]:
    """Weights that sum to 1, each by 1 over a mean squared error.

    Examples
    --------
    >>> shares({"naive": 3.0, "ets": 1.0})
    {'naive': 0.25, 'ets': 0.75}
    """
    least = min(errors.values())
    if least <= 0:
        found = {name: float(error <= 0) for name, error in errors.items()}
    else:
        found = {name: least / error for name, error in errors.items()}
    return {name: share / sum(found.values()) for name, share in found.items()}


def paired(rival: Tensor, own: Tensor) -> tuple[float, float]:
    """Mean gain over a rival, and what it must pass: a standard error times Student's t.

    Windows of an origin err together, and so do those of a series, so that each is one draw: the gain is the
    mean of (r - m) / (r + m) of the squared errors of an origin, or of a series, whichever is in more doubt.
    As shares, groups of large errors do not outweigh the others.

    Parameters
    ----------
    rival, own : tensor, shape (origins, series)
        Sums of squared errors of windows.

    Returns
    -------
    gain, noise : float
        The noise is infinite where there is one origin of one series.

    Examples
    --------
    >>> paired(torch.tensor([[3.0, 3.0]]), torch.ones(1, 2))
    (0.5, 0.0)
    """
    found = [(0.0, math.inf)]
    for axis in (0, 1):
        r, m = rival.sum(axis).double(), own.sum(axis).double()
        share = ((r - m) / (r + m))[r + m > 0]
        if len(share) > 1:
            error = float(share.std()) / math.sqrt(len(share))
            found.append((float(share.mean()), float(t.ppf(SHARE, len(share) - 1)) * error))
    return min(found[1:] or found, key=lambda pair: pair[0] - pair[1])


def beside_best(saved: float | None) -> str:
    """A mean squared error beside that of the best baseline, in words.

    Parameters
    ----------
    saved : float or None
        Share of the best baseline's that is saved; negative where there is more, None where it is not finite.

    Examples
    --------
    >>> beside_best(-1.26)
    'a mean squared error 126.0 % above that of the best baseline'
    """
    if saved is None:
        return "a mean squared error that is not finite"
    if not saved:
        return "a mean squared error equal to that of the best baseline"
    side = "below" if saved > 0 else "above"
    return f"a mean squared error {100 * abs(saved):.1f} % {side} that of the best baseline"


def averaged(found: dict[str, Tensor], weights: dict[str, float]) -> Tensor:
    """Weighted means of forecasts and of their bounds.

    Parameters
    ----------
    found : dict of str to tensor
        By method, all of one shape.
    weights : dict of str to float
    """
    return torch.stack([found[name] * share for name, share in weights.items()]).sum(0)


def _squares(truth: Tensor, means: dict[str, Tensor]) -> tuple[dict[str, Tensor], Tensor]:
    """Sums of squared errors of windows, (origins, series), and their values, which all methods forecast."""
    errors = {name: (truth - mean).square() for name, mean in means.items()}
    cells = ~torch.isnan(torch.stack(list(errors.values()))).any(0)
    if not bool(cells.any()):
        raise ValueError("no value was forecast by all baselines; give longer series")
    return {name: torch.where(cells, e, 0).sum(2) for name, e in errors.items()}, cells.double().sum(2)


def _average(
    truth: Tensor, means: dict[str, Tensor], squares: dict[str, Tensor], count: Tensor, names: list[str]
) -> Tensor:
    """Sums of squared errors of the average, whose weights at an origin are by the others."""
    mean = []
    for origin in range(len(truth)):
        others = [at for at in range(len(truth)) if at != origin or len(truth) == 1]
        known = {name: float(squares[name][others].sum() / count[others].sum()) for name in names}
        mean.append(averaged({name: means[name][origin] for name in names}, shares(known)))
    error = (truth - torch.stack(mean)).square()
    cells = ~torch.isnan(torch.stack([truth - each for each in means.values()])).any(0)
    return torch.where(cells, error, 0).sum(2)


def _row(name: str, rival: Tensor, own: Tensor, count: Tensor) -> Row:
    gain, needed = paired(rival, own)
    saved = 1 - float(own.sum()) / (float(rival.sum()) or 1.0)
    row = {"method": name, "rmse": math.sqrt(float(own.sum() / count.sum())), "saved": saved}
    numbers = {
        key: number(value)
        for key, value in (row | {"gain": gain, "noise": needed}).items()
        if key != "method"
    }
    return {"method": name} | numbers | {"beats": gain > needed and saved > 0}


def _verdict(tried: list[Row], rival: str, left: list[str]) -> tuple[str, str]:
    """Name and reason of the method that is taken."""
    beside = f" ({', '.join(left)} left gaps)" if left else ""
    for row in tried:
        if row["beats"]:
            words = f"it saves {row['saved']:.1%} of the mean squared error of {rival}, the best baseline"
            gain = f"with a gain of {row['gain']:.3f} over noise of {row['noise']:.3f}"
            return row["method"], f"{words}, {gain}{beside}"
    best = next((row for row in tried if row["method"] not in BASELINES), None)
    if best is None:
        return rival, f"it is the best baseline, and there is no model{beside}"
    needed = "of one window is not known" if best["noise"] is None else f"is {best['noise']:.3f}"
    error = f"{best['method']} has {beside_best(best['saved'])}, with a gain of"
    return rival, f"no model beats it beyond noise: {error} {best['gain']:.3f}, and noise {needed}{beside}"
