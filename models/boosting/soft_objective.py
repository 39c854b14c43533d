"""The loss of labels that are probabilities, for boosting: its start, its gradients, and its answers.

A row's loss is the cross entropy of its labels ``P[i]`` and ``p = softmax(margin[i])``. Its gradient is
``p - P[i]``: the sum over a copy of the row for each class, weighted by its probability. So a row stands
once, whatever its labels. Of two classes there is one margin, the second's log odds.
"""

from typing import Any

from etl.engine import array_namespace
from etl.engine.types import Array
from etl.handoff import numbers, to_host

LEAST = 1e-16
"""Least second derivative, as XGBoost's own."""
RARE = 1e-6
"""Least share that a class starts from."""


def start(P: Array, weight: Array | None) -> dict[str, Any]:
    """XGBoost's objective for these classes, with the margins from which trees grow: those of the shares.

    Parameters
    ----------
    P : float32 array, shape (n, classes)
        Probability of each class.
    weight : float32 array, shape (n,), optional
    """
    share = P.mean(axis=0, dtype="float64") if weight is None else _mean(P, weight)
    share = to_host(share).clip(RARE, 1 - RARE)
    if len(share) == 2:
        return {"objective": "binary:logistic", "base_score": float(share[1] / share.sum())}
    xp = array_namespace(share)
    margins = xp.log(share) - xp.log(share).mean()
    return {"objective": "multi:softprob", "num_class": len(share), "base_score": margins.tolist()}


def _mean(P: Array, weight: Array) -> Array:
    total = weight.astype("float64")
    return total @ P / total.sum()


def gradients(margins: Array, P: Array, weight: Array | None) -> tuple[Array, Array]:
    """First and second derivative of the loss by each margin, float32, of the shape of ``margins``.

    The second is XGBoost's: an upper bound, twice the diagonal, for more than two classes.

    Parameters
    ----------
    margins : float32 array, shape (n, classes); or (n, 1) of two classes
    P : float32 array, shape (n, classes)
    weight : float32 array, shape (n,), optional
    """
    xp, binary = array_namespace(margins), margins.shape[1] == 1
    if binary:
        p, P = 1 / (1 + xp.exp(-margins)), P[:, 1:]
    else:
        p = xp.exp(margins - margins.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
    first, second = p - P, xp.maximum((1 if binary else 2) * p * (1 - p), LEAST)
    if weight is not None:
        first, second = first * weight[:, None], second * weight[:, None]
    return xp.ascontiguousarray(first, dtype="float32"), xp.ascontiguousarray(second, dtype="float32")


def by_class(found: Array) -> Array:
    """Probabilities of each class, float32, (n, classes), from XGBoost's, which of two are the second's.

    Parameters
    ----------
    found : float32 array, shape (n,) or (n, classes)
    """
    xp = array_namespace(found)
    return found if found.ndim == 2 else xp.stack([1 - found, found], axis=1)


def targets(y: Array) -> tuple[Array, Array]:
    """Classes, and the probability of each for each row, float32, (n, classes).

    Parameters
    ----------
    y : array, shape (n,) or (n, classes)
        Labels; or probabilities, whose classes are numbered from 0, and whose rows are brought to a sum of 1.

    Raises
    ------
    ValueError
        There is one class only, or a probability is negative or missing, or all of a row are 0.
    """
    xp = array_namespace(y)
    if y.ndim == 2:
        classes, total = xp.arange(y.shape[1]), y.sum(axis=1, dtype="float64")
        wrong = ~(total > 0) | ~(y >= 0).all(axis=1) | ~xp.isfinite(total)
        if (count := numbers([wrong.sum()])[0]) > 0:
            row = int(wrong.argmax())
            raise ValueError(
                f"{count:,.0f} rows of y are no probabilities, the first is row {row:,}, "
                f"{to_host(y[row]).tolist()}; give numbers of at least 0 with a positive sum"
            )
        P = (y / total[:, None]).astype("float32")
    else:
        classes, codes = xp.unique(y, return_inverse=True)
        P = (codes.reshape(-1, 1) == xp.arange(len(classes))).astype("float32")
    if len(classes) < 2:
        raise ValueError(f"y has {len(classes)} class; a classifier needs two, so add rows of another")
    return classes, P
