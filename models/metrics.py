"""How good probabilities of a binary label are, in array code that runs where the arrays lie.

Everything comes from one sort by score; equal scores are one step of the curves and lie in one bin, so the
order of the rows never counts. Scores must be free of NaN unless a function says otherwise. Sources: Fawcett
(2006), doi:10.1016/j.patrec.2005.10.010, algorithm 2 for ROC; Davis and Goadrich (2006),
doi:10.1145/1143844.1143874.
"""

from itertools import pairwise
from typing import Any

import numpy as np

from etl.engine import array_namespace, engine_of
from etl.engine.types import Array
from etl.handoff import from_host, numbers, to_host

POINTS = 500
"""Most points of a curve kept for drawing."""


def _counts(label: Array, score: Array) -> tuple[Array, Array]:
    """Positives and negatives at or above each distinct score, int64, from the highest score down."""
    xp = array_namespace(score)
    order = xp.argsort(-score)
    score, positive = score[order], label[order].astype("int64")
    ends = xp.append(xp.flatnonzero(score[1:] != score[:-1]), len(score) - 1)
    hits = xp.cumsum(positive)[ends]
    return hits, ends + 1 - hits


def roc_auc(label: Array, score: Array) -> float | None:
    """Area under the ROC curve; None where one class is missing.

    Parameters
    ----------
    label : array of shape (n,)
        0 or 1.
    score : array of float, shape (n,)

    Examples
    --------
    >>> import numpy as np
    >>> roc_auc(np.array([0, 1, 1]), np.array([0.1, 0.1, 0.9]))
    0.75
    """
    if not _both(label):
        return None
    xp = array_namespace(score)
    hits, misses = _counts(label, score)
    width = xp.diff(misses, prepend=0)
    height = (hits + xp.append(xp.zeros(1, "int64"), hits[:-1])) / 2
    return float((width * height).sum() / (float(hits[-1]) * float(misses[-1])))


def pr_auc(label: Array, score: Array) -> float | None:
    """Average precision: precision summed over steps of recall; None where no label is 1.

    Parameters
    ----------
    label : array of int, shape (n,)
        0 or 1.
    score : array of float, shape (n,)
    """
    if not int(label.sum()):
        return None
    xp = array_namespace(score)
    hits, misses = _counts(label, score)
    return float((xp.diff(hits, prepend=0) * hits / (hits + misses)).sum() / float(hits[-1]))


def log_loss(label: Array, probability: Array) -> float | None:
    """Mean negative log likelihood, in nats; probabilities are kept 1e-7 from 0 and 1. None of no rows.

    Parameters
    ----------
    label : array of int, shape (n,)
        0 or 1.
    probability : array of float, shape (n,)
        Of label 1.
    """
    if not len(label):
        return None
    xp = array_namespace(probability)
    p = xp.clip(probability.astype("float64"), 1e-7, 1 - 1e-7)
    return float(-xp.where(label == 1, xp.log(p), xp.log1p(-p)).mean())


def brier(label: Array, probability: Array) -> float | None:
    """Mean squared error of the probabilities (Brier, 1950); None of no rows.

    Parameters
    ----------
    label : array of int, shape (n,)
        0 or 1.
    probability : array of float, shape (n,)
        Of label 1.
    """
    return float(((probability.astype("float64") - label) ** 2).mean()) if len(label) else None


def curves(label: Array, score: Array) -> dict[str, Any] | None:
    """ROC and precision-recall curves for drawing, at most `POINTS` points each, evenly spread on both axes.

    Parameters
    ----------
    label : array of int, shape (n,)
        0 or 1.
    score : array of float, shape (n,)

    Returns
    -------
    dict or None
        ``fpr, tpr, recall, precision`` as lists, ``roc_auc``, ``pr_auc``. None without both classes, or where
        a score is NaN.
    """
    if not _both(label) or _holes(score):
        return None
    xp, sides = array_namespace(score), _counts(label, score)
    steps = xp.linspace(0, 1, (POINTS - 1) // 2)
    keep = xp.unique(xp.concatenate([xp.searchsorted(side, steps * side[-1]) for side in sides]))
    hits, misses = (to_host(side[keep]).astype("float64") for side in sides)
    total = hits[-1], misses[-1]
    return {
        "fpr": [0.0, *(misses / total[1]).tolist()],
        "tpr": [0.0, *(hits / total[0]).tolist()],
        "recall": (hits / total[0]).tolist(),
        "precision": (hits / (hits + misses)).tolist(),
        "roc_auc": roc_auc(label, score),
        "pr_auc": pr_auc(label, score),
    }


def calibration(label: Array, probability: Array, bins: int = 10) -> dict[str, Any]:
    """Mean probability and rate of label 1 in bins of about equally many rows, and their expected distance.

    Equal probabilities share a bin: many ties leave fewer bins, and the rows' order does not matter.

    Parameters
    ----------
    label : array of int, shape (n,)
        0 or 1.
    probability : array of float, shape (n,)
        Of label 1.
    bins : int
        At most.

    Returns
    -------
    dict
        ``predicted``, ``observed``, ``count`` as lists, and ``error``: the mean absolute difference weighted
        by count (Naeini et al., 2015, equation 3). No rows, or a probability of NaN: no bins, and None.
    """
    if not len(label) or _holes(probability):
        return {"predicted": [], "observed": [], "count": [], "error": None}
    xp = array_namespace(probability)
    order = xp.argsort(probability)
    ranked, rows = probability[order], len(order)
    ends = xp.append(xp.flatnonzero(ranked[1:] != ranked[:-1]) + 1, rows)
    wanted = from_host(np.array([round(i * rows / bins) for i in range(1, bins + 1)]), engine_of(probability))
    edges = sorted({0, *to_host(ends[xp.searchsorted(ends, wanted)]).tolist()})
    parts = [order[a:b] for a, b in pairwise(edges)]
    predicted, observed = (
        numbers([values[part].astype("float64").mean() for part in parts]) for values in (probability, label)
    )
    count = [len(part) for part in parts]
    gaps = [abs(p - o) * n for p, o, n in zip(predicted, observed, count, strict=True)]
    return {"predicted": predicted, "observed": observed, "count": count, "error": sum(gaps) / rows}


def classification(label: Array, probability: Array, *, base_rate: float, rule: Array) -> dict[str, Any]:
    """Compare a model with the base rate and with a rule, on the same rows.

    Parameters
    ----------
    label : array of int, shape (n,)
    probability, rule : arrays of float, shape (n,)
    base_rate : float
        Share of label 1 in the rows trained on: the constant that knows nothing else.

    Returns
    -------
    dict
        ``roc_auc, pr_auc, log_loss, brier, calibration_error`` of the model; the first four in ``rule`` and
        ``base``; ``base_rate``, ``positives`` and ``reasons``. What is not defined is None, and its reason
        is told.
    """
    positives, rows = int(label.sum()), len(label)
    missing = "of no row" if not rows else f"of {rows:,} rows of which {positives:,} are positive"
    reasons = [] if _both(label) else [f"ranking is not defined {missing}"]
    constant = array_namespace(probability).full(rows, base_rate)
    for name, given in (("model", probability), ("rule", rule), ("base rate", constant)):
        if holes := _holes(given):
            reasons.append(f"the {name} gives NaN to {holes:,} of {rows:,} rows")
    return {
        **_scores(label, probability),
        "calibration_error": calibration(label, probability)["error"],
        "rule": _scores(label, rule),
        "base": _scores(label, constant),
        "base_rate": base_rate,
        "positives": positives,
        "reasons": reasons,
    }


def _scores(label: Array, p: Array) -> dict[str, float | None]:
    known = not _holes(p)
    return {f.__name__: f(label, p) if known else None for f in (roc_auc, pr_auc, log_loss, brier)}


def _holes(p: Array) -> int:
    return int(array_namespace(p).isnan(p).sum())


def _both(label: Array) -> bool:
    return 0 < int(label.sum()) < len(label)
