"""Frames on disk, for data larger than memory: Arrow files, read back through a memory map."""

import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from etl.engine import Engine, engine_of
from etl.files import writing
from etl.handoff import from_arrow, to_arrow


@dataclass(frozen=True)
class Spilled:
    """A frame that lies on disk: its file, rows, and the engine name that it came from."""

    path: Path
    rows: int
    engine: str

    def __len__(self) -> int:
        return self.rows


def save(frame: Any, folder: Path) -> Spilled:
    """Write the frame into ``folder`` under a new name.

    Raises
    ------
    OSError
        No space left on the disk: the message names the folder, and the half-written file is removed.
    """
    path = folder / f"{uuid.uuid4().hex}.arrow"
    table = to_arrow(frame)
    with (
        writing(f"{table.nbytes:,} bytes", folder, path),
        pa.OSFile(str(path), "wb") as sink,
        pa.ipc.new_file(sink, table.schema) as writer,
    ):
        writer.write_table(table)
    return Spilled(path, len(frame), engine_of(frame).name)


def load(spooled: Spilled) -> Any:
    """Read a spooled frame: on the CPU its columns are views of the mapped file."""
    with pa.memory_map(str(spooled.path)) as source:
        table = pa.ipc.open_file(source).read_all()
    return from_arrow(table, Engine(spooled.engine, "spooled from there"))
