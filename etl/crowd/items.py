"""What the tasks are about: features or text, a row a task, and what is known of their labels."""

from pathlib import Path

import numpy as np
import pyarrow as pa

from etl.crowd.read import dataset
from etl.engine import Engine
from etl.engine.types import Array, Frame, Index, Series
from etl.handoff import from_arrow, from_host, matrix


def truth(path: Path, engine: Engine) -> Series:
    """Known labels of tasks.

    Parameters
    ----------
    path : Path
        A CSV or Parquet file, or a directory of such files, with columns task and label.
    engine : Engine
        Where the labels are held.

    Returns
    -------
    Series
        Labels as the file writes them, indexed by task.

    Raises
    ------
    ValueError
        A column is missing, a task has two labels, or a value is missing.
    """
    frame = _frame(path, engine, ("task", "label"))
    if bool(frame["label"].isna().any()) or not frame["task"].is_unique:
        raise ValueError(f"{path}: every task needs one label, and has none or several here")
    return frame.set_index("task")["label"]


def features(path: Path, engine: Engine) -> tuple[Array, Index]:
    """Features of tasks.

    Parameters
    ----------
    path : Path
        A ``.npy`` matrix whose rows are tasks 0, 1, ...; or a CSV or Parquet file with a column task, all of
        whose other columns are numbers.
    engine : Engine
        Where the features are held.

    Returns
    -------
    features : array of float32, shape (n, d)
    tasks : Index, shape (n,)

    Raises
    ------
    ValueError
        The array is no matrix, a column does not hold numbers, or there is no column task.
    """
    if path.suffix == ".npy":
        array = np.load(path)
        if array.ndim != 2:
            raise ValueError(f"{path} holds an array of shape {array.shape}; give one row of numbers a task")
        rows = from_host(np.asarray(array, dtype="float32"), engine)
        return rows, engine.df.Index(engine.xp.arange(len(array)))
    frame = _frame(path, engine, ("task",))
    names = [name for name in frame.columns if name != "task"]
    wrong = [name for name in names if getattr(frame[name].dtype, "kind", "O") not in "iufb"]
    if wrong:
        raise ValueError(f"{path}: column {wrong[0]} does not hold numbers; encode it, or use --text")
    return engine.xp.ascontiguousarray(matrix(frame, names)), engine.df.Index(frame["task"])


def text(path: Path, engine: Engine) -> tuple[Series, Index]:
    """Text of each task.

    Parameters
    ----------
    path : Path
        A ``.txt`` file whose lines are tasks 0, 1, ...; or a CSV or Parquet file with columns task and text.
    engine : Engine
        Where the texts are held.

    Returns
    -------
    texts : Series of str, shape (n,)
    tasks : Index, shape (n,)
    """
    if path.suffix == ".txt":
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        frame = from_arrow(pa.table({"task": np.arange(len(lines)), "text": lines}), engine)
    else:
        frame = _frame(path, engine, ("task", "text"))
    return frame["text"], engine.df.Index(frame["task"])


def _frame(path: Path, engine: Engine, columns: tuple[str, ...]) -> Frame:
    return from_arrow(dataset(path, columns).to_table().combine_chunks(), engine)
