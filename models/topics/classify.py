"""What topics are worth as features: known labels, predicted from documents' shares of topics alone."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from etl.engine import Engine
from etl.engine.types import Array
from etl.handoff import from_host
from etl.text.holdout import is_held

TAUGHT = 20_000
"""Documents, at most, that a classifier is trained on."""


@dataclass(frozen=True)
class Labels:
    """Known labels, in host memory.

    Attributes
    ----------
    codes : int array, shape (documents,)
        -1 where there is no label.
    taught, judged : bool array, shape (documents,)
        Which documents the classifier learns from, and which it is judged on.
    """

    codes: np.ndarray
    taught: np.ndarray
    judged: np.ndarray

    @property
    def wanted(self) -> np.ndarray:
        """Documents whose shares are needed, bool, shape (documents,)."""
        return self.taught | self.judged


def split_labels(codes: np.ndarray, held: int, seed: int) -> Labels:
    """Part documents with labels: those that topics were judged on judge the classifier too.

    Parameters
    ----------
    codes : int array, shape (documents,)
        -1 where there is no label.
    held, seed : int
        See `etl.text.holdout.is_held`.
    """
    size = len(codes)
    kept = is_held(np.arange(size), held, size, seed)
    teachers = np.flatnonzero((codes >= 0) & ~kept)
    taught = np.zeros(size, bool)
    taught[teachers[:: max(1, -(-len(teachers) // TAUGHT))]] = True
    return Labels(codes, taught, (codes >= 0) & kept)


def classify(known: Labels, shares: Array, engine: Engine) -> dict[str, Any] | None:
    """Accuracy of a logistic regression on the shares, beside that of the most frequent label.

    Parameters
    ----------
    known : Labels
    shares : float array, shape (documents wanted, k)
    engine : Engine
        That of the shares.

    Returns
    -------
    dict or None
        ``accuracy``, ``majority``, ``classes``, ``taught``, ``judged``; None where fewer than two labels are
        taught, or none is judged.
    """
    codes, judged = known.codes[known.wanted], known.judged[known.wanted]
    if len(np.unique(codes[~judged])) < 2 or not judged.any():
        return None
    xp = engine.xp
    y, test = from_host(codes, engine), from_host(judged, engine)
    model = engine.ml.linear_model.LogisticRegression(C=10.0, max_iter=300, tol=1e-3)
    model.fit(shares[~test], y[~test])
    return {
        "accuracy": float((model.predict(shares[test]) == y[test]).mean()),
        "majority": float((y[test] == xp.bincount(y[~test]).argmax()).mean()),
        "classes": len(np.unique(codes)),
        "taught": int((~judged).sum()),
        "judged": int(judged.sum()),
    }
