"""Networks and features of the partial-feedback pipeline, and items simulated over a hierarchy."""

import math
from typing import Any

import numpy as np

from etl.engine import Engine
from etl.hierarchy.tree import Hierarchy

DIGITS = Hierarchy(
    tuple("0123456789"),
    {
        "0": ("closed loop",), "6": ("loop and stroke",), "9": ("loop and stroke",), "8": ("closed loop",),
        "loop and stroke": ("closed loop",), "closed loop": ("curved",), "3": ("curved",),
        "1": ("straight",), "4": ("straight",), "7": ("straight",), "2": ("mixed",), "5": ("mixed",),
    },
)  # fmt: skip
"""Digits by their shapes."""
WIDTH = 256
"""Features of a simulated item."""
NOISE = 3.5
"""Their noise, so that a linear model of 200 classes and 100,000 items is right about half of the time."""
TOPICS = 256
"""Features of a text."""


def network(shape: tuple[int, ...], classes: int) -> Any:
    """A small convolutional network for images (channels, height, width); for vectors, a hidden layer."""
    from torch import nn

    if len(shape) == 1:
        hidden = 256
        return nn.Sequential(
            nn.Linear(shape[0], hidden), nn.ReLU(), nn.Dropout(0.2), nn.Linear(hidden, classes)
        )
    side = math.ceil(shape[1] / 4) * math.ceil(shape[2] / 4)
    return nn.Sequential(
        nn.Conv2d(shape[0], 8, 5, 2, 2),
        nn.ReLU(),
        nn.Conv2d(8, 16, 5, 2, 2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(16 * side, 64),
        nn.ReLU(),
        nn.Linear(64, classes),
    )


def linear(shape: tuple[int, ...], classes: int) -> Any:
    """One score a class, for simulated items."""
    from torch import nn

    return nn.Linear(shape[0], classes)


def text_features(texts: list[str], engine: Engine, seed: int) -> Any:
    """Directions of the largest singular values of tf-idf, scaled to one length, float32, (n, `TOPICS`).

    Source: Deerwester et al., "Indexing by latent semantic analysis", 1990. No label is used.
    """
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import normalize

    counts = TfidfVectorizer(min_df=3, max_df=0.5, sublinear_tf=True, stop_words="english").fit_transform(
        texts
    )
    most = min(TOPICS, min(counts.shape) - 1)
    vectors = normalize(TruncatedSVD(most, random_state=seed).fit_transform(counts)) * np.sqrt(most)
    return engine.xp.asarray(vectors, dtype="float32")


def simulated(hierarchy: Hierarchy, items: int, engine: Engine, seed: int) -> tuple[Any, Any]:
    """Features and classes of items whose classes are alike where they are near in the hierarchy.

    A class lies at the mean of its nodes' places, which are normal; an item lies around its class.

    Returns
    -------
    X : float32 array, shape (items, `WIDTH`)
    y : int64 array, shape (items,)
    """
    rng = np.random.default_rng(seed)
    _, members = hierarchy.members()
    rows = np.unique(members, axis=0)
    rows = rows[~rows.all(axis=1)].astype("float64")
    places = rows.T @ rng.normal(size=(len(rows), WIDTH)) / np.sqrt(rows.sum(axis=0))[:, None]
    y = rng.permutation(np.arange(items) % len(hierarchy.classes))
    X = places[y] + NOISE * rng.normal(size=(items, WIDTH))
    return engine.xp.asarray(X, dtype="float32"), engine.xp.asarray(y)
