"""crowd-kit's DawidSkene, told not to stop early."""

import warnings
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.crowd.peers.digest import digest  # noqa: F401
from benchmarks.crowd.peers.ours import load  # noqa: F401

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from crowdkit.aggregation import DawidSkene


def run(data: pd.DataFrame, threads: int, passes: int) -> Any:
    """Label of each task."""
    return DawidSkene(n_iter=passes, tol=-np.inf).fit_predict(data)
