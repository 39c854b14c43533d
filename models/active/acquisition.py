"""Acquisitions by name, with what each asks of the model."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from etl.engine.types import Array
from models.active.bald import bald
from models.active.density import density
from models.active.least_confidence import least_confidence
from models.active.mnlp import mnlp
from models.active.outputs import Outputs
from models.active.random_order import random
from models.active.token_entropy import token_entropy


@dataclass(frozen=True)
class Acquisition:
    """A score of items, higher being more informative.

    Attributes
    ----------
    name : str
        Written to the log, and compared when a run is taken up again.
    score : callable
        ``score(outputs)`` returns a float array, shape (items,).
    samples : int
        Stochastic passes that it needs.
    asks_model : bool
        False where only the items' numbers are read: the model then does not see the pool.
    """

    name: str
    score: Callable[[Outputs], Array]
    samples: int = 0
    asks_model: bool = True


SCORES: dict[str, Callable[[Outputs], Array]] = {
    "least_confidence": partial(least_confidence, log=True),
    "mnlp": mnlp,
    "bald": bald,
    "bald_sequence": partial(bald, vote="sequence"),
    "token_entropy": token_entropy,
    "total_token_entropy": partial(token_entropy, over="sum"),
    "density": partial(density, score=mnlp),
}


def acquisition(name: str, *, samples: int = 100, seed: int = 0) -> Acquisition:
    """An acquisition by its name.

    Parameters
    ----------
    name : str
        ``random`` or a name of `SCORES`.
    samples : int
        Passes of the kinds of BALD; others make none.
    seed : int
        Of ``random``.

    Raises
    ------
    ValueError
        There is none of that name.

    Examples
    --------
    >>> acquisition("bald", samples=20).samples, acquisition("mnlp").samples
    (20, 0)
    """
    if name == "random":
        return Acquisition(f"random({seed})", partial(random, seed=seed), asks_model=False)
    if name not in SCORES:
        raise ValueError(f"there is no acquisition {name!r}; take one of random, {', '.join(SCORES)}")
    return Acquisition(name, SCORES[name], samples if name.startswith("bald") else 0)
