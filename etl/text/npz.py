"""Counts in scipy's own files, read row by row: memory holds a block, and where each row begins."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np
from scipy.sparse import csr_matrix, save_npz

from etl.engine.types import Csr
from etl.files import check_exists, numpy_head, numpy_member, reading
from etl.handoff import to_host
from etl.text.blocks import check_size, whole

BLOCK = 1 << 22
"""Values read at a time, about."""


def blocks(path: Path) -> Iterator[csr_matrix]:
    """Counts in the order of the file, int32, some whole documents at a time.

    Parameters
    ----------
    path : Path
        What ``scipy.sparse.save_npz`` wrote of a CSR matrix, of whole numbers or floats that are whole.

    Raises
    ------
    ValueError
        It is no such file, or a value is no count.
    """
    check_exists(path)
    damage = (TypeError, NotImplementedError, SyntaxError)
    with reading(path, "a file of scipy.sparse.save_npz", *damage), zipfile.ZipFile(path) as archive:
        yield from _blocks(archive, path)


def write(counts: Csr, path: Path) -> None:
    """Write counts as ``scipy.sparse.save_npz`` does.

    Parameters
    ----------
    counts : csr_matrix, shape (documents, words)
        On any device.
    path : Path
        Ends in ``.npz``.
    """
    parts = tuple(to_host(part) for part in (counts.data, counts.indices, counts.indptr))
    save_npz(path, csr_matrix(parts, shape=counts.shape))


def _blocks(archive: zipfile.ZipFile, path: Path) -> Iterator[csr_matrix]:
    kind, shape, indptr = (numpy_member(archive, f"{name}.npy") for name in ("format", "shape", "indptr"))
    name = kind.item().decode() if isinstance(kind.item(), bytes) else kind.item()
    if name != "csr":
        raise ValueError(f"{path} holds a {name} matrix; convert it with .tocsr() and save it again")
    if kind.size != 1 or shape.shape != (2,) or shape.dtype.kind not in "iu" or indptr.dtype.kind not in "iu":
        raise ValueError(f"{path}: its format, shape or indptr is no such thing; save it with save_npz again")
    check_size(int(shape[1]), path, path, "words")
    if len(indptr) != shape[0] + 1 or indptr[0] or (np.diff(indptr) < 0).any():
        raise ValueError(f"{path}: indptr does not cut {shape[0]} rows; save it with save_npz again")
    with archive.open("indices.npy") as indices, archive.open("data.npy") as data:
        kinds = numpy_head(indices)[1], numpy_head(data)[1]
        first = 0
        while first < shape[0]:
            end = max(int(np.searchsorted(indptr, indptr[first] + BLOCK, side="right")) - 1, first + 1)
            size = int(indptr[end] - indptr[first])
            columns, values = (_some(f, k, size) for f, k in zip((indices, data), kinds, strict=True))
            if size and (columns.min() < 0 or columns.max() >= shape[1]):
                raise ValueError(
                    f"{path}: rows {first} to {end - 1} have columns outside of 0 to {shape[1] - 1}; save it "
                    "with save_npz again"
                )
            cut = indptr[first : end + 1] - indptr[first]
            part = csr_matrix((values, columns, cut), shape=(end - first, int(shape[1])))
            yield whole(part, f"{path}, rows {first} to {end - 1}")
            first = end


def _some(file: IO[bytes], kind: np.dtype, size: int) -> np.ndarray:
    data = file.read(size * kind.itemsize)
    if len(data) != size * kind.itemsize:
        raise EOFError("it ends too early")
    return np.frombuffer(data, kind)
