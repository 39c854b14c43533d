"""Choices by entries that were held out: the others are fitted, and errors on the hidden ones compared."""

from collections.abc import Callable, Iterable
from typing import Generic, Literal, NamedTuple, TypeVar

import numpy as np

from etl.engine.types import Array
from models.tensors.arrays import namespace, placed, read

Option = TypeVar("Option")
PATIENCE = 2
"""Options that are no better, after which the search ends: they are tried from the simplest."""


def whole_fibres(seen: Array) -> int | None:
    """The mode along which most missing entries lie in fibres of which nothing was seen, if there is one.

    Parameters
    ----------
    seen : float array, shape (tensors, n_1, ..., n_N)
        Ones and zeros.
    """
    missing = 1 - seen
    lost = [
        (missing * (seen.sum(axis) == 0)[(slice(None),) * axis + (None,)]).sum()
        for axis in range(1, seen.ndim)
    ]
    count, *shares = read([missing.sum(), *lost])
    if not count:
        return None
    chance = [(count / missing.reshape(-1).shape[0]) ** (size - 1) for size in seen.shape[1:]]
    excess = [share / count - (1 + each) / 2 for share, each in zip(shares, chance, strict=True)]
    best = int(np.argmax(excess))
    return best if excess[best] > 0 else None


def split(
    seen: Array, share: float, seed: int, along: int | Literal["as missing"] | None = "as missing"
) -> tuple[Array, Array, str]:
    """What was seen in two: to learn from and to judge by; and how it was chosen.

    Parameters
    ----------
    seen : float array, shape (tensors, n_1, ..., n_N)
        Ones and zeros.
    share : float
        To be held out. One by one, something is left of each slice.
    seed : int
    along : int, optional
        The mode, without the batch, along which whole fibres are held out; None holds out entries one by
        one. By default entries are held out as they are missing.
    """
    mode = whole_fibres(seen) if along == "as missing" else along
    shape = [1 if at == mode else size for at, size in enumerate(seen.shape[1:])]
    # Whoever hid entries may have drawn them with the same seed: this is another stream.
    drawn = (np.random.default_rng((seed, 1)).random((seen.shape[0], *shape)) < share).astype("float32")
    hidden = placed(drawn, seen)
    for axis in range(1, seen.ndim) if mode is None else ():
        others = tuple(each for each in range(1, seen.ndim) if each != axis)
        left = (seen * (1 - hidden)).sum(others)[_beside(axis, seen.ndim)]
        hidden = namespace(seen).where(left > 0, hidden, 0 * hidden)
    why = ", as most missing entries are," if along == "as missing" else ""
    kind = "entries" if mode is None else f"whole fibres along mode {mode}{why}"
    return seen * (1 - hidden), seen * hidden, f"{share:.0%} of the {kind} held out"


def _beside(axis: int, ndim: int) -> tuple[slice | None, ...]:
    """Sums of slices of an axis, a row a tensor, spread over the tensors again."""
    return tuple(slice(None) if each in (0, axis) else None for each in range(ndim))


def rmse(x: Array, held: Array, fitted: Array) -> Array:
    """Root mean squared error over what was held out, 0-d; 0 where that is nothing.

    Parameters
    ----------
    x, held, fitted : arrays of one shape
        ``held`` is true or 1 where an entry counts; elsewhere x may be NaN.
    """
    xp = namespace(x)
    off = xp.where(held > 0, x - fitted, xp.zeros_like(fitted))
    return xp.sqrt((off * off).sum() / xp.clip(held.sum(), 1, None))


class Best(NamedTuple, Generic[Option]):
    """The option that was chosen, the error of each that was tried, and why, in words."""

    option: Option
    errors: dict[Option, float]
    reason: str


def best_of(
    options: Iterable[Option], judge: Callable[[Option], float], what: str, gain: float = 0.0
) -> Best[Option]:
    """The simplest option whose error is the least, or nearly.

    Parameters
    ----------
    options : iterable
        From the simplest.
    judge : callable
        Error of one.
    what : str
        Is chosen.
    gain : float
        Share of the error that a less simple option must save.

    Examples
    --------
    >>> best_of([1, 2, 3, 4, 5], {1: 3.0, 2: 1.0, 3: 0.999, 4: 1.2, 5: 0.1}.__getitem__, "rank", 0.01)[:2]
    (2, {1: 3.0, 2: 1.0, 3: 0.999, 4: 1.2})
    """
    errors = dict[Option, float]()
    best, worse = float("inf"), 0
    for option in options:
        errors[option] = judge(option)
        better = errors[option] <= (1 - gain) * best
        best, worse = (errors[option], 0) if better else (best, worse + 1)
        if worse == PATIENCE:
            break
    least = min(errors.values()) / (1 - gain)
    found = next(option for option, error in errors.items() if error <= least)
    tried = ", ".join(f"{error:.4g} at {option}" for option, error in errors.items())
    return Best(found, errors, f"{what} {found}: error {tried}")
