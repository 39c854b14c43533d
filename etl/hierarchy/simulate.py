"""Items simulated over a hierarchy: classes that are near in it are alike."""

import numpy as np

from etl.engine import Engine
from etl.engine.types import Array
from etl.handoff import from_host
from etl.hierarchy.tree import Hierarchy

WIDTH = 256
"""Features of an item."""
NOISE = 3.5
"""Their noise, so that a linear model of 200 classes and 100,000 items is right about half of the time."""


def simulated(hierarchy: Hierarchy, items: int, engine: Engine, seed: int) -> tuple[Array, Array]:
    """Features and classes of items.

    A class lies at the mean of its nodes' places, which are normal; an item lies around its class.

    Parameters
    ----------
    hierarchy : Hierarchy
    items : int
    engine : Engine
        Where the arrays lie.
    seed : int

    Returns
    -------
    X : float32 array, shape (items, `WIDTH`)
    y : int64 array, shape (items,)
    """
    rng = np.random.default_rng(seed)
    _, members = hierarchy.members()
    rows = np.unique(members, axis=0)
    rows = rows[~rows.all(axis=1)].astype("float64")
    means = rows.T @ rng.normal(size=(len(rows), WIDTH)) / np.sqrt(rows.sum(axis=0))[:, None]
    y = rng.permutation(np.arange(items) % len(hierarchy.classes))
    X = means[y] + NOISE * rng.normal(size=(items, WIDTH))
    return from_host(X.astype("float32"), engine), from_host(y, engine)
