"""Trinity's queue of partial feedback: chains side by side, and one sort."""

from math import inf
from typing import Any

import numpy as np

from benchmarks.partial.peers import pool
from benchmarks.partial.peers.pool import digest  # noqa: F401
from etl.engine import choose
from models.partial.chains import chains
from models.partial.question_queue import select_within_budget
from models.partial.questions import from_matrix


def load(path: str) -> tuple[Any, ...]:
    """The pool; and the kernels are compiled, or read from the disk where they were before."""
    data = pool.load(path)
    few = *(part[:2] for part in data[:3]), *data[3:]
    run(few, 1)
    return data


def run(data: Any, threads: int, score: Any = "edc", budget: float | None = None) -> np.ndarray:
    """Items and questions, (n, 2), in the order in which they are asked, for a budget or all."""
    P, Y, truth, Q, costs = data
    money = inf if budget is None else budget
    asked = from_matrix(Q, choose("cpu"), costs=costs)
    found = select_within_budget(chains(P, Y, truth, asked, score, threads, money), asked.costs, money)
    return np.column_stack([found.item, found.question])
