"""Which files of a path hold loans, of which layout, and what is said of those that do not."""

import re
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from etl.mortgage.schema import ACQUISITION, COMBINED, PERFORMANCE
from etl.tables.parts import PACKED, Part, listed

ENDINGS = (".csv", ".txt", ".parquet", "")
HEAD = 1 << 16
"""Bytes of a file's start by which it is judged."""
JUDGED = 1 << 14
"""Bytes of it in which the marks of other sources are looked for."""
FEWEST = 20
"""A file with fewer fields a line is no loan file at all, and is passed over in a folder."""
COMBINED_WIDTHS = range(108, len(COMBINED) + 1)
ACQUISITION_WIDTHS = (len(ACQUISITION) - 1, len(ACQUISITION))
LAYOUTS = "the combined layout has 108 to 113, a Performance file 31, an Acquisition file 25 or 26"
_FREDDIE = re.compile(rb'(^|[|,;\t])"?[FA]1?\d\dQ[1-4]\d{6,8}"?\s*($|[|,;\t])')
_FREDDIE_HEADER = re.compile(rb"loan[ _]sequence[ _]number", re.IGNORECASE)
_QUOTED = re.compile(rb'"\|"')


def find(data: Path) -> list[Part]:
    """Loan files at ``data``: a file, packed or not, or a directory searched downwards, in order of path.

    Other files of a directory or zip file, such as a README or a mapping of names, are passed over and told.

    Raises
    ------
    FileNotFoundError
        Nothing is there, or no loan file is.
    ValueError
        A file is damaged, of Freddie Mac or of another spelling, or two hold the same data.
    """
    try:
        found = listed(data, ENDINGS, "loans", deep=True, wanted=is_loan_file)
    except FileNotFoundError as error:
        if not data.exists():
            raise
        raise FileNotFoundError(f"{error}, with fields separated by '|': {LAYOUTS}") from None
    if found == [Part(data)] and data.is_file():
        is_loan_file(found[0])
    return found


def is_loan_file(part: Part) -> bool:
    """Whether a file is of loans, judged by its start.

    Raises
    ------
    ValueError
        It is, and cannot be read as it is spelled.
    """
    if part.kind == ".parquet":
        return True
    if part.kind == "" and part.path.suffix.lower() not in PACKED:
        return False
    with part.open() as file:
        head = file.read(HEAD)
    refuse_foreign(head, part)
    return not head or fields_of(head, part) >= FEWEST


def refuse_foreign(head: bytes, source: Part) -> None:
    """Refuse what is known, and is not read.

    Parameters
    ----------
    head : bytes
        Start of the file.
    source : Part
        For errors.

    Raises
    ------
    ValueError
        A file of Freddie Mac, in UTF-16, with quotes, or with commas, semicolons or tabs between its fields.
    """
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise ValueError(f"{source} is in UTF-16; write it in UTF-8: iconv -f UTF-16 -t UTF-8")
    lines = head[:JUDGED].splitlines()[:20]
    if lines and (_FREDDIE_HEADER.search(lines[0]) or _most(bool(_FREDDIE.search(one)) for one in lines)):
        raise ValueError(
            f"{source} is of Freddie Mac, by its loan sequence numbers such as F14Q10000001; only Fannie "
            "Mae's files are read: give those of its Single-Family Loan Performance Data"
        )
    if _most(len(_QUOTED.findall(one)) >= FEWEST for one in lines):
        raise ValueError(f"{source} has quotes around its fields; take them out: tr -d '\"'")
    for mark, name in ((b",", "commas"), (b";", "semicolons"), (b"\t", "tabs")):
        if _most(_is_known(one.count(mark) + 1) and one.count(b"|") < FEWEST for one in lines):
            raise ValueError(
                f"{source} has {name} between its fields; write it with '|', without quotes, or move it away"
            )


def _most(flags: Iterable[bool]) -> bool:
    held = list(flags)
    return 2 * sum(held) > len(held)


def _is_known(fields: int) -> bool:
    return fields in (*COMBINED_WIDTHS, *ACQUISITION_WIDTHS, len(PERFORMANCE))


def fields_of(head: bytes, source: Part) -> int:
    """Fields of a line of the file, judged by the majority of its first hundred lines.

    Parameters
    ----------
    head : bytes
        Start of the file.
    source : Part
        The user's file, for errors.

    Raises
    ------
    ValueError
        The file is empty.
    """
    counts = [line.count(b"|") + 1 for line in head.splitlines()[:100]]
    if not counts:
        raise ValueError(f"{source} is empty; remove it or fetch it again")
    return max(set(counts), key=counts.count)


def layout_of(fields: int, source: Part) -> str:
    """Name the layout that has this many fields: ``combined``, ``performance`` or ``acquisition``.

    Parameters
    ----------
    fields : int
        Of a line.
    source : Part
        The user's file, for errors.

    Raises
    ------
    ValueError
        None has.
    """
    if fields in COMBINED_WIDTHS:
        return "combined"
    if fields == len(PERFORMANCE):
        return "performance"
    if fields in ACQUISITION_WIDTHS:
        return "acquisition"
    raise ValueError(f"{source} has {fields} fields a line separated by '|'; {LAYOUTS}: fetch it again")


def widths_like(fields: int) -> Sequence[int]:
    """Numbers of fields that lines of the same layout may have: the first fields of all are the same."""
    alike = (COMBINED_WIDTHS, ACQUISITION_WIDTHS)
    return next((widths for widths in alike if fields in widths), (fields,))


def unpack(part: Part, scratch: Path) -> Path:
    """Path of plain bytes: the file itself, or its unpacked copy.

    Parameters
    ----------
    part : Part
    scratch : Path
        Directory for the copies of packed files.

    Raises
    ------
    ValueError
        The file is damaged or ends early.
    """
    if part.member is None and part.path.suffix.lower() not in PACKED:
        return part.path
    target = scratch / f"{abs(hash((part.path.resolve(), part.member))):x}-{part.name}"
    try:
        with part.open() as source, target.open("wb") as sink:
            shutil.copyfileobj(source, sink, 1 << 22)
    except (OSError, ValueError):
        target.unlink(missing_ok=True)
        raise
    return target
