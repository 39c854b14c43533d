"""What the tasks are about: features or text, a row a task, and what is known of their labels."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from etl.crowd.read import dataset
from etl.engine import Engine
from etl.handoff import from_arrow, matrix


def truth(path: Path, engine: Engine) -> Any:
    """Known labels, a Series by task, from a CSV or Parquet file with columns task and label.

    Raises
    ------
    ValueError
        A column is missing, a task has two labels, or a value is missing.
    """
    frame = _frame(path, engine, ("task", "label"))
    if bool(frame["label"].isna().any()) or not frame["task"].is_unique:
        raise ValueError(f"{path}: every task needs one label, and has none or several here")
    return frame.set_index("task")["label"]


def features(path: Path, engine: Engine) -> tuple[Any, Any]:
    """Rows of numbers, float32, shape (n, d), and the Index of their tasks.

    Parameters
    ----------
    path : Path
        A ``.npy`` matrix whose rows are tasks 0, 1, ...; or a CSV or Parquet file with a column task, all of
        whose other columns are numbers.
    """
    if path.suffix == ".npy":
        array = np.load(path)
        if array.ndim != 2:
            raise ValueError(f"{path} holds an array of shape {array.shape}; give one row of numbers a task")
        return engine.xp.asarray(array, dtype="float32"), engine.df.Index(np.arange(len(array)))
    frame = _frame(path, engine, ("task",))
    names = [name for name in frame.columns if name != "task"]
    wrong = [name for name in names if getattr(frame[name].dtype, "kind", "O") not in "iufb"]
    if wrong:
        raise ValueError(f"{path}: column {wrong[0]} does not hold numbers; encode it, or use --text")
    return engine.xp.ascontiguousarray(matrix(frame, names)), engine.df.Index(frame["task"])


def text(path: Path, engine: Engine) -> tuple[Any, Any]:
    """Text of each task, a Series of strings, and the Index of their tasks.

    Parameters
    ----------
    path : Path
        A ``.txt`` file whose lines are tasks 0, 1, ...; or a CSV or Parquet file with columns task and text.
    """
    if path.suffix == ".txt":
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        frame = from_arrow(pa.table({"task": np.arange(len(lines)), "text": lines}), engine)
    else:
        frame = _frame(path, engine, ("task", "text"))
    return frame["text"], engine.df.Index(frame["task"])


def _frame(path: Path, engine: Engine, columns: tuple[str, ...]) -> Any:
    return from_arrow(dataset(path, columns).to_table().combine_chunks(), engine)
