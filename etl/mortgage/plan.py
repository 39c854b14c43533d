"""How much fits: input cut into pieces by the memory and cores there are, with a reason for every number."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from etl.machine import GIB, MIB, Limit, show
from etl.mortgage.files import layout_of
from etl.mortgage.survey import Estimate, estimate
from etl.tables.parts import Part

PIECE = 32 * MIB
"""Bytes of text of a piece on a CPU where nothing asks for less.

Smaller ones pay more for each piece, larger ones more for fresh memory.
"""
DEVICE_PIECE = GIB // 4
"""The same on a GPU, which needs many rows at a time to be busy."""
WORTHWHILE = 4 * MIB
"""Pieces are not made smaller than this only to occupy every worker."""
SMALLEST = 1 * MIB
"""Pieces smaller than this cannot be relied on to hold whole loans."""
IN_FLIGHT = 5
"""Bytes in memory while a piece is worked on, a byte of its text: text, Arrow columns and frame."""
FRAME_ROW = 100
"""Bytes of a row as text or frame at least; rows of a compressed file count as this many."""
ACQUISITIONS = 2
"""Files of loans of the old layout that are held whole beside the pieces."""
RESERVE = 256 * MIB
"""Memory that the libraries themselves take once they are imported."""
USED_SHARE = 0.9
"""Share of the limit that is planned for; the rest is lost to fragmentation."""


@dataclass(frozen=True)
class Plan:
    """How input is cut and where the features stay.

    Attributes
    ----------
    pieces, piece_bytes, rows_per_piece : int
        Number of pieces, and the bytes (of text, or of a Parquet file) and rows of one at most.
    feature_bytes, quantised_bytes : int
        Features, keys and label of all rows; and XGBoost's own copy of them.
    in_memory : bool
        Whether the features stay in memory; else they are spooled to disk.
    peak_bytes : int
        Expected memory at the worst moment, without the libraries.
    reasons : list of str
        One sentence a decision.

    Examples
    --------
    >>> files = [(Path("2017Q1.csv"), 10**9)]
    >>> one = divide(files, 4_000_000, 250, limit=Limit(8 * GIB, "asked for"), workers=4)
    >>> one.pieces, one.piece_bytes == PIECE, one.in_memory
    (30, True, True)
    """

    pieces: int
    piece_bytes: int
    rows_per_piece: int
    feature_bytes: int
    quantised_bytes: int
    in_memory: bool
    peak_bytes: int
    reasons: list[str]


def plan(files: Sequence[Part], *, limit: Limit, workers: int, columns: int = 28, usual: int = PIECE) -> Plan:
    """Decide how loan files are cut and whether their features stay in memory, see `divide`.

    Parameters
    ----------
    files : sequence of Part
        All loan files, of either layout.
    limit : Limit
        Memory to stay under.
    workers : int
        Pieces worked on at once.
    columns : int
        Features of a row.
    usual : int
        Bytes of text of a piece where nothing asks for less.

    Raises
    ------
    FileNotFoundError
        There are no files of loan months.
    MemoryError
        Not even the smallest pieces fit; the message says what would.
    OSError, ValueError
        A file cannot be read, or is empty, damaged or foreign.
    """
    months, held = loan_files(files)
    rows = sum(file.rows for file in months)
    least = min(file.bytes / file.rows for file in months)
    pairs = [(file.part.path, file.bytes) for file in months]
    return divide(pairs, rows, least, limit=limit, workers=workers, columns=columns, held=held, usual=usual)


def loan_files(files: Sequence[Part]) -> tuple[list[Estimate], int]:
    """Estimates of the files of loan months, and the bytes that files of loans take beside them.

    Raises
    ------
    FileNotFoundError
        There are no files of loan months.
    OSError, ValueError
        A file cannot be read, or is empty, damaged or foreign.
    """
    months: list[Estimate] = []
    loans: list[Estimate] = []
    for file in map(estimate, files):
        old = file.fields and layout_of(file.fields, file.part) == "acquisition"
        (loans if old else months).append(file)
    if not months:
        raise FileNotFoundError(
            f"{len(files)} files, none of them of loan months; the Performance files are missing"
        )
    largest = sorted((file.bytes for file in loans), reverse=True)[:ACQUISITIONS]
    return months, IN_FLIGHT * sum(largest)


def divide(
    files: Sequence[tuple[Path, int]],
    rows_estimate: int,
    bytes_per_row: float,
    *,
    limit: Limit,
    workers: int,
    columns: int = 28,
    held: int = 0,
    usual: int = PIECE,
) -> Plan:
    """Decide how input is cut and whether its features stay in memory.

    Parameters
    ----------
    files : sequence of (path, bytes)
        With the bytes of each once unpacked.
    rows_estimate : int
        Rows of all files; all are taken to be kept.
    bytes_per_row : float
        Of the file with the shortest rows, so that it bounds the rows of a piece.
    limit : Limit
        Memory to stay under.
    workers : int
        Pieces worked on at once.
    columns : int
        Features of a row.
    held : int
        Bytes of the memory that are taken all along.
    usual : int
        Bytes of text of a piece where nothing asks for less.

    Raises
    ------
    MemoryError
        Not even the smallest pieces fit.
    ValueError
        There is nothing to plan for, or no worker.
    """
    sizes = [size for _, size in files]
    if min(sum(sizes), rows_estimate, bytes_per_row, workers) <= 0:
        raise ValueError(f"cannot plan {sum(sizes)} bytes, {rows_estimate} rows for {workers} workers")
    cost = IN_FLIGHT * max(1.0, FRAME_ROW / bytes_per_row)
    features, quantised = rows_estimate * (4 * columns + 13), _quantised(rows_estimate, columns)
    room = _room(limit)
    _check(room - held, limit, workers, held)
    in_memory = features + max(quantised, held + workers * WORTHWHILE * IN_FLIGHT) <= room
    kept = features * in_memory
    fits = int((room - held - kept) / workers / cost)
    piece, why = _piece(sum(sizes), workers, fits, IN_FLIGHT / cost, usual)
    pieces, rows = sum(math.ceil(size / piece) for size in sizes), max(1, int(piece / bytes_per_row))
    flight = int(min(workers, pieces) * min(piece, max(sizes)) * cost)
    reasons = [
        f"memory: {show(room)} of {show(limit.bytes)} are planned for; the limit is: {limit.reason}",
        f"piece: {show(piece)}, {why}",
        f"cut: at most {rows:,} rows a piece, from {_count(len(files), 'file')} of {show(sum(sizes))}",
        _place(features, quantised, room, in_memory),
    ]
    peak = kept + max(held + flight, quantised * (quantised <= room))
    return Plan(pieces, piece, rows, features, quantised, in_memory, peak, reasons)


def _check(room: int, limit: Limit, workers: int, held: int) -> None:
    each = SMALLEST * IN_FLIGHT
    if room >= workers * each:
        return
    need = int((RESERVE + held + workers * each) / USED_SHARE) + 1
    fewer = f", or pass --workers {room // each}" if room >= each else ""
    raise MemoryError(
        f"{_count(workers, 'worker')} can do with no less than {show(need)} of memory, "
        f"and {show(limit.bytes)} may be used ({limit.reason}); raise that limit{fewer}"
    )


def _piece(total: int, workers: int, fits: int, scale: float, most: int) -> tuple[int, str]:
    """Bytes of a piece and why; ``scale`` shrinks pieces of compressed files to the rows of text ones."""
    usual, worthwhile = int(most * scale), int(WORTHWHILE * scale)
    shared = max(worthwhile, total // (2 * workers))
    if fits < min(usual, shared):
        return fits, f"so that {workers} of them at once stay within the memory"
    if usual <= shared:
        return usual, "the usual size"
    if shared == worthwhile:
        return shared, "the smallest that is worth the start of a piece"
    return shared, f"so that each of {workers} workers has two"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"


def _place(features: int, quantised: int, room: int, in_memory: bool) -> str:
    sizes = f"{show(features)} of features and XGBoost's copy of {show(quantised)}"
    if in_memory:
        return f"features: in memory, because {sizes} fit into {show(room)}"
    spooled = f"features: spooled to disk, because {sizes} do not fit into {show(room)} beside the pieces"
    return spooled if quantised <= room else f"{spooled}; training reads pages of the copy from disk"


def training_pages(rows: int, columns: int, limit: Limit) -> tuple[bool, str]:
    """Whether XGBoost must keep its quantised copy of the features in pages on disk, and why.

    Parameters
    ----------
    rows, columns : int
        Of the features.
    limit : Limit
        Memory to stay under.

    Returns
    -------
    paged : bool
    reason : str

    Examples
    --------
    >>> training_pages(1000, 28, Limit(8 * GIB, "asked"))
    (False, "training: XGBoost's copy of 160.2 KiB fits into 6.9 GiB")
    """
    copy, room = _quantised(rows, columns), _room(limit)
    if copy <= room:
        return False, f"training: XGBoost's copy of {show(copy)} fits into {show(room)}"
    return True, f"training: from pages on disk, because XGBoost's copy of {show(copy)} exceeds {show(room)}"


def _quantised(rows: int, columns: int) -> int:
    """Bytes of XGBoost's copy: where values are missing, a value takes four by row and one by column.

    Label, weight, gradients and position add 24 a row. 12M rows of 28 features took 150 bytes a row.
    """
    return rows * (5 * columns + 24)


def _room(limit: Limit) -> int:
    return max(0, int(limit.bytes * USED_SHARE) - RESERVE)
