"""Trinity's acquisitions, and the best items by them."""

from functools import partial
from typing import Any

from benchmarks.active.peers.pool import digest, load, repeated  # noqa: F401
from models.active.acquisition import acquisition
from models.active.density import similarity
from models.active.least_confidence import least_confidence
from models.active.outputs import Outputs
from models.active.pool import ranked


def run(data: dict[str, Any], threads: int, case: str, count: int, turns: int) -> dict[str, Any]:
    """Score the pool and take ``count`` items."""
    return repeated(partial(query, data, case, count), turns)


def query(data: dict[str, Any], case: str, count: int) -> tuple[Any, Any]:
    """The items, best first, and the scores of all."""
    outputs = Outputs(**data)
    scores = far(outputs) if case == "distance" else acquisition(case).score(outputs)
    return ranked(outputs.items, scores, seed=0)[:count], scores


def far(outputs: Outputs) -> Any:
    """What ALiPy calls density: least confidence times the mean cosine distance to the pool."""
    return least_confidence(outputs) * (1.0 - similarity(outputs.embeddings))
