"""Loan files cut into pieces that hold whole loans, so that no step ever moves rows between pieces.

Text is cut at bytes where a new loan begins, Parquet at rows. Packed files cannot be cut: they are unpacked
first.
"""

import itertools
from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from etl.mortgage import parquet
from etl.mortgage.files import HEAD, fields_of, find, layout_of, unpack, widths_like
from etl.mortgage.quarters import Acquisition, by_key, partner
from etl.mortgage.schema import COMBINED, PERFORMANCE
from etl.tables.parts import Part, fingerprint


@dataclass(frozen=True)
class Piece:
    """Bytes (text) or rows (Parquet) ``start`` to ``stop`` of one file, whole loans only.

    ``fields`` is the number of fields of a line, 0 for Parquet; ``acquisition`` is the old layout's file of
    loans; ``source`` is the user's file where ``path`` is an unpacked copy.
    """

    path: Path
    start: int
    stop: int
    fields: int
    source: Path
    acquisition: Acquisition | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the fields of a line, in file order."""
        return (PERFORMANCE if self.fields == len(PERFORMANCE) else COMBINED)[: self.fields]


def cut(data: Path, scratch: Path, piece_bytes: int, layout: str = "auto") -> list[Piece]:
    """Cut all loan files at a place.

    Parameters
    ----------
    data : Path
        See `etl.mortgage.files.find`.
    scratch, piece_bytes, layout
        See `pieces`.
    """
    return pieces(find(data), data, scratch, piece_bytes, layout)


def pieces(
    parts: Sequence[Part], data: Path, scratch: Path, piece_bytes: int, layout: str = "auto"
) -> list[Piece]:
    """Cut loan files.

    Parameters
    ----------
    parts : sequence of Part
        Files found at ``data``.
    data : Path
        A loan file, or a directory that was searched downwards.
    scratch : Path
        Directory for unpacked copies.
    piece_bytes : int
        Bytes of a piece of text, met to within one loan; a piece of Parquet holds as many bytes of it.
    layout : {"auto", "combined", "old"}
        ``auto`` takes each file by its number of fields.

    Raises
    ------
    FileNotFoundError, ValueError
        An empty, damaged or foreign file; a Performance file without its Acquisition, or with two.
    """
    files = {part: unpack(part, scratch) for part in parts}
    fields = {part: 0 if part.kind == ".parquet" else _fields(files[part], part, layout) for part in parts}
    loans = [part for part in parts if fields[part] and layout_of(fields[part], part) == "acquisition"]
    by_quarter = by_key(loans, data)
    held = {
        part: Acquisition(files[part], Path(str(part)), fields[part], fingerprint(Part(files[part])))
        for part in loans
    }
    out: list[Piece] = []
    for part in parts:
        if part in held:
            continue
        path, width = files[part], fields[part]
        other = held[partner(part, data, by_quarter)] if width == len(PERFORMANCE) else None
        edges = text_edges(path, width, piece_bytes) if width else parquet.edges(path, piece_bytes, part)
        out += [Piece(path, a, b, width, Path(str(part)), other) for a, b in itertools.pairwise(edges)]
    if not out:
        raise FileNotFoundError(f"{data} holds Acquisition files only; the Performance files are missing")
    return out


def _fields(path: Path, source: Part, layout: str) -> int:
    with path.open("rb") as file:
        fields = fields_of(file.read(HEAD), source)
    kind = layout_of(fields, source)
    if layout != "auto" and (kind == "combined") != (layout == "combined"):
        raise ValueError(f"{source} is of the {kind} layout, and --layout {layout} was asked for")
    return fields


def text_edges(path: Path, fields: int, piece_bytes: int) -> list[int]:
    """Bytes at which pieces begin, each at the first line of a loan, and the file's end.

    Parameters
    ----------
    path : Path
        Of plain text.
    fields : int
        Of a line.
    piece_bytes : int
        Bytes of a piece, at least; the last may be shorter.
    """
    size = path.stat().st_size
    loan_field = 0 if fields == len(PERFORMANCE) else 1
    with path.open("rb") as file:
        edges = [len(BOM_UTF8) if file.read(len(BOM_UTF8)) == BOM_UTF8 else 0]
        while (target := edges[-1] + piece_bytes) < size:
            file.seek(target)
            file.readline()
            edge = _next_loan(file, widths_like(fields), loan_field)
            if edge is None:
                break
            edges.append(edge)
    return [*edges, size]


def _next_loan(file: BinaryIO, widths: Sequence[int], loan_field: int) -> int | None:
    """Byte of the next line whose loan differs from that of the line before; malformed lines don't count."""
    current = None
    for start, line in _lines(file):
        parts = line.split(b"|")
        if len(parts) not in widths or not parts[loan_field].isdigit():
            continue
        if current is not None and parts[loan_field] != current:
            return start
        current = parts[loan_field]
    return None


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    start = file.tell()
    while line := file.readline():
        yield start, line
        start += len(line)
