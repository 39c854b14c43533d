"""Loan files cut into pieces that hold whole loans, so that no step ever moves rows between pieces.

Text is cut at bytes where a new loan begins, Parquet at rows. Gzip cannot be cut: it is unpacked first.
"""

import gzip
import itertools
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from etl.mortgage.schema import ACQUISITION, COMBINED, LOAN, PERFORMANCE, PERIOD

SUFFIXES = (".csv", ".txt", ".gz", ".parquet")
_QUARTER = re.compile(r"(\d{4}Q\d)")


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
    acquisition: Path | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the fields of a line, in file order."""
        return (PERFORMANCE if self.fields == len(PERFORMANCE) else COMBINED)[: self.fields]


def find(data: Path) -> list[Path]:
    """Loan files at ``data``, a file or a directory searched downwards, sorted by path.

    Raises
    ------
    FileNotFoundError
        Nothing is there, or no loan file is.
    """
    if data.is_file():
        return [data]
    if not data.exists():
        raise FileNotFoundError(f"{data} does not exist; pass --data a loan file or a directory of them")
    found = [
        path
        for path in sorted(data.rglob("*"))
        if path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(data).parts)
        and (path.suffix in SUFFIXES or re.search(r"\.txt_\d+$", path.name))
    ]
    if not found:
        raise FileNotFoundError(f"{data} holds no loan file (looked for {', '.join(SUFFIXES)})")
    return found


def unpack(path: Path, scratch: Path) -> Path:
    """Path of plain text: the file itself, or its unpacked copy.

    Parameters
    ----------
    path : Path
    scratch : Path
        Directory for the copies of files that end in ``.gz``.

    Raises
    ------
    ValueError
        The gzip stream is damaged or ends early.
    """
    if path.suffix != ".gz":
        return path
    target = scratch / f"{abs(hash(path.resolve())):x}-{path.stem}"
    try:
        with gzip.open(path, "rb") as source, target.open("wb") as sink:
            shutil.copyfileobj(source, sink, 1 << 22)
    except (EOFError, gzip.BadGzipFile) as error:
        target.unlink(missing_ok=True)
        raise ValueError(f"{path} is not a whole gzip file ({error}); fetch it again") from error
    return target


def fields_of(path: Path, source: Path) -> int:
    """Fields of a line of the file, judged by the majority of its first hundred lines.

    Parameters
    ----------
    path : Path
        Of plain text.
    source : Path
        The user's file, for errors.

    Raises
    ------
    ValueError
        The file is empty.
    """
    with path.open("rb") as file:
        counts = [line.count(b"|") + 1 for line in file.readlines(1 << 16)[:100]]
    if not counts:
        raise ValueError(f"{source} is empty; remove it or fetch it again")
    return max(set(counts), key=counts.count)


def layout_of(fields: int, source: Path) -> str:
    """Name the layout that has this many fields: ``combined``, ``performance`` or ``acquisition``.

    Parameters
    ----------
    fields : int
        Of a line.
    source : Path
        The user's file, for errors.

    Raises
    ------
    ValueError
        None has.
    """
    if 108 <= fields <= len(COMBINED):
        return "combined"
    if fields == len(PERFORMANCE):
        return "performance"
    if fields in (len(ACQUISITION) - 1, len(ACQUISITION)):
        return "acquisition"
    raise ValueError(
        f"{source} has {fields} fields a line separated by '|'; the combined layout has 108 to 113, "
        "a Performance file 31, an Acquisition file 25 or 26"
    )


def cut(data: Path, scratch: Path, piece_bytes: int, layout: str = "auto") -> list[Piece]:
    """Cut all loan files at ``data``.

    Parameters
    ----------
    data : Path
        A loan file, or a directory that is searched downwards.
    scratch : Path
        Directory for unpacked copies.
    piece_bytes : int
        Bytes of a piece of text, met to within one loan; a piece of Parquet holds as many bytes of it.
    layout : {"auto", "combined", "old"}
        ``auto`` takes each file by its number of fields.

    Raises
    ------
    FileNotFoundError, ValueError
        Nothing found; an empty, damaged or foreign file; a Performance file without its Acquisition.
    """
    files: list[tuple[Path, Path, int]] = []
    acquisitions: dict[str, Path] = {}
    for source in find(data):
        if source.suffix == ".parquet":
            files.append((source, source, 0))
            continue
        path = unpack(source, scratch)
        fields = fields_of(path, source)
        kind = layout_of(fields, source)
        if layout != "auto" and (kind == "combined") != (layout == "combined"):
            raise ValueError(f"{source} is of the {kind} layout, and --layout {layout} was asked for")
        if kind == "acquisition":
            acquisitions[quarter(source)] = path
        else:
            files.append((path, source, fields))
    pieces: list[Piece] = []
    for path, source, fields in files:
        partner = _partner(source, acquisitions) if fields == len(PERFORMANCE) else None
        edges = parquet_edges(path, piece_bytes) if fields == 0 else text_edges(path, fields, piece_bytes)
        pieces += [Piece(path, a, b, fields, source, partner) for a, b in itertools.pairwise(edges)]
    if not pieces:
        raise FileNotFoundError(f"{data} holds Acquisition files only; the Performance files are missing")
    return pieces


def quarter(path: Path) -> str:
    """The quarter in the file's name, such as ``2000Q1``, or the empty string."""
    found = _QUARTER.search(path.name)
    return found[1] if found else ""


def _partner(source: Path, acquisitions: dict[str, Path]) -> Path:
    if quarter(source) in acquisitions:
        return acquisitions[quarter(source)]
    beside = sorted(source.parent.glob(f"*cquisition*{quarter(source)}*"))
    hint = f"; pass --data {source.parent}" if beside else ""
    raise ValueError(f"{source} needs the Acquisition file of quarter {quarter(source) or '?'}{hint}")


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
    edges = [0]
    with path.open("rb") as file:
        while (target := edges[-1] + piece_bytes) < size:
            file.seek(target)
            file.readline()
            edge = _next_loan(file, fields, loan_field)
            if edge is None:
                break
            edges.append(edge)
    return [*edges, size]


def _next_loan(file: BinaryIO, fields: int, loan_field: int) -> int | None:
    """Byte of the next line whose loan differs from that of the line before; malformed lines don't count."""
    current = None
    for start, line in _lines(file):
        parts = line.split(b"|")
        if len(parts) != fields or not parts[loan_field].isdigit():
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


def parquet_edges(path: Path, piece_bytes: int) -> list[int]:
    """Rows at which pieces begin, each at the first row of a loan, and the number of rows.

    Parameters
    ----------
    path : Path
    piece_bytes : int
        Bytes of the file that a piece holds, about.

    Raises
    ------
    ValueError
        Not a whole Parquet file, or one without the key columns.
    """
    import numpy
    import pyarrow
    import pyarrow.parquet

    try:
        file = pyarrow.parquet.ParquetFile(path)
    except pyarrow.ArrowException as error:
        raise ValueError(f"{path} is not a whole Parquet file ({error}); fetch it again") from error
    missing = {LOAN, PERIOD} - set(file.schema_arrow.names)
    if missing:
        raise ValueError(f"{path} lacks the columns {', '.join(sorted(missing))}")
    if file.metadata.num_rows == 0:
        raise ValueError(f"{path} is empty; remove it or fetch it again")
    loans = file.read([LOAN])[LOAN].to_numpy()
    starts = numpy.flatnonzero(loans[1:] != loans[:-1]) + 1
    step = max(1, int(piece_bytes * len(loans) / max(path.stat().st_size, 1)))
    wanted = numpy.arange(step, len(loans), step)
    places = numpy.searchsorted(starts, wanted)
    chosen = starts[numpy.unique(places[places < len(starts)])]
    return [0, *chosen.tolist(), len(loans)]
