"""What the loop asks of a model and of an oracle; any object with these methods serves."""

from dataclasses import dataclass
from typing import Any, Protocol

from etl.engine.types import Array


@dataclass(frozen=True)
class Answers:
    """Labels of some items.

    Attributes
    ----------
    targets : array, shape (tokens,) of int, or (tokens, K) of float
        Of the items' tokens one after another: codes of classes, or the probability of each.
    costs : array, shape (items,)
        What each item's answer cost, in whatever the oracle counts: words, or votes.
    """

    targets: Array
    costs: Array


class Oracle(Protocol):
    """Who gives labels."""

    def ask(self, items: Array, earlier: Array) -> Answers:
        """Labels of ``items``, int64 numbers in the pool.

        ``earlier`` are the items asked in all rounds before. The answer depends on nothing else: the same
        question after a kill gets the same answer.
        """
        ...


class Learner(Protocol):
    """A model that learns on, tells what it thinks of items, and can be kept as bytes."""

    def fit_more(self, items: Array, targets: Array, seed: int) -> object:
        """Learn from all labelled items, with the weights kept; targets as in `Answers`.

        ``seed`` is of all that is random in it.
        """
        ...

    def outputs(self, items: Array, samples: int, seed: int) -> Any:
        """What it says of these items, in their order: an `Outputs`, or an object like it.

        ``samples`` stochastic passes are asked for, 0 for none, and ``seed`` is theirs.
        """
        ...

    def score(self) -> float:
        """How good it is, more being better: on held-out data that the model knows of."""
        ...

    def state(self) -> bytes:
        """All that was learnt."""
        ...

    def restore(self, state: bytes | None) -> object:
        """Be again what it was when `state` was taken; with None, new."""
        ...
