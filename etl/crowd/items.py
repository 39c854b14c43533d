"""What the tasks are about: features or text, a row a task, and what is known of their labels."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.crowd.exports import read as exports
from etl.crowd.votes import COLUMNS
from etl.engine import Engine
from etl.engine.types import Array, Frame, Index, Series
from etl.files import numpy_arrays, reading
from etl.handoff import from_arrow, from_host, matrix
from etl.ids import spell
from etl.records import Choice, Rejected, record
from etl.tables.decode import blocks
from etl.tables.form import Told
from etl.tables.parts import listed
from etl.tables.read import Column, Kind, names, read
from etl.tables.values import alike, blank_as_null, is_text
from etl.tables.whole import Together, together


def truth(
    path: Path,
    engine: Engine,
    like: tuple[Index, Index] | None = None,
    told: Told | None = None,
    columns: tuple[str, ...] = COLUMNS,
) -> Series:
    """Known labels of tasks; rows that miss a task or label are set aside.

    Parameters
    ----------
    path : Path
        A table or folder of tables, see `etl.tables.read.batches`, with columns task and label; or an export
        of a labelling tool that marks known labels.
    engine : Engine
        Where the labels are held.
    like : two Index, optional
        Tasks and labels of the votes, in whose types they are given.
    told : Told, optional
        What is told of the file.
    columns : tuple of str
        Of the votes, by which an export is read.

    Returns
    -------
    Series
        Labels as the file writes them, indexed by task.

    Raises
    ------
    ValueError
        A column is missing, a task has two labels, or none is like those of the votes.
    """
    asked = [Column("task"), Column("label")]
    table = exports.truth(path, columns, told)
    if table is None:
        table = _once(together(path, asked, "known labels", told, "its first line"), path)
    for name, ids in zip(("task", "label"), like or (), strict=False):
        table = _as(table, name, ids, path)
    return from_arrow(table, engine).set_index("task")["label"]


def _once(found: Together, path: Path) -> pa.Table:
    """Each task once; rows that only say again what is known are told, two that differ are refused."""
    table = found.table
    if pc.count_distinct(table["task"]).as_py() == len(table):
        return table
    once = table.group_by(table.column_names, use_threads=False).aggregate([])
    counts = pc.value_counts(once["task"])
    if len(several := counts.filter(pc.greater(counts.field("counts"), 1))):
        raise ValueError(_contradiction(found, path, several.field("values")[0]))
    record(
        Choice(reason=f"{path}: {len(table) - len(once):,} rows say again what others say, and count once")
    )
    return once


def _contradiction(found: Together, path: Path, task: pa.Scalar) -> str:
    """Where the first two rows of a task stand that differ, and by what."""
    rows = np.flatnonzero(np.asarray(pc.equal(found.table["task"], task))).tolist()
    cells = found.table.take(rows).to_pylist()
    other = next(place for place, row in enumerate(cells) if row != cells[0])
    name = next(name for name, cell in cells[0].items() if cell != cells[other][name])
    one, two = (f"{spell(cells[place][name])} ({found.place(rows[place])})" for place in (0, other))
    return (
        f"{path}: every task needs one {name}, and task {spell(task.as_py())} has {one} and {two}; keep one "
        "of its rows"
    )


def _as(table: pa.Table, name: str, ids: Index, path: Path) -> pa.Table:
    """Its ids in the type of others; those that cannot be are passed over, and told."""
    whole = getattr(ids.dtype, "kind", "O") in "iu"
    before = table[name].combine_chunks()
    column = alike(_without_point(before) if whole and name == "label" else before, whole)
    found = table.set_column(table.column_names.index(name), name, column)
    if not column.null_count:
        return found
    example, count = before.filter(column.is_null())[0].as_py(), column.null_count
    if count == len(table):
        raise ValueError(
            f"{path}: none of its {count:,} {name}s, such as {spell(example)}, is among those of the votes, "
            f"such as {spell(ids[0])}; write both alike"
        )
    record(
        Choice(
            reason=f"{path}: {count:,} rows whose {name} is not among the votes', such as {spell(example)}"
        )
    )
    return found.filter(column.is_valid())


def _without_point(labels: pa.Array) -> pa.Array:
    """Whole numbers that a file writes with a point, as 1.0, without it."""
    if not is_text(labels.type):
        return labels
    return pc.replace_substring_regex(labels, r"^(-?[0-9]+)\.0*$", r"\1")


def feature_names(path: Path, told: Told | None = None) -> list[str]:
    """Columns of a table beside that of the tasks; those of a ``.npy`` matrix have no names.

    Parameters
    ----------
    path : Path
    told : Told, optional
        See `features`.
    """
    if path.suffix == ".npy":
        return []
    found = names(path, "features", told, ["task"])
    return [name for name in found if name.strip().casefold() != "task"]


def known_features(path: Path, engine: Engine, known: Sequence[str], told: Told | None) -> Frame:
    """Features of new tasks, by the names of those that were learnt from; rows that miss one are set aside.

    Parameters
    ----------
    path : Path
        A table with a column task and these.
    engine : Engine
    known : sequence of str
    told : Told, optional
        See `features`.

    Returns
    -------
    DataFrame
        ``task`` and the features, in this order.
    """
    columns = [Column("task"), *(Column(name, "number") for name in known)]
    return from_arrow(read(path, columns, "features", told, "its first line"), engine)


def features(
    path: Path, engine: Engine, like: Index | None = None, told: Told | None = None
) -> tuple[Array, Index]:
    """Features of tasks.

    Parameters
    ----------
    path : Path
        A ``.npy`` matrix whose rows are tasks 0, 1, ...; or a table with a column task, all of whose other
        columns are numbers, which may be missing.
    engine : Engine
        Where the features are held.
    like : Index, optional
        Tasks of the votes, in whose type they are given.
    told : Told, optional
        What is told of the file.

    Returns
    -------
    features : array of float32, shape (n, d)
    tasks : Index, shape (n,)

    Raises
    ------
    ValueError
        The array is no matrix of numbers, a column does not hold numbers, or there is no column task.
    """
    if path.suffix == ".npy":
        rows = from_host(_matrix(path), engine)
        return rows, engine.df.Index(engine.xp.arange(len(rows)))
    frame = _frame(path, [Column("task")], "features", "number", engine, like, told)
    numbers = [name for name in frame.columns if name != "task"]
    if not numbers:
        raise ValueError(f"{path} has no column beside task; add some of numbers, or use --text")
    return engine.xp.ascontiguousarray(matrix(frame, numbers)), engine.df.Index(frame["task"])


def _matrix(path: Path) -> np.ndarray:
    with reading(path, "a matrix of numbers, as numpy.save writes it", ValueError):
        (array, *_) = numpy_arrays(path).values()
    if array.ndim != 2 or array.dtype.kind not in "biuf":
        raise ValueError(f"{path} holds {array.dtype} of shape {array.shape}; give one row of numbers a task")
    return np.asarray(array, dtype="float32")


def text(
    path: Path,
    engine: Engine,
    like: Index | None = None,
    told: Told | None = None,
    columns: tuple[str, ...] = COLUMNS,
) -> tuple[Series, Index]:
    r"""Text of each task; blank ones are set aside.

    Parameters
    ----------
    path : Path
        A ``.txt`` file whose lines, which end at ``\n`` only, are tasks 0, 1, ...; or a table with columns
        task and text; or an export of a labelling tool.
    engine : Engine
        Where the texts are held.
    like : Index, optional
        Tasks of the votes, in whose type they are given.
    told : Told, optional
        What is told of the file.
    columns : tuple of str
        Of the votes, by which an export is read.

    Returns
    -------
    texts : Series of str, shape (n,)
    tasks : Index, shape (n,)
    """
    if path.suffix == ".txt":
        frame = from_arrow(_lines(path, told or Told()), engine)
    elif (table := exports.texts(path, columns, told)) is not None:
        frame = from_arrow(table if like is None else _as(table, "task", like, path), engine)
    else:
        frame = _frame(path, [Column("task"), Column("text", "text")], "texts", None, engine, like, told)
    return frame["text"], engine.df.Index(frame["task"])


def _lines(path: Path, told: Told) -> pa.Table:
    (part,) = listed(path, (".txt",), "texts")
    whole = b"".join(blocks(part, told.encoding)).decode().removesuffix("\n")
    texts = blank_as_null(
        pa.array([line.removesuffix("\r") for line in whole.split("\n")], pa.large_string())
    )
    for row in np.flatnonzero(np.asarray(texts.is_null())).tolist():
        record(Rejected(file=str(path), reason="its text is missing", line=row + 1))
    return pa.table({"task": np.arange(len(texts)), "text": texts}).filter(texts.is_valid())


def _frame(
    path: Path,
    columns: Sequence[Column],
    what: str,
    rest: Kind | None,
    engine: Engine,
    like: Index | None,
    told: Told | None,
) -> Frame:
    table = _once(together(path, columns, what, told, "its first line", rest), path)
    return from_arrow(table if like is None else _as(table, "task", like, path), engine)
