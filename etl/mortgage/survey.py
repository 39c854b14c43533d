"""How much a file holds, judged by its start: bytes once unpacked, rows, fields of a line."""

import bz2
import lzma
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from etl.files import DAMAGE, reading
from etl.mortgage.files import fields_of
from etl.tables.parts import PACKED, Part

SAMPLE = 1 << 18
"""Bytes read from the start of a text file."""
PARQUET_ROW = 20
"""Bytes of a row of a Parquet file that is packed once more, about."""
_MOST_UNPACKED = 1 << 26


class _Unpacker(Protocol):
    """What the decompressors of gzip, bzip2 and xz share."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, most: int, /) -> bytes: ...


_UNPACKERS: dict[str, Callable[[], _Unpacker]] = {
    ".gz": partial(zlib.decompressobj, wbits=31),
    ".bz2": bz2.BZ2Decompressor,
    ".xz": lzma.LZMADecompressor,
}


@dataclass(frozen=True)
class Estimate:
    """What the start of one file says: its bytes once unpacked, its rows, and the fields of a line.

    ``fields`` is 0 for Parquet, whose ``bytes`` are those of the file and whose ``rows`` are exact.
    """

    part: Part
    bytes: int
    rows: int
    fields: int


def estimate(part: Part) -> Estimate:
    """Estimate the rows of a file from its first 256 KiB, or take them from a Parquet file's metadata.

    Raises
    ------
    ValueError
        The file is empty, or not what its name says.
    OSError
        It cannot be read.
    """
    if part.kind == ".parquet" and part == Part(part.path) and part.path.suffix.lower() not in PACKED:
        return _estimate_parquet(part.path)
    if part.member is not None or part.path.suffix.lower() in PACKED:
        text, whole = _packed(part)
    else:
        whole = part.path.stat().st_size
        with part.path.open("rb") as file:
            text = file.read(SAMPLE)
    if part.kind == ".parquet":
        return Estimate(part, whole, max(1, whole // PARQUET_ROW), 0)
    fields = fields_of(text, part)
    lines = len(text.splitlines())
    rows = lines if whole == len(text) else round(whole * text.count(b"\n") / max(1, text.rfind(b"\n") + 1))
    return Estimate(part, whole, max(1, rows), fields)


def _packed(part: Part) -> tuple[bytes, int]:
    """Text of the start of a packed file, and the bytes of all of it."""
    if part.member is not None:
        with part.open() as file, reading(part.path, "a whole zip file"):
            text = file.read(SAMPLE)
        with zipfile.ZipFile(part.path) as archive:
            return text, max(len(text), archive.getinfo(part.member).file_size)
    size = part.path.stat().st_size
    with part.path.open("rb") as file:
        packed = file.read(SAMPLE)
    text, read = _unpack(packed, part.path)
    return text, len(text) if read == size else int(len(text) * (size / max(read, 1)))


def _unpack(packed: bytes, path: Path) -> tuple[bytes, int]:
    """Unpack the start of a packed file; return the text and the packed bytes that it came from."""
    text, rest, kind = b"", packed, path.suffix.lower()
    try:
        while rest and len(text) < _MOST_UNPACKED:
            member = _UNPACKERS[kind]()
            text += member.decompress(rest, _MOST_UNPACKED - len(text))
            rest = member.unused_data or getattr(member, "unconsumed_tail", b"")
            if not member.eof:
                break
    except DAMAGE as error:
        raise ValueError(f"{path} is not a whole {kind[1:]} file ({error}); fetch it again") from error
    return text, len(packed) - len(rest)


def _estimate_parquet(path: Path) -> Estimate:
    import pyarrow
    import pyarrow.parquet

    try:
        rows = pyarrow.parquet.read_metadata(path).num_rows
    except pyarrow.ArrowException as error:
        raise ValueError(f"{path} is not a whole Parquet file ({error}); fetch it again") from error
    if rows == 0:
        raise ValueError(f"{path} is empty; remove it or fetch it again")
    return Estimate(Part(path), path.stat().st_size, rows, 0)
