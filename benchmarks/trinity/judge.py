"""Predictions of all systems judged alike: they are checked first, then counted, then compared in pairs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

Row = dict[str, Any]
DRAWS = 2000
"""Samples of a bootstrap."""
PIECE = 100
"""Samples drawn at a time."""


def right(predictions: Path, gold: pd.Series, system: str) -> np.ndarray:
    """Whether each task is predicted right; bool, in the order of ``gold``.

    Parameters
    ----------
    predictions : Path
        CSV with ``task, label``.
    gold : Series of str
        By task.
    system : str
        For the message.

    Raises
    ------
    ValueError
        A task is missing or there twice, a label is none of the classes, or the system is right no more often
        than one that always gives the commonest class.
    """
    table = pd.read_csv(predictions, dtype={"label": str})
    found = table.set_index("task")["label"]
    if not found.index.is_unique or set(found.index) != set(gold.index):
        raise ValueError(f"{system}: {predictions} should have each of the {len(gold)} tasks once")
    strange = sorted(set(found) - set(gold))
    if strange:
        raise ValueError(f"{system}: {predictions} has the label {strange[0]!r}, which is no class")
    hits = (found.loc[gold.index] == gold).to_numpy()
    least = gold.value_counts(normalize=True).iloc[0]
    if hits.mean() <= least:
        raise ValueError(f"{system} is right in {hits.mean():.1%}; the commonest class is in {least:.1%}")
    return hits


def interval(values: np.ndarray, seed: int = 0) -> tuple[float, float]:
    """Bootstrap interval of 95 % of a mean over seeds and items, both drawn anew; a system or a difference.

    Parameters
    ----------
    values : array, shape (seeds, items)
        Of the same items with every seed.
    """
    rng = np.random.default_rng(seed)
    seeds, items = values.shape
    means = []
    for _ in range(0, DRAWS, PIECE):
        weight = rng.multinomial(items, np.full(items, 1 / items), PIECE) / items
        share = rng.multinomial(seeds, np.full(seeds, 1 / seeds), PIECE) / seeds
        means.append(((weight @ values.T.astype("float64")) * share).sum(axis=1))
    low, high = np.quantile(np.concatenate(means), [0.025, 0.975])
    return float(low), float(high)


def accuracies(hits: Mapping[str, np.ndarray]) -> list[Row]:
    """Mean accuracy of each system, half of its interval, and its values by seed.

    Parameters
    ----------
    hits : mapping of str to array of bool, shape (seeds, items)
    """
    rows = []
    for system, values in hits.items():
        low, high = interval(values)
        every = [round(float(each), 4) for each in values.mean(axis=1)]
        row = {
            "system": system,
            "accuracy": round(float(values.mean()), 4),
            "half": round((high - low) / 2, 4),
        }
        rows.append(row | {"accuracies": every})
    return rows


def gains(hits: Mapping[str, np.ndarray], ours: str) -> list[Row]:
    """How much more often ours is right than each other system, with its paired interval.

    Seeds that both have run are compared; a system that ran fewer has the first of them.
    """
    rows = []
    for system in hits.keys() - {ours} if ours in hits else ():
        both = min(len(hits[ours]), len(hits[system]))
        values = hits[ours][:both].astype(float) - hits[system][:both]
        low, high = (round(edge, 4) for edge in interval(values))
        gain = {"system": system, "gain": round(float(values.mean()), 4), "low": low, "high": high}
        rows.append(gain | {"seeds": both, "better": low > 0})
    return sorted(rows, key=lambda row: str(row["system"]))
