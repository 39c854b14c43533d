"""An expert's straight line in scikit-learn: majority labels, tf-idf of words and pairs, logistic regression.

How many words a term has, and the regularisation, are chosen by cross-validation on the majority labels, of a
sample where there are many items.
"""

from typing import Any

import numpy as np
from sklearn.base import TransformerMixin
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.trinity.peers.inputs import Inputs, Rows, majority, read
from benchmarks.trinity.peers.stages import Stages, digest  # noqa: F401

FEW, SAMPLE = 3000, 20_000
"""Items, at most, on which the words of a term are chosen, and the regularisation."""
FOLDS, FIRST_C = 3, 3.0
WORDS = ((1, 1), (1, 2))
"""Least and most words of a term."""
PAIRS = 50_000
"""Items from which on pairs of words are not tried: they would be millions of columns."""
TEXT_C, VECTOR_C = (0.3, 1.0, 3.0, 10.0, 30.0), (1e-4, 1e-3, 1e-2, 1e-1, 1.0)


def run(data: str, threads: int, out: str, seed: int) -> dict[str, Any]:
    """Train, and predict the items tested on."""
    stages = Stages(out)
    with stages("read"):
        inputs = read(data)
    with stages("labels"):
        labels = majority(inputs.votes)
        row = np.flatnonzero(np.isin(inputs.tasks, labels.index))
        known = labels.loc[inputs.tasks[row]].to_numpy()
        rows = inputs.part(inputs.items, row)
    with stages("choose"):
        model = chosen(inputs, rows, known, seed, stages)
    with stages("train"):
        model.fit(rows, known)
    with stages("predict"):
        found = model.predict(inputs.test)
    return stages.finish(inputs.test_tasks, found)


def chosen(inputs: Inputs, rows: Rows, known: np.ndarray, seed: int, stages: Stages) -> Pipeline:
    """The model of the best choices, not yet fitted."""
    order = np.random.default_rng(seed).permutation(len(known))
    few, many = ((inputs.part(rows, at), known[at]) for at in (order[:FEW], order[:SAMPLE]))
    before = steps(inputs.texts, len(known))
    best = before[0]
    if len(before) > 1:
        best = max(before, key=lambda step: search(step, *few, (FIRST_C,)).best_score_)
    found = search(best, *many, TEXT_C if inputs.texts else VECTOR_C)
    stages.note(chosen=f"{best}, C {found.best_params_['C']}", estimate=round(float(found.best_score_), 4))
    return make_pipeline(best, LogisticRegression(max_iter=1000, **found.best_params_))


def search(before: TransformerMixin, rows: Rows, known: np.ndarray, grid: tuple[float, ...]) -> GridSearchCV:
    """Cross-validated accuracies of regularisations after this step."""
    model = LogisticRegression(max_iter=1000)
    return GridSearchCV(model, {"C": grid}, cv=FOLDS, refit=False).fit(before.fit_transform(rows), known)


def steps(texts: bool, items: int) -> list[TransformerMixin]:
    """What may stand before the regression."""
    if not texts:
        return [StandardScaler()]
    words = WORDS if items < PAIRS else WORDS[:1]
    return [TfidfVectorizer(ngram_range=each, sublinear_tf=True, min_df=2) for each in words]
