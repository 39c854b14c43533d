"""What all who score a pool share: its arrays, the clock's loop, and what is compared."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

LEAST = 0.1
"""Core-seconds for which a query is repeated in a turn, so that short ones can be timed."""


def load(data: str) -> dict[str, np.ndarray]:
    """Arrays of the outputs, by name."""
    with np.load(data) as arrays:
        return dict(arrays)


def repeated(query: Callable[[], tuple[Any, Any]], turns: int) -> dict[str, Any]:
    """Items chosen and scores, if there are any, of the last query, and core-seconds a query of each turn."""
    seconds = []
    for _ in range(turns):
        began, loops, used = time.process_time(), 0, 0.0
        while used < LEAST:
            chosen, scores = query()
            loops, used = loops + 1, time.process_time() - began
        seconds.append(used / loops)
    return {"chosen": chosen, "scores": scores, "seconds": seconds}


def digest(result: dict[str, Any]) -> dict[str, Any]:
    """Items chosen, ascending; sums of scores, of which one sees the order; and the seconds."""
    chosen = np.sort(np.asarray(result["chosen"]).astype("int64"))
    found = {"chosen": chosen.tolist(), "seconds": result["seconds"]}
    if result["scores"] is None:
        return found
    scores = np.asarray(result["scores"], "float64")
    places = np.arange(len(scores)) * 40_503 & 4095
    sums = {"sum": scores.sum(), "mix": (scores * places).sum(), "best": scores[chosen].sum()}
    return found | {name: float(value) for name, value in sums.items()}


def means(values: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Mean of each item's tokens."""
    return np.add.reduceat(np.asarray(values, "float64"), starts[:-1]) / np.diff(starts)


def top(scores: np.ndarray, count: int) -> np.ndarray:
    """The items of the highest scores."""
    return np.argsort(-scores)[:count]
