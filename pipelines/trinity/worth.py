"""What each block of features is worth to a model, and which ones it is better off without."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from etl.engine import engine_of
from etl.engine.types import Array
from etl.handoff import from_host, numbers
from models.crowd.joint_em import folds
from models.crowd.soft_labels import cross_entropy, cross_fit
from pipelines.run import Run
from pipelines.trinity.learners import estimator
from pipelines.trinity.train import FOLDS, Training

ENOUGH = 5_000
"""Tasks that tell what a block is worth, at most."""
C = 0.03
"""Inverse penalty of the regression that tells it, in the middle of those that models try."""
Z = 1.96
BLOCKS = {"topic_": "topics", "direction_": "directions", "vector_": "vectors"}
"""Beginnings of names, and the blocks they belong to; all others are columns of the table."""


class Worth(NamedTuple):
    """How much likelier labels of tasks not seen are with a block of features than without.

    Attributes
    ----------
    gain, low, high : float
        Nats a task, with the 95 % interval of their mean.
    """

    gain: float
    low: float
    high: float

    @property
    def loses(self) -> bool:
        """Whether the interval says that the block makes labels less likely."""
        return self.high < 0


def blocks(names: list[str]) -> dict[str, list[int]]:
    """Columns of each block.

    Examples
    --------
    >>> blocks(["age", "topic_0", "topic_1", "sex"])
    {'columns': [0, 3], 'topics': [1, 2]}
    """
    found: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        beginning = next((each for each in BLOCKS if name.startswith(each)), "")
        found.setdefault(BLOCKS.get(beginning, "columns"), []).append(place)
    return found


def measured(training: Training, seed: int) -> dict[str, Worth]:
    """What each block is worth beside the others, where there are several.

    Parameters
    ----------
    training : Training
    seed : int
        Of the tasks that are looked at, and of the folds.
    """
    found = blocks(training.features.names)
    if len(found) < 2:
        return {}
    few = training.sample(ENOUGH, seed)
    whole = _losses(few, list(range(len(few.features.names))), seed)
    return {name: _worth(_losses(few, _others(found, name), seed) - whole) for name in found}


def worthwhile(run: Run, training: Training, seed: int) -> tuple[list[int], Mapping[str, Worth]]:
    """Columns to learn from, and what each block is worth; those that lose are left out, and told.

    Parameters
    ----------
    run : Run
    training : Training
    seed : int
    """
    found, worth = blocks(training.features.names), measured(training, seed)
    lost = [name for name in worth if worth[name].loses]
    if len(lost) == len(found):
        lost.remove(max(lost, key=lambda name: worth[name].gain))
    for name, each in worth.items():
        told = f"{each.gain:+.3f} nats a task ({each.low:+.3f} to {each.high:+.3f})"
        run.say(f"features: {name} are {'left out, as they lose' if name in lost else 'kept, worth'} {told}")
    kept = sorted(place for name, places in found.items() if name not in lost for place in places)
    return kept, worth


def _others(found: Mapping[str, list[int]], left: str) -> list[int]:
    return sorted(place for name, places in found.items() if name != left for place in places)


def _losses(training: Training, columns: list[int], seed: int) -> Array:
    """Cross entropy of each task by a model of other tasks, in nats."""
    P = training.P
    X = training.X("logistic")[:, from_host(np.array(columns), engine_of(P))]
    q = cross_fit(estimator("logistic", C, 1, seed), X, P, folds(len(P), FOLDS, seed, training.votes))
    return cross_entropy(P, q)


def _worth(gains: Array) -> Worth:
    mean, spread = numbers([gains.mean(), gains.std()])
    half = Z * spread / max(len(gains), 1) ** 0.5
    return Worth(mean, mean - half, mean + half)
