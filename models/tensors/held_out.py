"""Choices by entries that were held out: the others are fitted, and errors on the hidden ones compared."""

from collections.abc import Callable, Iterable
from typing import TypeVar

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


def split(seen: Array, share: float, seed: int) -> tuple[Array, Array, str]:
    """What was seen in two: to learn from and to judge by; and how it was chosen.

    Entries are held out as they are missing: one by one, or in whole fibres.

    Parameters
    ----------
    seen : float array, shape (tensors, n_1, ..., n_N)
        Ones and zeros.
    share : float
        To be held out.
    seed : int
    """
    mode = whole_fibres(seen)
    shape = [1 if at == mode else size for at, size in enumerate(seen.shape[1:])]
    # Whoever hid entries may have drawn them with the same seed: this is another stream.
    drawn = (np.random.default_rng((seed, 1)).random((seen.shape[0], *shape)) < share).astype("float32")
    hidden = placed(drawn, seen)
    kind = "entries" if mode is None else f"whole fibres along mode {mode}, as most missing entries are,"
    return seen * (1 - hidden), seen * hidden, f"{share:.0%} of the {kind} held out"


def error(x: Array, held: Array, fitted: Array) -> Array:
    """Root mean square error over what was held out.

    Parameters
    ----------
    x, held, fitted : float arrays of one shape
    """
    xp = namespace(x)
    return xp.sqrt((held * (x - fitted) ** 2).sum() / xp.clip(held.sum(), 1, None))


def best_of(options: Iterable[Option], judge: Callable[[Option], float], what: str) -> tuple[Option, str]:
    """The option of the least error, and the reason in words.

    Parameters
    ----------
    options : iterable
        From the simplest.
    judge : callable
        Error of one.
    what : str
        Is chosen.
    """
    tried: list[tuple[float, Option]] = []
    worse = 0
    for option in options:
        tried.append((judge(option), option))
        worse = 0 if tried[-1][0] == min(tried, key=lambda each: each[0])[0] else worse + 1
        if worse == PATIENCE:
            break
    found = min(tried, key=lambda each: each[0])[1]
    return found, f"{what} {found}: error " + ", ".join(f"{value:.4g} at {option}" for value, option in tried)
