"""How much a file holds, judged by its start: bytes once unpacked, rows, fields of a line."""

import zlib
from dataclasses import dataclass
from pathlib import Path

SAMPLE = 1 << 18
"""Bytes read from the start of a text file."""
_MOST_UNPACKED = 1 << 26


@dataclass(frozen=True)
class Estimate:
    """What the start of one file says: its bytes once unpacked, its rows, and the fields of a line.

    ``fields`` is 0 for Parquet, whose ``bytes`` are those of the file and whose ``rows`` are exact.
    """

    path: Path
    bytes: int
    rows: int
    fields: int


def estimate(path: Path) -> Estimate:
    """Estimate the rows of a file from its first 256 KiB, or take them from a Parquet file's metadata.

    Raises
    ------
    ValueError
        The file is empty, or not what its name says.
    OSError
        It cannot be read.
    """
    if path.suffix == ".parquet":
        return _estimate_parquet(path)
    size = path.stat().st_size
    with path.open("rb") as file:
        text = file.read(SAMPLE)
    read = len(text)
    if path.suffix == ".gz":
        text, read = _unpack(text, path)
    if not text:
        raise ValueError(f"{path} is empty; remove it or fetch it again")
    whole = len(text) if read == size else int(len(text) * (size / read))
    lines = text.splitlines()
    counts = [line.count(b"|") + 1 for line in lines[:100]]
    rows = len(lines) if read == size else round(whole * text.count(b"\n") / max(1, text.rfind(b"\n") + 1))
    return Estimate(path, whole, max(1, rows), max(set(counts), key=counts.count))


def _unpack(packed: bytes, path: Path) -> tuple[bytes, int]:
    """Unpack the start of a gzip file; return the text and the packed bytes that it came from."""
    text, rest = b"", packed
    try:
        while rest and len(text) < _MOST_UNPACKED:
            member = zlib.decompressobj(wbits=31)
            text += member.decompress(rest, _MOST_UNPACKED - len(text))
            rest = member.unused_data or member.unconsumed_tail
            if not member.eof:
                break
    except zlib.error as error:
        raise ValueError(f"{path} is not a whole gzip file ({error}); fetch it again") from error
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
    return Estimate(path, path.stat().st_size, rows, 0)
