"""What a way to spend questions did: every question, what is left of each item, what the model thought."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from etl.engine.types import Array
from etl.handoff import to_host
from models.partial.beliefs import Exact
from models.partial.learner import Classifier, PartialLearner

Thought = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Items, the likeliest class of each, and its probability, in host memory."""


@dataclass(frozen=True)
class RecordingClassifier(Classifier):
    """A model of which it is remembered what it thought of the items before they were asked about.

    Attributes
    ----------
    seen : list of Thought
        Of each round after the first.
    """

    seen: list[Thought] = field(default_factory=list)

    def proba(self, items: Array) -> Array:
        """See `models.partial.learner.Model`."""
        P = super().proba(items)
        self.seen.append((to_host(items), to_host(P.argmax(axis=1)), to_host(P.max(axis=1))))
        return P


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a way to spend questions did.

    Attributes
    ----------
    curve : list of dict
        See `models.partial.learner.PartialLearner`.
    round, item, question, yes : arrays of NumPy
        Of all questions, in the order in which they were asked.
    code, left : arrays of NumPy, shape (items,)
        First candidate of each item at the end, and how many there are.
    contradictions : int
    seen : list of Thought
    """

    curve: list[dict[str, Any]]
    round: np.ndarray
    item: np.ndarray
    question: np.ndarray
    yes: np.ndarray
    code: np.ndarray
    left: np.ndarray
    contradictions: int
    seen: list[Thought]

    @property
    def lengths(self) -> np.ndarray:
        """Questions that each item got, int64, shape (items,)."""
        return np.bincount(self.item, minlength=len(self.left))

    def first_guess(self) -> tuple[np.ndarray, np.ndarray]:
        """Class that the model held likeliest before an item's first question, or -1, and its probability.

        Returns
        -------
        guess : int64 array, shape (items,)
        sure : float64 array, shape (items,)
        """
        first = np.full(len(self.left), -1)
        first[self.item[::-1]] = self.round[::-1]
        guess, sure = np.full(len(first), -1), np.zeros(len(first))
        for number, (items, likeliest, probability) in enumerate(self.seen, 1):
            now = first[items] == number
            guess[items[now]], sure[items[now]] = likeliest[now], probability[now]
        return guess, sure


def outcome(learner: PartialLearner, model: RecordingClassifier, belief: Exact) -> Outcome:
    """What a learner did that has run to its end.

    Parameters
    ----------
    learner : PartialLearner
    model : RecordingClassifier
        Of the learner.
    belief : Exact
        Of the learner.
    """
    log, held = learner.log_, belief.candidates(slice(None))
    item, question, yes = (
        np.concatenate([to_host(entry[key]) for entry in log]) for key in ("item", "question", "yes")
    )
    rounds = np.repeat(np.arange(len(log)), [len(entry["item"]) for entry in log])
    code, left = to_host(held.argmax(axis=1)), to_host(held.sum(axis=1))
    return Outcome(
        learner.curve_, rounds, item, question, yes, code, left, belief.contradictions_, model.seen
    )
