"""The queue as released: a heap of items; the best is asked one question, scored again and put back."""

import heapq
from typing import Any

import numpy as np

from benchmarks.partial.peers.pool import digest, load  # noqa: F401

GRID = float(1 << 20)


def entropy(q: Any) -> Any:
    """Of a yes and no, a half of it each call, in bits."""
    return -q * np.log2(np.where(q > 0, q, 1.0))


def best(p: Any, y: Any, Q: Any, costs: Any, score: str) -> tuple[float, int]:
    """Priority and place of an item's best question."""
    prior = p * y
    prior = prior / prior.sum() if prior.sum() > 0 else y / y.sum()
    size, yes, left = y.sum(), np.clip(Q @ prior, 0.0, 1.0), Q @ y
    splits = (left > 0) & (left < size)
    edc = size - (yes * left + (1 - yes) * (size - left))
    score_of = entropy(yes) + entropy(1 - yes) if score == "eig" else edc
    worth = np.where(splits, np.rint(score_of * GRID) * (1 / costs), -1)
    question = int(worth.argmax())
    if score == "eig" and worth[question] == 0:
        holders = np.where(
            splits & (Q[:, np.where(y > 0, prior, -1).argmax()] > 0),
            Q.sum(axis=1),
            np.where(splits, len(p), np.inf),
        )
        question = int(holders.argmin())
    if score == "erc":
        return float(-np.rint((size - edc[question]) * GRID)), question
    return float(worth[question]), question


def run(data: Any, threads: int, score: str = "edc", budget: float | None = None) -> list[tuple[int, int]]:
    """Items and questions in the order in which they are asked, for a budget or all."""
    P, Y, truth, Q, costs = data
    P, Y, Q = P.astype("float64"), Y.astype("float64"), Q.astype("float64")
    heap: list[tuple[float, int, int]] = []
    for item in np.flatnonzero(Y.sum(axis=1) > 1).tolist():
        priority, question = best(P[item], Y[item], Q, costs, score)
        heap.append((-priority, item, question))
    heapq.heapify(heap)
    asked, spent = list[tuple[int, int]](), 0.0
    money = np.inf if budget is None else budget * (1 + 1e-12)
    while heap and spent + costs[heap[0][2]] <= money:
        _, item, question = heapq.heappop(heap)
        asked.append((item, question))
        spent += costs[question]
        row = Q[question]
        Y[item] *= row == row[truth[item]]
        if Y[item].sum() > 1:
            priority, question = best(P[item], Y[item], Q, costs, score)
            heapq.heappush(heap, (-priority, item, question))
    return asked
