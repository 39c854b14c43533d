"""Votes in any order, gathered by task on disk: a file a bucket, by a hash of the task."""

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from etl.files import writing


def buckets(tables: Iterable[pa.Table], scratch: Path, count: int) -> Iterator[pa.Table]:
    """The same rows, those of a task in one table; each table's file is deleted when it has been read.

    Parameters
    ----------
    tables : iterable of Table
        With a column task, all of one schema.
    scratch : Path
        Existing directory.
    count : int
        Tables to make; one needs no files.

    Raises
    ------
    OSError
        The disk is full; the message names the directory.
    """
    if count < 2:
        yield pa.concat_tables(list(tables))
        return
    paths = [scratch / f"votes-{number}.arrow" for number in range(count)]
    try:
        _write(tables, paths)
        for path in paths:
            if path.exists():
                with pa.memory_map(str(path)) as source:
                    table = pa.ipc.open_stream(source).read_all()
                yield table
                path.unlink()
    finally:
        for path in paths:
            path.unlink(missing_ok=True)


def _write(tables: Iterable[pa.Table], paths: list[Path]) -> None:
    writers: dict[int, pa.RecordBatchStreamWriter] = {}
    with writing("votes", paths[0].parent):
        try:
            for table in tables:
                _spread(table, paths, writers)
            for writer in writers.values():
                writer.close()
        except OSError:
            for writer in writers.values():
                with contextlib.suppress(OSError):  # it cannot write its last bytes either
                    writer.close()
            raise


def _spread(table: pa.Table, paths: list[Path], writers: dict[int, pa.RecordBatchStreamWriter]) -> None:
    bucket = pd.util.hash_array(table["task"].to_numpy(zero_copy_only=False)) % np.uint64(len(paths))
    order = np.argsort(bucket, kind="stable")
    ends = np.cumsum(np.bincount(bucket.astype("int64"), minlength=len(paths)))
    ordered = table.take(pa.array(order))
    for number, (begin, end) in enumerate(zip([0, *ends[:-1]], ends, strict=True)):
        if begin < end:
            if number not in writers:
                writers[number] = pa.ipc.new_stream(str(paths[number]), table.schema)
            writers[number].write_table(ordered.slice(begin, end - begin))
