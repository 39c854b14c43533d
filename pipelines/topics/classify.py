"""What topics are worth as features: known labels, told from documents' shares of topics alone."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from etl.engine import Engine
from pipelines.topics.corpus import Corpus
from pipelines.topics.holdout import is_held

TAUGHT = 20_000
"""Documents, at most, that a classifier is trained on."""


@dataclass(frozen=True)
class Labels:
    """Known labels: ``codes``, -1 where there is none, and which documents teach, and which are judged."""

    codes: np.ndarray
    taught: np.ndarray
    judged: np.ndarray

    @property
    def wanted(self) -> np.ndarray:
        """Documents whose shares are needed, array of bool."""
        return self.taught | self.judged


def labels(corpus: Corpus, held: int, seed: int) -> Labels:
    """The labels that are known; the documents that topics were judged on judge the classifier too."""
    size = len(corpus.lengths)
    if "label" not in corpus.about.column_names:
        nothing = np.zeros(size, bool)
        return Labels(np.full(size, -1), nothing, nothing)
    coded = corpus.about["label"].combine_chunks().dictionary_encode().indices
    codes = coded.fill_null(-1).to_numpy()
    kept = is_held(np.arange(size), held, size, seed)
    teachers = np.flatnonzero((codes >= 0) & ~kept)
    taught = np.zeros(size, bool)
    taught[teachers[:: max(1, -(-len(teachers) // TAUGHT))]] = True
    return Labels(codes, taught, (codes >= 0) & kept)


def classify(known: Labels, shares: Any, engine: Engine) -> dict[str, Any] | None:
    """Accuracy of a logistic regression on the shares, beside that of the most frequent label."""
    codes, judged = known.codes[known.wanted], known.judged[known.wanted]
    if len(np.unique(codes[~judged])) < 2 or not judged.any():
        return None
    xp = engine.xp
    y, test = xp.asarray(codes), xp.asarray(judged)
    model = engine.ml.linear_model.LogisticRegression(C=10.0, max_iter=300, tol=1e-3)
    model.fit(shares[~test], y[~test])
    return {
        "accuracy": float((model.predict(shares[test]) == y[test]).mean()),
        "majority": float((y[test] == xp.bincount(y[~test]).argmax()).mean()),
        "classes": len(np.unique(codes)),
        "taught": int((~judged).sum()),
        "judged": int(judged.sum()),
    }
