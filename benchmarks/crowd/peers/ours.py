"""Trinity: votes coded from the table, then expected counts in blocks."""

from typing import Any

import pandas as pd

from benchmarks.crowd.peers.digest import digest  # noqa: F401
from models.crowd.dawid_skene import DawidSkene


def load(data: str) -> pd.DataFrame:
    """The table of votes."""
    return pd.read_parquet(data)


def run(data: pd.DataFrame, threads: int, passes: int) -> Any:
    """Label of each task."""
    return DawidSkene(n_iter=passes, tol=None).fit_predict(data)
