"""scikit-learn: online variational Bayes, in epochs, on one thread."""

from typing import Any

from sklearn.decomposition import LatentDirichletAllocation

from benchmarks.topics.peers import meter as topics_meter
from benchmarks.topics.peers.meter import Meter, Row, digest  # noqa: F401


def load(data: str) -> Any:
    """Counts as floats, so that no pass has to convert them."""
    return topics_meter.load(data).astype("float64")


def run(data: Any, threads: int, k: int, stops: list[int], seed: int, out: str) -> list[Row]:
    """Read the cost and the topics after so many epochs; these are the steps that ``fit`` makes."""
    meter = Meter(out)
    model = LatentDirichletAllocation(
        k,
        learning_method="online",
        batch_size=2048,
        total_samples=data.shape[0],
        random_state=seed,
        n_jobs=1,
    )
    for epoch in range(1, max(stops) + 1):
        model.partial_fit(data)
        if epoch in stops:
            meter.read(epoch)
            meter.keep(model.components_ / model.components_.sum(axis=1, keepdims=True))
    return meter.rows
