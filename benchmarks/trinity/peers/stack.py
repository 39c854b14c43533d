"""What a user would put together instead, a library for each step, one thread each.

pandas reads; crowd-kit's Dawid-Skene labels; scikit-learn counts words, tomotopy learns topics, and
scikit-learn projects tf-idf; XGBoost and a PyTorch network, trained by DistributedDataParallel without
compression, learn the labels. The one that is right more often on a fifth of the labels held back is taken.
"""

from typing import Any

import numpy as np
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import LabelEncoder, StandardScaler
from xgboost import XGBClassifier

from benchmarks.trinity.peers import network, topics
from benchmarks.trinity.peers.inputs import Inputs, read
from benchmarks.trinity.peers.stages import Stages, digest  # noqa: F401

ITERATIONS, COMPONENTS, ROUNDS, HELD = 20, 100, 200, 0.2
"""Of Dawid-Skene; of the projection; of XGBoost; and the share of labels that the choice is made on."""
FEW = 50_000
"""Labels below which the chosen model is trained anew on all of them."""


def run(data: str, threads: int, out: str, seed: int) -> dict[str, Any]:
    """Train, choose, and predict the items tested on."""
    stages = Stages(out)
    with stages("read"):
        inputs = read(data)
    with stages("labels"):
        row, known, coder = labelled(inputs)
    items, test = features(inputs, seed, stages) if inputs.texts else scaled(inputs, stages)
    best = chosen(items[row], known, threads, seed, stages)
    with stages("predict"):
        found = coder.inverse_transform(best.predict(test))
    return stages.finish(inputs.test_tasks, found)


def chosen(X: np.ndarray, known: np.ndarray, threads: int, seed: int, stages: Stages) -> Any:
    """The model that is right more often on labels held back, trained on all where they are few."""
    parts = train_test_split(X, known, test_size=HELD, random_state=seed, stratify=strata(known))
    found: dict[str, Any] = {}
    for name, train in MODELS.items():
        with stages(name):
            model = train(parts[0], parts[2], threads, seed)
            found[name] = float((model.predict(parts[1]) == parts[3]).mean()), model
        stages.note(**{f"held_{name}": round(found[name][0], 4)})
    best = max(found, key=lambda name: found[name][0])
    stages.note(chosen=best)
    if len(known) >= FEW:
        return found[best][1]
    with stages("refit"):
        return MODELS[best](X, known, threads, seed)


def labelled(inputs: Inputs) -> tuple[np.ndarray, np.ndarray, LabelEncoder]:
    """Rows of items that have votes, and codes of their labels by Dawid-Skene."""
    from crowdkit.aggregation import DawidSkene

    found = DawidSkene(n_iter=ITERATIONS).fit_predict(inputs.votes)
    row = np.flatnonzero(np.isin(inputs.tasks, found.index))
    coder = LabelEncoder()
    return row, coder.fit_transform(found.loc[inputs.tasks[row]].to_numpy()), coder


def features(inputs: Inputs, seed: int, stages: Stages) -> tuple[np.ndarray, np.ndarray]:
    """Shares of topics beside projected tf-idf, of items and of those tested on; float32."""
    with stages("count"):
        counter = CountVectorizer(min_df=2, dtype=np.float32)
        counts, test = counter.fit_transform(inputs.items), counter.transform(inputs.test)
    with stages("topics"):
        shares = topics.shares(counts, test, seed)
    with stages("tf-idf"):
        weigh = TfidfTransformer(sublinear_tf=True)
        project = TruncatedSVD(COMPONENTS, random_state=seed)
        pairs = [project.fit_transform(weigh.fit_transform(counts)), project.transform(weigh.transform(test))]
    found = [np.hstack(pair).astype("float32") for pair in zip(shares, pairs, strict=True)]
    return found[0], found[1]


def scaled(inputs: Inputs, stages: Stages) -> tuple[np.ndarray, np.ndarray]:
    """Vectors of mean 0 and variance 1."""
    with stages("scale"):
        scaler = StandardScaler()
        return scaler.fit_transform(inputs.items), scaler.transform(inputs.test)


def boosted(X: np.ndarray, y: np.ndarray, threads: int, seed: int) -> XGBClassifier:
    """XGBoost with its defaults and `ROUNDS`."""
    return XGBClassifier(n_estimators=ROUNDS, tree_method="hist", n_jobs=threads, random_state=seed).fit(X, y)


MODELS = {"xgboost": boosted, "network": network.fit}


def strata(known: np.ndarray) -> np.ndarray | None:
    """Labels to split evenly by, where each has two items at least."""
    return known if np.bincount(known).min() > 1 else None
