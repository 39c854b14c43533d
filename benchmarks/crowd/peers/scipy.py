"""The floor: Dawid and Skene as two sparse products in SciPy, ids taken for codes as they are."""

from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp

from benchmarks.crowd.peers.digest import digest  # noqa: F401
from benchmarks.crowd.peers.ours import load  # noqa: F401

LEAST = 1e-10


def run(data: pd.DataFrame, threads: int, passes: int) -> Any:
    """Label of each task."""
    task, worker, label = (data[name].to_numpy() for name in ("task", "worker", "label"))
    workers, classes, tasks = int(worker.max()) + 1, int(label.max()) + 1, int(task.max()) + 1
    shape = (tasks, workers * classes)
    votes = sp.csr_matrix((np.ones(len(task)), (task, worker * classes + label)), shape=shape)
    share = np.bincount(task * classes + label, minlength=tasks * classes).reshape(tasks, classes) * 1.0
    share /= share.sum(axis=1, keepdims=True)
    for _ in range(passes):
        prior = share.mean(axis=0)
        count = (votes.T @ share).reshape(workers, classes, classes)
        confusion = np.maximum(count, LEAST) / np.maximum(count, LEAST).sum(axis=1, keepdims=True)
        share = votes @ np.log(confusion).reshape(-1, classes) + np.log(prior)
        share = np.exp(share - share.max(axis=1, keepdims=True))
        share /= share.sum(axis=1, keepdims=True)
    return pd.Series(share.argmax(axis=1), index=pd.RangeIndex(tasks))
