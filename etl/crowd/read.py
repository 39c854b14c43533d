"""Votes from files: CSV or Parquet, one or many, in any order, in memory or in pieces that are.

Two passes are made. The first finds the workers and labels; the second codes votes and gathers those of a
task, by cutting where tasks change if the files are sorted by task, else through buckets by a hash of the
task on disk. Rows that miss a value are set aside and counted in the records.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset

from etl.crowd.buckets import buckets
from etl.crowd.votes import COLUMNS, Votes, votes_from_codes
from etl.engine import Engine
from etl.engine.types import Frame, Index
from etl.executors import Executor, Threads
from etl.handoff import from_arrow, from_host
from etl.ids import factorize
from etl.pieces import Pieces
from etl.records import Rejected, record

PIECE = 1 << 23
"""Votes of a piece."""
BATCH = 1 << 20
"""Votes read at a time."""


@dataclass(frozen=True)
class Facts:
    """What the first pass finds.

    Attributes
    ----------
    workers, labels : pyarrow arrays
        Ids, sorted, none twice.
    votes : int
        Rows without holes.
    is_sorted : bool
        Whether their tasks do not fall.
    """

    workers: pa.Array
    labels: pa.Array
    votes: int
    is_sorted: bool


def pieces(
    path: Path,
    engine: Engine,
    scratch: Path,
    columns: tuple[str, ...] = COLUMNS,
    size: int = PIECE,
    executor: Executor | None = None,
) -> Pieces:
    """Votes of one or more files, coded, in pieces that hold all votes of their tasks.

    Parameters
    ----------
    path : Path
        A CSV (gzip too) or Parquet file, or a directory of such files.
    engine : Engine
        Where the votes are held.
    scratch : Path
        Directory for the buckets of files that are not sorted by task.
    columns : tuple of str
        Names of the columns of task, worker and label.
    size : int
        Votes in a piece, about.
    executor : Executor, optional
        Of the pieces; this thread by default.

    Raises
    ------
    ValueError
        A column is missing, there are no votes, or the file is not of its kind.
    """
    source = dataset(path, columns)
    facts = survey(source, columns)
    parts = (
        sorted_parts(source, columns, size)
        if facts.is_sorted
        else buckets(batches(source, columns), scratch, -(-facts.votes // size))
    )
    workers, labels = (
        from_arrow(pa.table({"id": ids}), engine)["id"] for ids in (facts.workers, facts.labels)
    )
    index = engine.df.Index
    found, first = [], 0
    for part in parts:
        votes = _code(part, facts, index(workers, name="worker"), index(labels, name="label"), engine)
        found.append(replace(votes, first=first))
        first += len(votes.tasks)
    return Pieces(found, executor=executor or Threads(1))


def dataset(path: Path, columns: tuple[str, ...]) -> pyarrow.dataset.Dataset:
    """The files as one Arrow data set; nothing but their schema is read.

    Parameters
    ----------
    path : Path
        A CSV or Parquet file, or a directory of files of one kind.
    columns : tuple of str
        Columns that it must have.

    Raises
    ------
    FileNotFoundError
        There is no file.
    ValueError
        A file is not of its kind, or a column is missing.
    """
    files = sorted(p for p in path.iterdir() if p.is_file()) if path.is_dir() else [path]
    if not path.exists() or not files:
        raise FileNotFoundError(f"{path} does not exist or is empty; give a CSV or Parquet file of votes")
    kind = "parquet" if files[0].suffix == ".parquet" else "csv"
    try:
        found = pyarrow.dataset.dataset([str(file) for file in files], format=kind)
    except (pa.ArrowInvalid, OSError) as error:
        raise ValueError(f"{path} cannot be read as {kind} ({error})") from error
    lacking = [name for name in columns if name not in found.schema.names]
    if lacking:
        raise ValueError(f"{path} has no column {', '.join(lacking)}; it has {', '.join(found.schema.names)}")
    return found


def batches(
    source: pyarrow.dataset.Dataset, columns: tuple[str, ...], is_first: bool = False
) -> Iterator[pa.Table]:
    """Rows of the data set without holes, a million at a time.

    Parameters
    ----------
    source : pyarrow Dataset
    columns : tuple of str
        Its columns of task, worker and label.
    is_first : bool
        Whether rows with holes are recorded as rejected: in the first pass, so that they are counted once.

    Yields
    ------
    pyarrow Table
        Columns ``task, worker, label``, at least one row.

    Raises
    ------
    ValueError
        A file is damaged.
    """
    reader = source.to_batches(
        columns=list(columns), batch_size=BATCH, batch_readahead=1, fragment_readahead=1
    )
    try:
        for batch in reader:
            table = pa.table(batch.columns, names=list(COLUMNS))
            if any(column.null_count for column in table.columns):
                whole = pc.and_(
                    pc.and_(*(table[name].is_valid() for name in COLUMNS[:2])), table["label"].is_valid()
                )
                if is_first:
                    record(_incomplete(source, len(table) - pc.sum(whole).as_py()))
                table = table.filter(whole)
            if len(table):
                yield table
    except pa.ArrowInvalid as error:
        raise ValueError(f"a file of votes is damaged ({error})") from error


def _incomplete(source: pyarrow.dataset.Dataset, rows: int) -> Rejected:
    files = source.files
    name = files[0] if len(files) == 1 else str(Path(files[0]).parent)
    return Rejected(file=name, reason="the task, worker or label is missing", rows=rows)


def survey(source: pyarrow.dataset.Dataset, columns: tuple[str, ...]) -> Facts:
    """The first pass: workers and labels, the number of votes, and whether they are sorted by task.

    Parameters
    ----------
    source : pyarrow Dataset
        From `dataset`.
    columns : tuple of str
        Its columns of task, worker and label.

    Raises
    ------
    ValueError
        There is no vote without holes, or a file is damaged.
    """
    workers: list[pa.Array] = []
    labels: list[pa.Array] = []
    votes, in_order, last = 0, True, None
    for table in batches(source, columns, is_first=True):
        workers = [pc.unique(pa.chunked_array([*workers, pc.unique(table["worker"])]))]
        labels = [pc.unique(pa.chunked_array([*labels, pc.unique(table["label"])]))]
        votes += len(table)
        task = table["task"].combine_chunks()
        in_order = in_order and (last is None or last <= task[0].as_py()) and rises(task)
        last = task[-1].as_py()
    if not votes:
        raise ValueError("the files hold no votes; nothing can be learnt from them")
    sort = [pc.take(ids[0], pc.sort_indices(ids[0])) for ids in (workers, labels)]
    return Facts(sort[0], sort[1], votes, in_order)


def rises(task: pa.Array) -> bool:
    """Whether values do not fall."""
    return len(task) < 2 or bool(pc.all(pc.less_equal(task[:-1], task[1:])).as_py())


def sorted_parts(source: pyarrow.dataset.Dataset, columns: tuple[str, ...], size: int) -> Iterator[pa.Table]:
    """Votes of sorted files in tables of whole tasks.

    Parameters
    ----------
    source : pyarrow Dataset
        Of at least one vote, sorted by task.
    columns : tuple of str
        Its columns of task, worker and label.
    size : int
        Votes to read, at least, before a table is cut where its last task begins.

    Yields
    ------
    pyarrow Table
        Columns ``task, worker, label``.
    """
    held: list[pa.Table] = []
    for table in batches(source, columns):
        held.append(table)
        if sum(map(len, held)) < size:
            continue
        whole = pa.concat_tables(held)
        cut = pc.index(whole["task"], whole["task"][-1]).as_py()
        if cut:
            yield whole.slice(0, cut)
        held = [whole.slice(cut)]
    yield pa.concat_tables(held)


def _code(part: pa.Table, facts: Facts, workers: Index, labels: Index, engine: Engine) -> Votes:
    wide = "int32" if len(workers) * len(labels) < 2**31 else "int64"
    worker, label = (
        from_host(pc.index_in(part[name], value_set=ids).to_numpy(), engine)
        for name, ids in (("worker", facts.workers), ("label", facts.labels))
    )
    task, tasks = factorize(from_arrow(part.select(["task"]).combine_chunks(), engine)["task"])
    return votes_from_codes(
        task, worker.astype(wide) * len(labels) + label.astype(wide), tasks, workers, labels
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
