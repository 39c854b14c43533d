"""Trinity: pieces of whole loans, read by pyarrow, labelled by sparse shifts."""

import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import pandas  # noqa: F401  imported before the clock starts, as the peers' libraries are
import pyarrow as pa

from benchmarks.mortgage.peers.digest import digest as _digest
from etl.engine import choose
from etl.executors import Threads
from etl.handoff import to_arrow
from etl.mortgage import audit, cut, features, plan, read
from etl.mortgage.schema import CATEGORIES
from etl.pieces import Pieces
from etl.records import collect

pa.set_cpu_count(1)


def run(data: str, threads: int, label: str) -> list[Any]:
    """Labelled rows with features, as frames in memory."""
    engine = choose("cpu")
    with collect() as entries, tempfile.TemporaryDirectory() as scratch:
        pieces = Pieces(cut.cut(Path(data), Path(scratch), plan.PIECE), executor=Threads(threads))
        shaped = pieces.map("read", partial(read.read, engine=engine)).map(
            "label", partial(features.shape, label=label)
        )
        frames = list(shaped.persist())
    if label == "rapids":
        return frames
    last = audit.totals(entries).cutoff - 12
    return [frame[frame["month"] <= last] if (frame["month"] > last).any() else frame for frame in frames]


def digest(frames: list[Any]) -> dict[str, Any]:
    """See `benchmarks.mortgage.peers.digest`."""
    return _digest(pa.concat_tables([_strings(to_arrow(frame)) for frame in frames]))


def _strings(table: pa.Table) -> pa.Table:
    for name in CATEGORIES:
        table = table.set_column(table.column_names.index(name), name, table[name].cast(pa.string()))
    return table
