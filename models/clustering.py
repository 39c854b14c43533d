"""How many clusters, how far apart, how dense? Measures of parts of rows, where the rows lie."""

from dataclasses import dataclass

import numpy as np

from etl.engine import array_namespace, engine_of
from etl.engine.types import Array
from etl.handoff import from_host

BLOCK = 1 << 18
"""Rows whose distances to their centers are held at once."""
BLOCK = 1 << 22
"""Distances at a time."""
SAMPLE = 2000
"""Rows that silhouettes are measured on; their distances are held at once."""


def inertia(X: Array, label: Array, centers: Array) -> float:
    """Sum of squared distances to the centers, in float64.

    k-means sums in the type of the rows and by threads, whose number then shows in the seventh digit.

    Parameters
    ----------
    X : array, shape (n, d)
    label : int array, shape (n,)
    centers : array, shape (k, d)

    Examples
    --------
    >>> import numpy
    >>> inertia(numpy.array([[0.0], [2.0], [9.0]]), numpy.array([0, 0, 1]), numpy.array([[1.0], [9.0]]))
    2.0
    """
    xp = array_namespace(X)
    begins = range(0, len(X), BLOCK)
    apart = (X[b : b + BLOCK].astype("float64") - centers[label[b : b + BLOCK]] for b in begins)
    return float(xp.stack([(part * part).sum() for part in apart]).sum())


def silhouettes(X: Array, label: Array, seed: int = 0, most: int = SAMPLE) -> tuple[Array, Array]:
    """Silhouettes of rows, or of a sample of them: (b - a) / max(a, b).

    Here a is the mean distance to the other rows of the own cluster, and b the least mean distance to
    those of another.

    Parameters
    ----------
    X : array, shape (n, d)
    label : int array, shape (n,)
        Rows of label -1, noise, are left out.
    seed : int
        Of the sample.
    most : int
        Rows of the sample, between which distances are taken too.

    Returns
    -------
    silhouette : float64 array, shape (m,)
        0 for the only row of a cluster.
    rows : int64 array, shape (m,)

    Raises
    ------
    ValueError
        There are fewer than two clusters.

    References
    ----------
    .. [1] Rousseeuw, Silhouettes: a graphical aid, 1987.

    Examples
    --------
    >>> import numpy
    >>> silhouettes(numpy.array([[0.0], [1.0], [10.0]]), numpy.array([0, 0, 1]))[0].round(3).tolist()
    [0.9, 0.889, 0.0]
    """
    xp = array_namespace(X)
    rows = sample(xp.flatnonzero(label >= 0), most, seed)
    code = xp.unique(label[rows], return_inverse=True)[1]
    size = xp.bincount(code)
    if len(size) < 2:
        raise ValueError("silhouettes compare two clusters at least; there is one, or none")
    member = (code[:, None] == xp.arange(len(size))).astype("float64")
    total = distances(X[rows], X[rows]) @ member  # sum of distances to the rows of each cluster
    each = xp.arange(len(rows))
    a = total[each, code] / xp.maximum(size[code] - 1, 1)
    mean = total / size
    mean[each, code] = xp.inf
    b = mean.min(axis=1)
    silhouette = (b - a) / xp.maximum(xp.maximum(a, b), 1e-300)
    return xp.where(size[code] > 1, silhouette, 0.0), rows


def distances(X: Array, Y: Array) -> Array:
    """Euclidean distances between rows; 0 on the diagonal where ``Y`` is ``X``.

    Parameters
    ----------
    X : array, shape (n, d)
    Y : array, shape (m, d)

    Returns
    -------
    float64 array, shape (n, m)
    """
    xp = array_namespace(X)
    X, Y = (xp.asarray(part, dtype="float64") for part in (X, Y))
    squares = (X**2).sum(axis=1)[:, None] + (Y**2).sum(axis=1) - 2 * (X @ Y.T)
    found = xp.sqrt(xp.maximum(squares, 0))
    if X is Y:
        found[xp.arange(len(X)), xp.arange(len(X))] = 0
    return found


def nearest(X: Array, centres: Array) -> tuple[Array, Array]:
    """Place of each row's nearest centre, and the distance to it.

    Parameters
    ----------
    X : array, shape (n, d)
    centres : array, shape (k, d)
        Where there are many, rows are compared with them a block at a time.

    Returns
    -------
    places : int64 array, shape (n,)
    distance : float64 array, shape (n,)

    Examples
    --------
    >>> [part.tolist() for part in nearest(np.array([[1.0], [9.0]]), np.array([[0.0], [6.0]]))]
    [[0, 1], [1.0, 3.0]]
    """
    xp, step = array_namespace(X), max(1, BLOCK // len(centres))
    found = []
    for begin in range(0, max(1, len(X)), step):
        near = distances(X[begin : begin + step], centres)
        found.append(xp.stack([near.argmin(axis=1), near.min(axis=1)]))
    places, distance = xp.concatenate(found, axis=1)
    return places.astype("int64"), distance


def sample(rows: Array, most: int, seed: int) -> Array:
    """At most so many of the rows, drawn at random, in their order.

    Parameters
    ----------
    rows : array, shape (n,)
    most, seed : int

    Returns
    -------
    array, shape (min(n, most),)

    Examples
    --------
    >>> import numpy
    >>> sample(numpy.arange(3), 5, 0).tolist(), len(sample(numpy.arange(99), 5, 0))
    ([0, 1, 2], 5)
    """
    if len(rows) <= most:
        return rows
    drawn = np.sort(np.random.default_rng(seed).permutation(len(rows))[:most])
    return rows[from_host(drawn, engine_of(rows))]


@dataclass(frozen=True)
class Choice:
    """A number of clusters, and why.

    Attributes
    ----------
    k : int
    reason : str
    inertia, silhouette : dict by number of clusters
        Of k-means on the rows that were compared.
    """

    k: int
    reason: str
    inertia: dict[int, float]
    silhouette: dict[int, float]


def choose_k(X: Array, candidates: tuple[int, ...], seed: int = 0, most: int = 10 * SAMPLE) -> Choice:
    """The number of clusters whose k-means has the highest mean silhouette.

    Parameters
    ----------
    X : array, shape (n, d)
    candidates : tuple of int
        Numbers of clusters that are compared; those that the rows are too few for are passed over.
    seed : int
        Of the samples and of k-means.
    most : int
        Rows that k-means is fitted on.

    Raises
    ------
    ValueError
        There are fewer distinct rows than the smallest candidate.
    """
    engine = engine_of(X)
    X = X[sample(engine.xp.arange(len(X)), most, seed)]
    sums, silhouette = dict[int, float](), dict[int, float]()
    distinct = _distinct(X)
    for k in candidates:
        if k > distinct:
            continue
        model = engine.learner("cluster.KMeans")(n_clusters=k, n_init=3, random_state=seed).fit(X)
        if len(engine.xp.unique(model.labels_)) < k:  # rows that only rounding tells apart
            continue
        sums[k] = inertia(X, model.labels_, model.cluster_centers_)
        silhouette[k] = float(silhouettes(X, model.labels_, seed)[0].mean())
    if not silhouette:
        raise ValueError(
            f"there are {distinct:,} distinct rows, too few to part into {min(candidates)}; give more rows"
        )
    k = max(silhouette, key=lambda number: silhouette[number])
    others = (
        f" of {min(silhouette)} to {max(silhouette)}{_edge(k, candidates)}" if len(silhouette) > 1 else ""
    )
    return Choice(k, f"{k} has the highest silhouette, {silhouette[k]:.3f},{others}", sums, silhouette)


def _distinct(X: Array) -> int:
    """Rows that differ by more than float32 rounds."""
    xp = array_namespace(X)
    unit = 1e-6 * max(float(xp.abs(X).max()), 1e-30)
    return len(engine_of(X).df.DataFrame(xp.floor(X / unit + 0.5)).drop_duplicates())


def _edge(k: int, candidates: tuple[int, ...]) -> str:
    """What is to be said where the best is the last that was compared."""
    if k == max(candidates):
        return "; no more were compared, and more may be better: ask for some with --clusters"
    return ", the fewest that can be" if k == min(candidates) else ""


def knee(values: Array) -> float:
    """The value at which rising values turn up: farthest below the line from the first to the last.

    Examples
    --------
    >>> import numpy
    >>> knee(numpy.array([1.0, 1.1, 1.2, 1.3, 9.0]))
    1.3
    """
    xp = array_namespace(values)
    rising = xp.sort(values)
    share = xp.linspace(0, 1, len(rising))
    line = rising[0] + share * (rising[-1] - rising[0])
    return float(rising[int((line - rising).argmax())])
