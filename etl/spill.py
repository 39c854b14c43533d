"""Frames, arrays and counts on disk, for data larger than memory: Arrow's own formats.

Arrow reads the head of a file in C++, on any number of threads at a time. NumPy parses that of an .npy or
.npz file with `ast.literal_eval`, which fails on threads before Python 3.11.8 and 3.12.2: no piece waits in
these formats.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow as pa
from scipy.sparse import csr_matrix

from etl.engine import Engine, engine_of
from etl.engine.types import Array, Csr, Frame
from etl.files import writing
from etl.handoff import from_arrow, to_arrow, to_host


@dataclass(frozen=True)
class Spilled:
    """A frame that lies on disk: its file, rows, and the engine name that it came from.

    Where several frames lie in one file, ``begin`` is the row of it that this one begins at.
    """

    path: Path
    rows: int
    engine: str
    begin: int | None = None

    def __len__(self) -> int:
        return self.rows


def save(frame: Frame, folder: Path) -> Spilled:
    """Write the frame into ``folder`` under a new name.

    Parameters
    ----------
    frame : DataFrame
    folder : Path

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


def save_tables(tables: Iterable[pa.Table], folder: Path) -> Path:
    """Write tables of the same columns, one after the other, into one file of ``folder``; returns its path.

    Parameters
    ----------
    tables : iterable of pyarrow Table
        At least one.
    folder : Path

    Raises
    ------
    OSError
        No space left on the disk: the message names the folder, and the half-written file is removed.
    """
    path, rest = folder / f"{uuid.uuid4().hex}.arrow", iter(tables)
    first = next(rest)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, first.schema) as writer:
        for table in chain([first], rest):
            with writing(f"{table.nbytes:,} bytes", folder, path):
                writer.write_table(table)
    return path


def load(spooled: Spilled) -> Frame:
    """Read a spooled frame: on the CPU its columns are views of the mapped file."""
    with pa.memory_map(str(spooled.path)) as source:
        table = pa.ipc.open_file(source).read_all()
    if spooled.begin is not None:
        table = table.slice(spooled.begin, spooled.rows)
    return from_arrow(table, Engine(spooled.engine, "spooled from there"))


def save_array(array: Array, path: Path) -> None:
    """Write an array of numbers, in C or Fortran order as it lies.

    Parameters
    ----------
    array : array of numbers, any shape
    path : Path

    Raises
    ------
    OSError
        No space left on the disk: the message names the folder, and the half-written file is removed.
    """
    host = to_host(array)
    _write(f"{host.nbytes:,} bytes", path, host)


def load_array(path: Path) -> np.ndarray:
    """Read what `save_array` wrote, into memory of its own."""
    (array,) = _read(path, 1)
    return array


def save_csr(counts: Csr, folder: Path) -> Path:
    """Write a matrix of counts into ``folder`` under a new name, which is returned.

    Parameters
    ----------
    counts : CSR matrix
    folder : Path

    Raises
    ------
    OSError
        No space left on the disk: the message names the folder, and the half-written file is removed.
    """
    path = folder / f"{uuid.uuid4().hex}.csr"
    parts = (to_host(part) for part in (counts.data, counts.indices, counts.indptr))
    _write("counts", path, *parts, np.array(counts.shape))
    return path


def load_csr(path: Path) -> csr_matrix:
    """Read what `save_csr` wrote, into memory of its own."""
    data, indices, indptr, shape = _read(path, 4)
    return csr_matrix((data, indices, indptr), shape=tuple(shape.tolist()))


def _write(what: str, path: Path, *arrays: np.ndarray) -> None:
    with writing(what, path.parent, path), pa.OSFile(str(path), "wb") as sink:
        for array in arrays:
            contiguous = array if array.flags.forc else array.copy()
            pa.ipc.write_tensor(pa.Tensor.from_numpy(contiguous), sink)


def _read(path: Path, count: int) -> list[np.ndarray]:
    with pa.OSFile(str(path)) as source:  # a memory map's arrays are read-only, and sorting is in place
        return [pa.ipc.read_tensor(source).to_numpy() for _ in range(count)]


@dataclass(frozen=True)
class PassStore:
    """What each piece left behind in each pass.

    A pass reads what the one before wrote and writes under its own number, so that a piece worked on twice,
    after a worker was lost, leaves the same.

    Parameters
    ----------
    folder : Path, optional
        Needed for workers in other processes, and for more than memory holds.

    Examples
    --------
    >>> import numpy as np
    >>> store = PassStore()
    >>> store.put(0, 1, np.ones(2))
    >>> store.get(0, 1)
    array([1., 1.])
    """

    folder: Path | None = None
    _held: dict[tuple[int, int], Array] = field(default_factory=dict, repr=False)

    def get(self, piece: int, turn: int) -> Array:
        """What this piece left in this pass."""
        if self.folder is None:
            return self._held[piece, turn]
        path = next(self.folder.glob(f"{piece}-{turn}.*.tensor"))
        return Engine(path.name.split(".")[1], "kept from there").xp.asarray(load_array(path))

    def put(self, piece: int, turn: int, array: Array) -> None:
        """Keep the array, and let go what the piece left two passes ago."""
        if self.folder is None:
            self._held[piece, turn] = array
            self._held.pop((piece, turn - 2), None)
            return
        path = self.folder / f"{piece}-{turn}.{engine_of(array).name}.tensor"
        partial = path.with_suffix(".partial")
        save_array(array, partial)
        partial.rename(path)
        for old in self.folder.glob(f"{piece}-{turn - 2}.*.tensor"):
            old.unlink()
