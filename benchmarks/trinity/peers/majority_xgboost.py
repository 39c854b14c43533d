"""Majority labels, and XGBoost with 200 rounds on tf-idf of words, or on vectors as they are."""

from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import LabelEncoder
from xgboost import XGBClassifier

from benchmarks.trinity.peers.inputs import majority, read
from benchmarks.trinity.peers.stages import Stages, digest  # noqa: F401

ROUNDS = 200


def run(data: str, threads: int, out: str, seed: int) -> dict[str, Any]:
    """Train, and predict the items tested on."""
    stages = Stages(out)
    with stages("read"):
        inputs = read(data)
    with stages("labels"):
        labels = majority(inputs.votes)
        row = np.flatnonzero(np.isin(inputs.tasks, labels.index))
        coder = LabelEncoder()
        known = coder.fit_transform(labels.loc[inputs.tasks[row]])
    with stages("features"):
        items, test = inputs.items, inputs.test
        if inputs.texts:
            words = TfidfVectorizer(min_df=2, sublinear_tf=True, dtype=np.float32)
            items, test = words.fit_transform(items), words.transform(test)
    with stages("train"):
        model = XGBClassifier(n_estimators=ROUNDS, tree_method="hist", n_jobs=threads, random_state=seed)
        model.fit(items[row], known)
    with stages("predict"):
        found = coder.inverse_transform(model.predict(test))
    return stages.finish(inputs.test_tasks, found)
