"""Rows with a probability of every class, as votes leave them: how they meet, and train, any classifier."""

from typing import TypeAlias

from sklearn.base import clone

from etl.crowd.votes import Votes, encode
from etl.engine import array_namespace, engine_of
from etl.engine.types import Array, Csr, Estimator, Frame, Index, Tensor
from etl.ids import places, spell
from etl.records import Choice, record

Rows: TypeAlias = Array | Csr | Tensor
"""Features, shape (n, ...), dense or sparse, on any device."""

LIGHT = 1e-3
"""Classes of a row that weigh less than this are left out of its training."""
COPIED = 200_000
"""Rows that are copied to be learnt from, at most, where a model passes over rows of zeros."""
PREDICTED = 1 << 16
"""Rows that are predicted at a time."""


def coded(votes: Frame | Votes) -> Votes:
    """Votes of a table, or as they are; labels that are known are passed over.

    Raises
    ------
    ValueError
        All votes are for one label; and see `etl.crowd.votes.encode`.
    """
    votes = votes if isinstance(votes, Votes) else encode(votes)
    if len(votes.labels) < 2:
        raise ValueError(
            f"all votes are for one label, {spell(votes.labels[0])}; a classifier needs two, so add votes "
            "for another label, or give Votes coded by all labels"
        )
    return Votes(votes.starts, votes.flat, votes.tasks, votes.workers, votes.labels)


def rows_of(X: Rows, votes: Votes, tasks: Array | Index | list | None = None) -> Array:
    """Place in ``X`` of each task that was voted on, int64, in the order of ``votes.tasks``.

    Parameters
    ----------
    X : matrix or tensor, shape (n, ...)
    votes : Votes
    tasks : sequence of n ids, optional
        Task of each row; ``range(n)`` by default.

    Raises
    ------
    ValueError
        ``tasks`` is of another length or names a task twice; a task with votes has no row; the votes lie on
        another device; a value of ``X`` is missing. Each names the first place.
    TypeError
        ``X`` is a frame.
    """
    engine = votes.engine
    if hasattr(X, "columns"):
        raise TypeError("X is a frame; give its matrix, as with etl.handoff.matrix(X, columns)")
    if engine_of(X).name != engine.name:
        raise ValueError(
            f"X lies on the {engine_of(X).name} and the votes on the {engine.name}; read both on one device"
        )
    index = engine.df.Index(engine.xp.arange(X.shape[0]) if tasks is None else tasks)
    if len(index) != X.shape[0]:
        raise ValueError(
            f"X has {X.shape[0]:,} rows and tasks names {len(index):,}; give the task of each row"
        )
    if not index.is_unique:
        twice = index[index.duplicated()][0]
        raise ValueError(f"task {spell(twice)} has several rows of X; keep one row a task")
    rows = places(index, votes.tasks)
    bad = engine.xp.flatnonzero(rows < 0)
    if len(bad):
        raise ValueError(
            f"{len(bad):,} of {len(rows):,} tasks with votes have no row in X, the first is task "
            f"{spell(votes.tasks[int(bad[0])])}; rows are of tasks such as {spell(index[0])}: drop those "
            "votes, or pass tasks=, the task of each row, with ids of the votes' type"
        )
    _no_gaps(X, index)
    return rows


def voted_rows(
    X: Rows, votes: Frame | Votes, tasks: Array | Index | list | None, who: str
) -> tuple[Rows, Votes, int]:
    """A row a task of the votes, in their order, the votes coded, and how many rows nobody voted on.

    Parameters
    ----------
    X, votes, tasks
        See `rows_of` and `coded`.
    who : str
        Name of the estimator, by which rows that are left out are told.
    """
    votes = coded(votes)
    rows = rows_of(X, votes, tasks)
    if lost := X.shape[0] - len(rows):
        record(Choice(reason=f"{who}: {lost:,} items without votes are left out"))
    return take(X, rows), votes, lost


def _no_gaps(X: Rows, index: Index) -> None:
    xp, sparse = array_namespace(X), hasattr(X, "tocsr")
    values = X.tocsr().data if sparse else X
    missing = xp.asarray(values != values)  # NaN in arrays and tensors of any library
    if not bool(missing.any()):
        return
    row = int(missing.reshape(len(missing), -1).any(axis=1).argmax())
    if sparse:
        row = int((X.tocsr().indptr <= row).sum()) - 1
    raise ValueError(
        f"X has {int(missing.sum()):,} NaN, the first in row {row} (task {spell(index[row])}); "
        "fill them or drop those rows with their votes"
    )


def take(X: Rows, rows: Array) -> Rows:
    """Rows of a matrix or tensor, in the order given, on its device.

    Parameters
    ----------
    X : array, CSR matrix or tensor, shape (n, ...)
    rows : int64 array, shape (m,)

    Returns
    -------
    array, CSR matrix or tensor, shape (m, ...)
        Of the kind of ``X``.
    """
    if type(X).__module__.partition(".")[0] == "torch":
        import torch

        return X[torch.as_tensor(rows, device=X.device)]
    return (X.tocsr() if hasattr(X, "tocsr") else X)[rows]


def part(votes: Votes, rows: Array) -> Votes:
    """Votes on some of the tasks, with what is known of them.

    Parameters
    ----------
    votes : Votes
    rows : int64 array, shape (m,)
        Places of the tasks, ascending.
    """
    xp = votes.engine.xp
    sizes = xp.diff(votes.starts)
    kept = xp.zeros(len(sizes), dtype=bool)
    kept[rows] = True
    starts = xp.zeros(len(rows) + 1, dtype="int64")
    starts[1:] = xp.cumsum(sizes[rows])
    gold = None if votes.gold is None else votes.gold[rows]
    return Votes(starts, votes.flat[kept[votes.task]], votes.tasks[rows], votes.workers, votes.labels, gold)


def replicate_rows(P: Array) -> tuple[Array, Array, Array]:
    """Row, class and weight of each class of each row that weighs at least `LIGHT`.

    Weights of a row sum to 1. Each class keeps its likeliest row, so that every model knows every class.

    Parameters
    ----------
    P : float64 array, shape (n, classes)
        Probability of each class.

    Returns
    -------
    rows, classes : int64 array, shape (m,)
    weights : float64 array, shape (m,)

    Examples
    --------
    >>> import numpy
    >>> [part.tolist() for part in replicate_rows(numpy.array([[1.0, 0.0], [0.5, 0.5]]))]
    [[0, 1, 1], [0, 0, 1], [1.0, 0.5, 0.5]]
    """
    xp = array_namespace(P)
    kept = P >= LIGHT
    kept[P.argmax(axis=0), xp.arange(P.shape[1])] = True
    weights = xp.where(kept, xp.maximum(P, LIGHT), 0.0)
    weights /= weights.sum(axis=1)[:, None]
    rows, classes = xp.nonzero(weights)
    return rows, classes, weights[rows, classes]


def weighted_fit(estimator: Estimator, X: Rows, P: Array) -> Estimator:
    """A clone of the estimator that minimises ``sum of P[i, k] * loss(f(X[i]), k)``; classes are 0 to K - 1.

    An estimator whose attribute ``soft_labels`` is true gets ``fit(X, P)``; any other gets each row once a
    class, with ``sample_weight``.

    Parameters
    ----------
    estimator : classifier
        Left as it is.
    X : array, CSR matrix or tensor, shape (n, ...)
    P : float64 array, shape (n, classes)
        Probability of each row's classes.

    Raises
    ------
    TypeError
        ``fit`` takes neither.
    """
    model = clone(estimator)
    if getattr(model, "soft_labels", False):
        return model.fit(X, P)
    rows, classes, weights = replicate_rows(P)
    try:
        return model.fit(take(X, rows), classes, sample_weight=weights)
    except TypeError as error:
        if "sample_weight" not in str(error):
            raise
        raise TypeError(
            f"{type(model).__name__}.fit takes no sample_weight, so it cannot train on uncertain labels; "
            "take a classifier that does, or one with soft_labels = True whose fit takes probabilities"
        ) from error


def probabilities(model: Estimator, X: Rows) -> Array:
    """Probabilities of a model, float64, shape (n, classes), on the device of ``X``.

    Parameters
    ----------
    model : classifier
        Fitted.
    X : array, CSR matrix or tensor, shape (n, ...)
    """
    return array_namespace(X).asarray(model.predict_proba(X), dtype="float64")


def cross_fit(estimator: Estimator, X: Rows, P: Array, fold: Array) -> Array:
    """Probabilities of each row by a model trained on the rows of other folds.

    Parameters
    ----------
    estimator : classifier
        See `weighted_fit`.
    X : array, CSR matrix or tensor, shape (n, ...)
    P : float64 array, shape (n, classes)
        Probability of each row's classes.
    fold : int64 array, shape (n,)
        From 0.

    Returns
    -------
    float64 array, shape (n, classes)
    """
    xp, T = array_namespace(P), P.copy()
    for number in range(int(fold.max()) + 1):
        out = xp.flatnonzero(fold == number)
        model = _fit_others(estimator, X, P, fold != number)
        for begin in range(0, len(out), PREDICTED):
            rows = out[begin : begin + PREDICTED]
            T[rows] = probabilities(model, take(X, rows))
    return T


def _fit_others(estimator: Estimator, X: Rows, P: Array, kept: Array) -> Estimator:
    """The estimator trained on some rows; many are not copied, where it passes over rows of zeros."""
    if len(P) > COPIED and getattr(estimator, "passes_over_zeros", False):
        return weighted_fit(estimator, X, P * kept[:, None])
    rest = array_namespace(P).flatnonzero(kept)
    return weighted_fit(estimator, take(X, rest), P[rest])


def cross_entropy(P: Array, q: Array) -> Array:
    """Nats of each row's probabilities under a model's, float64, shape (n,).

    Parameters
    ----------
    P, q : float64 arrays, shape (n, classes)
    """
    xp = array_namespace(P)
    return -(P * xp.log(xp.maximum(q, 1e-12))).sum(axis=1)


class CrowdClassifier:
    """Predictions of classifiers trained on votes: ``estimator_`` knows places, ``classes_`` the labels."""

    estimator_: Estimator
    classes_: Index

    def predict_proba(self, X: Rows) -> Array:
        """Probability of each of ``classes_``, float64, shape (n, classes)."""
        return probabilities(self.estimator_, X)

    def predict(self, X: Rows) -> Array | Index:
        """Likeliest label of each row, shape (n,): an array; texts on a GPU are an Index."""
        labels = self.classes_.take(self.predict_proba(X).argmax(axis=1))
        if engine_of(labels).name == "cpu":
            return labels.to_numpy()
        return labels.values if labels.dtype.kind in "biuf" else labels  # CuPy holds no texts
