"""What the kernels of a CPU know of the questions before any item, and how sums over classes share parts."""

from typing import NamedTuple

import numpy as np

SAME, SUM, NONE = 0, 1, 2
"""What an answer makes of another question's sums: they stay, are summed anew, or it splits no more."""
LN4 = float(np.log(4))


class Plan(NamedTuple):
    """What is known of the questions before any item; see `plan`.

    A node is a class, 0 to K - 1, or a question of several classes, K and above: small ones first.

    Attributes
    ----------
    Q : bool array, shape (questions, K)
    asks : int64 array, shape (nodes,)
        Question of each node; -1 for a class that none asks for alone.
    rates, bounds : float64 arrays, shape (nodes,)
        1 / cost of a node's question, and that to the power of ln 4.
    top : float
        Greatest rate.
    starts : int64 array
    parts : uint32 array
        Node K + c is the union of disjoint ``parts[starts[c] : starts[c + 1]]``, large ones first.
    fates : uint8 array, shape (2, questions, nodes - K)
        What a no, or a yes, to a question makes of each larger node's sums.
    """

    Q: np.ndarray
    asks: np.ndarray
    rates: np.ndarray
    bounds: np.ndarray
    top: float
    starts: np.ndarray
    parts: np.ndarray
    fates: np.ndarray


def plan(Q: np.ndarray, costs: np.ndarray) -> Plan:
    """Prepare questions and their costs for `models.partial.kernels.chains`.

    Parameters
    ----------
    Q : bool array, shape (questions, K)
    costs : float64 array, shape (questions,)
    """
    sizes, classes = Q.sum(axis=1), Q.shape[1]
    order = np.argsort(sizes, kind="stable")
    large = order[sizes[order] > 1]
    asks = np.concatenate([np.full(classes, -1), large])
    for question in np.flatnonzero(sizes == 1):
        asks[Q[question].argmax()] = question
    starts, parts = cover(Q[large])
    rates = np.where(asks < 0, 0.0, 1 / costs[asks])
    return Plan(Q, asks, rates, rates**LN4, rates.max(), starts, parts, _fates(Q, Q[large]))


def cover(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each row, smaller ones first, as the union of disjoint rows within it and of single classes.

    A sum over a row's classes is then a sum over few parts that are known already.

    Examples
    --------
    >>> starts, parts = cover(np.array([[True, True, False, False], [True, True, True, False]]))
    >>> parts[starts[1] : starts[2]].tolist()
    [4, 2]
    """
    found: list[list[int]] = []
    for place, row in enumerate(rows):
        left, own = row.copy(), list[int]()
        for part in range(place - 1, -1, -1):
            if left[rows[part]].all():
                left &= ~rows[part]
                own.append(len(row) + part)
        found.append(own + np.flatnonzero(left).tolist())
    starts = np.cumsum([0, *map(len, found)])
    return starts, np.array([part for own in found for part in own], dtype="uint32")


def _fates(Q: np.ndarray, large: np.ndarray) -> np.ndarray:
    counts = [np.count_nonzero(Q & row, axis=1) for row in large]
    shared = np.array(counts, dtype="int64").reshape(len(large), len(Q)).T
    apart, within = shared == 0, shared == large.sum(axis=1)
    around = shared == Q.sum(axis=1)[:, None]
    no = np.where(apart, SAME, np.where(within, NONE, SUM))
    yes = np.where(apart | around, NONE, np.where(within, SAME, SUM))
    return np.stack([no, yes]).astype("uint8")
