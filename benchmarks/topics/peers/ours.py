"""Trinity: TensorLDA on counts in memory."""

from typing import Any

import numpy as np

from benchmarks.topics.peers.meter import Meter, Row, digest, load  # noqa: F401
from models.topics.tensor_lda import TensorLDA


def run(data: Any, threads: int, k: int, stops: list[int], seed: int, out: str, start: str) -> list[Row]:
    """Read the cost and the topics after so many passes; of a single stop, at the end of the fit."""
    meter, only = Meter(out), len(stops) == 1
    model = TensorLDA(k, n_iter=max(stops), random_state=seed, n_jobs=threads, start=start)  # type: ignore[arg-type]

    def watch(done: int, topics: np.ndarray) -> None:
        if done in stops:
            meter.read(done)
            meter.keep(topics.T)

    model.fit(data, watch=None if only else watch)
    if only:
        meter.read(stops[0], stages=model.seconds_, passes=model.n_iter_)
        meter.keep(model.components_)
    return meter.rows
