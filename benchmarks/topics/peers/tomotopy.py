"""tomotopy: collapsed Gibbs sampling, with the prior of each topic learnt every tenth iteration."""

from typing import Any

import numpy as np
import tomotopy

from benchmarks.topics.peers.meter import Meter, Row, digest, load  # noqa: F401


def run(data: Any, threads: int, k: int, stops: list[int], seed: int, out: str) -> list[Row]:
    """Read the cost and the topics after so many iterations; adding documents is not timed."""
    model = tomotopy.LDAModel(k=k, alpha=0.1, eta=0.01, seed=seed)
    model.optim_interval = 10
    names = np.arange(data.shape[1]).astype(str)
    for begin, end in zip(data.indptr[:-1], data.indptr[1:], strict=True):
        if begin < end:
            model.add_doc(np.repeat(names[data.indices[begin:end]], data.data[begin:end]).tolist())
    meter, done = Meter(out), 0
    for stop in stops:
        model.train(stop - done, workers=threads)
        done = stop
        meter.read(stop)
        meter.keep(topics(model, data.shape[1]))
    return meter.rows


def topics(model: tomotopy.LDAModel, words: int) -> np.ndarray:
    """Topics in the order of the counts' columns, shape (k, words); 0 for a word of no document."""
    out = np.zeros((model.k, words))
    columns = np.array(list(model.used_vocabs), "int64")
    for topic in range(model.k):
        out[topic, columns] = model.get_topic_word_dist(topic)
    return out
