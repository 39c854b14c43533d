"""Votes that were read and wait to be coded: in memory, or on disk if they are many."""

import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pyarrow as pa

from etl.files import writing
from etl.tables.values import is_text

IN_MEMORY = 1 << 22
"""Votes up to which they wait in memory."""


class Held(AbstractContextManager["Held"]):
    """Tables of one schema, though a column that was numbers at first may turn out to be text.

    Parameters
    ----------
    scratch : Path
        Existing directory for what does not wait in memory; the files are removed when the block ends.

    Raises
    ------
    OSError
        The disk is full; the message names the directory.
    """

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        self.schema: pa.Schema | None = None
        self._tables: list[pa.Table | Path] = []
        self._rows = 0

    def __len__(self) -> int:
        return self._rows

    def __exit__(self, *error: object) -> None:
        """Remove the files."""
        for table in self._tables:
            if isinstance(table, Path):
                table.unlink(missing_ok=True)

    def add(self, table: pa.Table) -> None:
        """Take in some rows, if there are any."""
        if not len(table):
            return
        self.schema = table.schema if self.schema is None else _wider(self.schema, table.schema)
        self._rows += len(table)
        self._tables.append(table)
        if self._rows > IN_MEMORY:
            self._tables = [held if isinstance(held, Path) else self._save(held) for held in self._tables]

    def __iter__(self) -> Iterator[pa.Table]:
        for held in self._tables:
            yield (_load(held) if isinstance(held, Path) else held).cast(self.schema)

    def _save(self, table: pa.Table) -> Path:
        path = self.scratch / f"held-{uuid.uuid4().hex}.arrow"
        with (
            writing("votes", self.scratch, path),
            pa.OSFile(str(path), "wb") as sink,
            pa.ipc.new_file(sink, table.schema) as writer,
        ):
            writer.write_table(table)
        return path


def _load(path: Path) -> pa.Table:
    with pa.memory_map(str(path)) as source:
        return pa.ipc.open_file(source).read_all()


def _wider(one: pa.Schema, other: pa.Schema) -> pa.Schema:
    """Text where either is text."""
    kinds = [b.type if is_text(b.type) else a.type for a, b in zip(one, other, strict=True)]
    return pa.schema(list(zip(one.names, kinds, strict=True)))
