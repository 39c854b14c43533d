"""What all systems get, read as a user reads it."""

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pandas as pd

Rows: TypeAlias = pd.Series | np.ndarray
"""Texts by task, or vectors whose task is their place."""


@dataclass(frozen=True)
class Inputs:
    """What a system gets.

    Attributes
    ----------
    items, test : Series of text, or array of float32, shape (tasks, columns)
        Series by task; of arrays, the task is the row.
    votes : DataFrame
        ``task, worker, label``.
    """

    items: Rows
    test: Rows
    votes: pd.DataFrame

    @property
    def texts(self) -> bool:
        """Whether items are texts, and not vectors."""
        return isinstance(self.items, pd.Series)

    @property
    def tasks(self) -> np.ndarray:
        """Task of each item, in the items' order."""
        return _tasks(self.items)

    @property
    def test_tasks(self) -> np.ndarray:
        """Task of each item tested on."""
        return _tasks(self.test)

    def part(self, rows: Rows, at: np.ndarray) -> Rows:
        """Some of these texts or vectors, by place."""
        return rows.iloc[at] if isinstance(rows, pd.Series) else rows[at]


def read(folder: str) -> Inputs:
    """The files of a set, by pandas and NumPy."""
    at, packed = Path(folder), Path(folder) / "votes.parquet"
    items, test = (_rows(at, name) for name in ("items", "test"))
    return Inputs(items, test, pd.read_parquet(packed) if packed.exists() else pd.read_csv(at / "votes.csv"))


def _rows(folder: Path, name: str) -> Rows:
    vectors = folder / f"{name}.npy"
    if vectors.exists():
        return np.load(vectors)
    return pd.read_parquet(folder / f"{name}.parquet").set_index("task")["text"]


def _tasks(rows: Rows) -> np.ndarray:
    return rows.index.to_numpy() if isinstance(rows, pd.Series) else np.arange(len(rows))


def majority(votes: pd.DataFrame) -> pd.Series:
    """Commonest label of each task; the first of several in their order."""
    return votes.groupby(["task", "label"]).size().unstack(fill_value=0).idxmax(axis=1)
