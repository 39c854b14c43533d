"""What reading left behind, over all pieces: lines set aside, rows and loans, and that no loan was cut."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from etl.mortgage.features import Shaped
from etl.records import Record, Rejected, of_kind


@dataclass(frozen=True, kw_only=True)
class Lines(Record):
    """Lines of one piece: how many, and of those set aside the number from 0, the reason and the text."""

    file: str
    start: int
    """Byte of the file at which the piece begins; for Parquet the row."""
    lines: int
    rejected: list[tuple[int, str, str]]


@dataclass(frozen=True, kw_only=True)
class Rows(Record):
    """Rows and loans of one piece, and its last month as year * 12 + month - 1."""

    rows: int
    loans: int
    last_month: int = 0


@dataclass(frozen=True, kw_only=True)
class Span(Record):
    """First and last loan of one piece."""

    file: str
    first: int
    last: int


@dataclass(frozen=True)
class Totals:
    """Sums over pieces; ``cutoff`` is the last month of the whole data as year * 12 + month - 1."""

    lines: int
    rows: int
    loans: int
    cutoff: int
    censored: int
    excluded: int


def totals(entries: Iterable[Record]) -> Totals:
    """Sum the counts of all pieces."""
    rows, shaped = of_kind(entries, Rows), of_kind(entries, Shaped)
    return Totals(
        lines=sum(piece.lines for piece in of_kind(entries, Lines)),
        rows=sum(piece.rows for piece in rows),
        loans=sum(piece.loans for piece in rows),
        cutoff=max((piece.last_month for piece in rows if piece.rows), default=0),
        censored=sum(piece.censored for piece in shaped),
        excluded=sum(piece.excluded for piece in shaped),
    )


def rejected(entries: Iterable[Record]) -> list[Rejected]:
    """Lines set aside, with their numbers in the whole file, by file and line."""
    files: dict[str, dict[int, Lines]] = defaultdict(dict)
    for piece in of_kind(entries, Lines):
        files[piece.file][piece.start] = piece
    out = []
    for file, pieces in sorted(files.items()):
        before = 0
        for _, piece in sorted(pieces.items()):
            for number, reason, text in piece.rejected:
                out.append(Rejected(file=file, reason=reason, line=before + number + 1, text=text))
            before += piece.lines
    return out


def check(aside: list[Rejected], lines: int, share: float) -> None:
    """Refuse data of which more than ``share`` was set aside.

    Parameters
    ----------
    aside : list of Rejected
        See `rejected`.
    lines : int
        Lines that were read.
    share : float
        Largest share of them, 0 to 1.

    Raises
    ------
    ValueError
        Too many; the message shows the first three and where all are.
    """
    if len(aside) <= share * lines:
        return
    shown = "; ".join(f"{one.file} line {one.line}: {one.reason}" for one in aside[:3])
    raise ValueError(
        f"{len(aside):,} of {lines:,} lines were set aside, more than the {share:.1%} allowed. First: "
        f"{shown}. All are in quarantine.csv of the failed run's folder. "
        "Mend the file, or allow more with --bad-share"
    )


def check_whole(entries: Iterable[Record]) -> None:
    """Refuse data whose rows are not in order of loan: a loan cut in two would get wrong labels.

    Raises
    ------
    ValueError
        Two pieces of one quarter's files share loans or interleave.
    """
    last: dict[str, tuple[int, int]] = {}
    for span in sorted(of_kind(entries, Span), key=lambda one: (one.file, one.first)):
        before = last.get(span.file)
        if before and span.first <= before[1]:
            raise ValueError(
                f"{span.file} is not sorted by loan: loan {span.first} stands in two places of it. "
                "Sort the file by its loan number (for text: `sort -t'|' -k2,2 -s` for the combined layout)"
            )
        last[span.file] = (span.first, span.last)
