"""Votes from files: any table, one or many, in any order, in memory or in pieces that are.

The files are read once: what is found is held, and coded when all workers and labels are known. Votes of a
task are gathered by cutting where tasks change if the votes are sorted by task, else through buckets by a
hash of the task on disk. Rows that miss a value are set aside and counted in the records.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from etl.crowd.alike import tell_alike
from etl.crowd.buckets import buckets
from etl.crowd.exports import read as exports
from etl.crowd.exports.detect import detect
from etl.crowd.held import Held
from etl.crowd.votes import COLUMNS, Duplicates, Votes, votes_from_codes
from etl.engine import Engine
from etl.engine.types import Frame, Index
from etl.executors import Executor, Threads
from etl.handoff import from_arrow, from_host
from etl.ids import factorize
from etl.pieces import Pieces
from etl.tables.form import Told
from etl.tables.read import Column, batches
from etl.tables.values import is_text

PIECE = 1 << 23
"""Votes of a piece."""


@dataclass(frozen=True)
class Facts:
    """What the reading finds.

    Attributes
    ----------
    workers, labels : pyarrow arrays
        Ids, sorted, none twice.
    is_sorted : bool
        Whether the votes' tasks do not fall.
    """

    workers: pa.Array
    labels: pa.Array
    is_sorted: bool


def pieces(
    path: Path,
    engine: Engine,
    scratch: Path,
    columns: tuple[str, ...] = COLUMNS,
    size: int = PIECE,
    executor: Executor | None = None,
    told: Told | None = None,
    repeated: Literal["first", "last"] = "first",
) -> Pieces:
    """Votes of one or more files, coded, in pieces that hold all votes of their tasks.

    Parameters
    ----------
    path : Path
        A table or a folder of tables, see `etl.tables.read.batches`; or exports of a labelling tool, see
        `etl.crowd.exports`.
    engine : Engine
        Where the votes are held.
    scratch : Path
        Directory for votes that are many, or not sorted by task.
    columns : tuple of str
        Names of the columns of task, worker and label; a wide table that has them all is a long one.
    size : int
        Votes in a piece, about.
    executor : Executor, optional
        Of the pieces; this thread by default.
    told : Told, optional
        What is told of the files, as their encoding, or that they are wide.
    repeated : {"first", "last"}
        Which vote of a worker counts, by the order of rows, where several are on one task.

    Returns
    -------
    Pieces of Votes
        Ids are int64 where all files write whole numbers, and text as it is written otherwise.

    Raises
    ------
    FileNotFoundError
    ValueError
        A column is missing, there are no votes, or a file is not of its kind.
    """
    told = told or Told()
    with Held(scratch) as held:
        for table in _tables(path, columns, told):
            held.add(table)
        if not len(held):
            raise ValueError(f"{path}: the files hold no votes; give some with a task, a worker and a label")
        found = _coded(held, _facts(held), scratch, size, engine, repeated)
    return Pieces(found, executor=executor or Threads(1))


def _tables(path: Path, columns: tuple[str, ...], told: Told) -> Iterator[pa.Table]:
    """Votes as they stand in the files: tables, or exports of a labelling tool."""
    if found := detect(path, columns, told):
        return exports.votes(found, told)
    wanted = [Column(name, called=called) for name, called in zip(columns, COLUMNS, strict=True)]
    return batches(path, wanted, "votes", told)


def _facts(held: Held) -> Facts:
    workers: list[pa.Array] = []
    labels: list[pa.Array] = []
    in_order, last = True, None
    for table in held:
        workers = [pc.unique(pa.chunked_array([*workers, pc.unique(table["worker"])]))]
        labels = [pc.unique(pa.chunked_array([*labels, pc.unique(table["label"])]))]
        task = table["task"].combine_chunks()
        in_order = in_order and (last is None or last <= task[0].as_py()) and rises(task)
        last = task[-1].as_py()
    sort = [pc.take(ids[0], pc.sort_indices(ids[0])) for ids in (workers, labels)]
    for ids, what in zip(sort, ("workers", "labels"), strict=True):
        if is_text(ids.type):
            tell_alike(ids.to_pylist(), what)
    return Facts(sort[0], sort[1], in_order)


def rises(task: pa.Array) -> bool:
    """Whether values do not fall."""
    return len(task) < 2 or bool(pc.all(pc.less_equal(task[:-1], task[1:])).as_py())


def _coded(
    held: Held, facts: Facts, scratch: Path, size: int, engine: Engine, repeated: Duplicates
) -> list[Votes]:
    parts = sorted_parts(held, size) if facts.is_sorted else buckets(held, scratch, -(-len(held) // size))
    workers, labels = (
        engine.df.Index(from_arrow(pa.table({"id": ids}), engine)["id"], name=name)
        for name, ids in (("worker", facts.workers), ("label", facts.labels))
    )
    found: list[Votes] = []
    first = 0
    for part in parts:
        found.append(replace(_code(part, facts, workers, labels, engine, repeated), first=first))
        first += len(found[-1].tasks)
    return found


def sorted_parts(votes: Iterable[pa.Table], size: int) -> Iterator[pa.Table]:
    """Sorted votes in tables of whole tasks.

    Parameters
    ----------
    votes : iterable of pyarrow Table
        Columns ``task, worker, label``; at least one vote, sorted by task.
    size : int
        Votes to read, at least, before a table is cut where its last task begins.

    Yields
    ------
    pyarrow Table
        Columns ``task, worker, label``.
    """
    held: list[pa.Table] = []
    for table in votes:
        held.append(table)
        if sum(map(len, held)) < size:
            continue
        whole = pa.concat_tables(held)
        cut = pc.index(whole["task"], whole["task"][-1]).as_py()
        if cut:
            yield whole.slice(0, cut)
        held = [whole.slice(cut)]
    yield pa.concat_tables(held)


def _code(
    part: pa.Table, facts: Facts, workers: Index, labels: Index, engine: Engine, repeated: Duplicates
) -> Votes:
    wide = "int32" if len(workers) * len(labels) < 2**31 else "int64"
    worker, label = (
        from_host(pc.index_in(part[name], value_set=ids).to_numpy(), engine)
        for name, ids in (("worker", facts.workers), ("label", facts.labels))
    )
    task, tasks = factorize(from_arrow(part.select(["task"]).combine_chunks(), engine)["task"])
    return votes_from_codes(
        task, worker.astype(wide) * len(labels) + label.astype(wide), tasks, workers, labels, repeated
    )


def from_wide(frame: Frame) -> Frame:
    """Long votes from a table of tasks (index) by workers (columns), NaN where there is no vote.

    Returns
    -------
    DataFrame
        Columns task, worker, label, sorted by task: cleanlab's shape turned into crowd-kit's.

    Examples
    --------
    >>> import pandas
    >>> from_wide(pandas.DataFrame({"ann": [1, None], "bob": [0, 1]})).to_numpy().tolist()
    [[0, 'ann', 1], [0, 'bob', 0], [1, 'bob', 1]]
    """
    flat = frame.reset_index()
    named = flat.rename(columns={flat.columns[0]: "task"})
    long = named.melt(id_vars=["task"], var_name="worker", value_name="label")
    long = long.dropna().sort_values(["task", "worker"], ignore_index=True)
    numeric = getattr(long["label"].dtype, "kind", "O") == "f"
    if numeric and bool((long["label"] == long["label"].round()).all()):
        long["label"] = long["label"].astype("int64")
    return long
