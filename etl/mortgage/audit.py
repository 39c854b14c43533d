"""What reading left behind, over all pieces: lines set aside, rows and loans, and that no loan was cut."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from etl.mortgage.features import Shaped
from etl.records import Choice, Record, Rejected, of_kind, record


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
    """Loans of one piece, as the bytes of int64, rising."""

    file: str
    loans: bytes


@dataclass(frozen=True, kw_only=True)
class Joined(Record):
    """Loans of one piece of a Performance file, and those of them that its Acquisition file lacks."""

    file: str
    other: str
    known: int
    """Loans of the Acquisition file."""
    loans: int
    alone: int
    first: int
    """The first loan that is lacking."""


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
        lines=sum({(piece.file, piece.start): piece.lines for piece in of_kind(entries, Lines)}.values()),
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


def inspect(entries: Sequence[Record], share: float, kept: str = "quarantine.csv") -> None:
    """Record lines set aside and what was lost, and refuse data that cannot be trusted.

    Parameters
    ----------
    entries : sequence of Record
        What reading all pieces recorded.
    share : float
        Largest share of lines, and of a file's loans without an Acquisition, that is allowed, 0 to 1.
    kept : str
        Where the lines are; empty where they are not kept.

    Raises
    ------
    ValueError
        See `check`, `check_whole` and `check_joined`.
    """
    aside, lines = rejected(entries), totals(entries).lines
    for line in aside:
        record(line)
    if aside:
        words = f"{len(aside):,} of {lines:,} lines could not be read"
        record(Choice(reason=f"{words}; they are in {kept}" if kept else words))
    check(aside, lines, share, kept)
    check_whole(entries)
    for words in check_joined(entries, share):
        record(Choice(reason=words))


def check(aside: list[Rejected], lines: int, share: float, kept: str = "quarantine.csv") -> None:
    """Refuse data of which more than ``share`` was set aside.

    Parameters
    ----------
    aside : list of Rejected
        See `rejected`.
    lines : int
        Lines that were read.
    share : float
        Largest share of them, 0 to 1.
    kept : str
        See `inspect`.

    Raises
    ------
    ValueError
        Too many; the message shows the first three and where all are.
    """
    if len(aside) <= share * lines:
        return
    shown = "; ".join(f"{one.file} line {one.line}: {one.reason}" for one in aside[:3])
    where = f"All are in {kept} of the failed run's folder. " if kept else ""
    raise ValueError(
        f"{len(aside):,} of {lines:,} lines were set aside, more than the {share:.1%} allowed. First: "
        f"{shown}. {where}"
        "Mend the file, or allow more with --bad-share"
    )


def check_whole(entries: Iterable[Record]) -> None:
    """Refuse data in which a loan stands in two places: cut in two it would get wrong labels.

    Raises
    ------
    ValueError
        Two pieces of one file, or two files, share loans.
    """
    spans = of_kind(entries, Span)
    each = [np.frombuffer(span.loans, "int64") for span in spans]
    every = np.sort(np.concatenate([*each, np.empty(0, "int64")]))
    twice = np.unique(every[1:][every[1:] == every[:-1]])
    if not len(twice):
        return
    one, other = sorted(span.file for span, loans in zip(spans, each, strict=True) if twice[0] in loans)[:2]
    if one == other:
        raise ValueError(
            f"{one} is not sorted by loan: loan {twice[0]} stands in two places of it. "
            "Sort the file by its loan number (for text: `sort -t'|' -k2,2 -s` for the combined layout)"
        )
    raise ValueError(
        f"loan {twice[0]} stands in {one} and in {other}, and {len(twice) - 1:,} more in two places: their "
        "months would count twice or be cut in two. Keep each quarter once, and join the parts of one "
        "quarter into a file that is sorted by loan (`cat PARTS | sort -t'|' -k2,2 -s`)"
    )


def check_joined(entries: Iterable[Record], share: float) -> list[str]:
    """Compare the loans of both files of each pair.

    Parameters
    ----------
    entries : iterable of Record
    share : float
        Largest share of a Performance file's loans that its Acquisition file may lack, 0 to 1.

    Returns
    -------
    list of str
        A sentence for each pair whose loans differ.

    Raises
    ------
    ValueError
        An Acquisition file lacks more.
    """
    pairs: dict[tuple[str, str], list[Joined]] = defaultdict(list)
    for piece in of_kind(entries, Joined):
        pairs[piece.file, piece.other].append(piece)
    told: list[str] = []
    found: dict[str, int] = defaultdict(int)
    known = {other: pieces[0].known for (_, other), pieces in pairs.items()}
    for (file, other), pieces in sorted(pairs.items()):
        loans, alone = sum(one.loans for one in pieces), sum(one.alone for one in pieces)
        found[other] += loans - alone
        if not alone:
            continue
        first = next(one.first for one in pieces if one.alone)
        words = f"{alone:,} of {loans:,} loans of {file} are not in {other}, the first is {first}"
        if alone > share * loans:
            raise ValueError(
                f"{words}; give the Acquisition file of the same loans, or allow more with --bad-share"
            )
        told.append(f"{words}; what they were at origination is missing")
    return told + [
        f"{known[other] - count:,} of {known[other]:,} loans of {other} have no months"
        for other, count in sorted(found.items())
        if count < known[other]
    ]
