"""How often each method is right, by depth, and how far its probabilities are off."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from models import metrics
from models.crowd.rectified import wilson

HELD_OUT, DEEPER = "held out", "deeper"
"""Equations that judge: of depths that were learnt from, and of greater ones."""


def right(label: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """Whether each equation is told rightly, bool (n,); at one half it is told to hold.

    Parameters
    ----------
    label : int array, shape (n,)
    probability : float array, shape (n,)
        That it holds.
    """
    found: np.ndarray = (probability >= 0.5) == (label == 1)
    return found


def accuracy(label: np.ndarray, probability: np.ndarray) -> float | None:
    """Share that is right; None of no equation."""
    return float(right(label, probability).mean()) if len(label) else None


def judged(
    label: np.ndarray, depth: np.ndarray, learnt: int, probabilities: Mapping[str, np.ndarray]
) -> dict[str, Any]:
    """Numbers of all methods on the same equations.

    Parameters
    ----------
    label, depth : int arrays, shape (n,)
        1 where an equation holds; edges from its root to the farthest leaf.
    learnt : int
        Greatest depth that was learnt from.
    probabilities : mapping of str to float array, shape (n,)
        By method.
    """
    parts = {HELD_OUT: depth <= learnt, DEEPER: depth > learnt}
    depths = sorted(set(depth.tolist()))
    own, beyond = (
        {name: accuracy(label[part], P[part]) for name, P in probabilities.items()} for part in parts.values()
    )
    return {
        "accuracy": own,
        "accuracy_deeper": beyond,
        "accuracy_by_depth": {
            name: {str(d): accuracy(label[depth == d], P[depth == d]) for d in depths}
            for name, P in probabilities.items()
        },
        "interval_by_depth": {
            name: {str(d): _interval(right(label, P)[depth == d]) for d in depths}
            for name, P in probabilities.items()
        },
        "judged_by_depth": {str(d): int((depth == d).sum()) for d in depths},
        "commonest_by_depth": {str(d): _commonest(label[depth == d]) for d in depths},
        "confusion": {name: confusion(label, P) for name, P in probabilities.items()},
        "calibration": {
            part: {name: metrics.calibration(label[rows], P[rows]) for name, P in probabilities.items()}
            for part, rows in parts.items()
        },
    }


def _interval(found: np.ndarray) -> list[float]:
    """Of 95 %, by Wilson's rule."""
    return list(wilson(int(found.sum()), len(found)))


def _commonest(label: np.ndarray) -> float:
    """Accuracy of always telling the commonest label."""
    share = float((label == 1).mean())
    return max(share, 1 - share)


def confusion(label: np.ndarray, probability: np.ndarray) -> dict[str, int]:
    """Counts of true and false positives and negatives; positive is told to hold."""
    told, holds = probability >= 0.5, label == 1
    return {
        "true_positive": int((told & holds).sum()),
        "false_positive": int((told & ~holds).sum()),
        "true_negative": int((~told & ~holds).sum()),
        "false_negative": int((~told & holds).sum()),
    }


def calibration_error(label: np.ndarray, probability: np.ndarray) -> float | None:
    """Mean distance of probabilities from shares that hold, in bins of about equally many."""
    found: float | None = metrics.calibration(label, probability)["error"]
    return found


def warning(found: dict[str, Any]) -> str:
    """Why not to trust the network that is kept."""
    chosen = found["chosen"]
    deepest, tested = max((int(d), n) for d, n in found["judged_by_depth"].items())
    low, _ = found["interval_by_depth"][chosen][str(deepest)]
    least = found["commonest_by_depth"][str(deepest)]
    if low <= least and tested:
        share = found["accuracy_by_depth"][chosen][str(deepest)]
        return (
            f"at depth {deepest} {chosen} is right on {share:.0%} of {tested:,} equations, not surely more "
            f"than always telling the commonest label ({least:.0%}); take trinity programs verify there"
        )
    return ""
