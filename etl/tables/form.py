"""How a delimited file is written: what parts its fields, and the names of its columns."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from etl.records import Choice, record
from etl.tables.decode import blocks
from etl.tables.parts import Part
from etl.tables.rows import rows

DELIMITERS = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "bars"}
LOOKED_AT = 20
"""Rows by which the delimiter is chosen."""


@dataclass(frozen=True)
class Told:
    """What a user tells of a table.

    Attributes
    ----------
    encoding : str, optional
        By default UTF-8, or UTF-16 where the file says so.
    names : tuple of str, optional
        Names of all columns of a delimited file that has no line of names.
    quoted : bool, optional
        Whether fields may stand in double quotes; by default not in TSV files.
    wide : bool
        A row a task, a column a worker, see `etl.tables.wide`.
    bad_share : float
        Share of rows that may be set aside before the file is refused.
    """

    encoding: str | None = None
    names: tuple[str, ...] | None = None
    quoted: bool | None = None
    wide: bool = False
    bad_share: float = 0.5


@dataclass(frozen=True)
class Form:
    """What was found out of a delimited file.

    Attributes
    ----------
    delimiter : str
    quoted : bool
    names : list of str
    first : bytes
        The line of names, without its end; empty where there is none.
    skipped : int
        Lines before it.
    padded : bool
        Names begin with blanks, as after ", ", so that fields may.
    """

    delimiter: str
    quoted: bool
    names: list[str]
    first: bytes
    skipped: int
    padded: bool


def opened(part: Part, told: Told, wanted: list[str]) -> tuple[Form, Iterator[bytes]]:
    """The form of a file, and its text from the line of names on.

    Parameters
    ----------
    part : Part
    told : Told
    wanted : list of str
        Columns that are looked for; they help to tell the delimiter.

    Raises
    ------
    ValueError
        The file is empty, or a column stands twice in it.
    """
    text = blocks(part, told.encoding)
    blank = next((block for block in text if block.strip()), b"")
    start = blank.lstrip(b"\r\n")
    if not start:
        raise ValueError(
            f"{part} is empty; give a table with the columns {', '.join(wanted) or 'that it has'}"
        )
    _refuse_no_table(part, start)
    skipped, start, said = _without_sep_line(start, part)
    skipped += blank[: len(blank) - len(blank.lstrip(b"\r\n"))].count(b"\n")
    quoted = part.kind != ".tsv" if told.quoted is None else told.quoted
    delimiter = said or _delimiter(part, start, quoted, wanted, told)
    line = _first_row(part, start, delimiter, quoted)
    fields = _fields(line, delimiter, quoted)
    if told.names:
        return Form(delimiter, quoted, list(told.names), b"", skipped, False), chain([start], text)
    if wanted and all(name.isdecimal() for name in wanted):
        places = [str(place) for place in range(1, len(fields) + 1)]
        first = line.encode() if _is_of_names(part, start, delimiter, quoted, places == fields) else b""
        return Form(delimiter, quoted, places, first, skipped, False), chain([start], text)
    found = _names(line, delimiter, quoted)
    names = [name or f"unnamed {place}" for place, name in enumerate(found, 1)]
    once(part, names, wanted)
    padded = any(field != field.lstrip(" ") for field in fields[1:])
    form = Form(delimiter, quoted, names, line.encode(), skipped, padded)
    return form, chain([start], text)


def _refuse_no_table(part: Part, start: bytes) -> None:
    """Name what a file is that is no delimited text."""
    if b"\n" not in start and b"\r" in start.rstrip(b"\r"):
        raise ValueError(
            f"{part} ends its lines with carriage returns alone, as old Macs did; save it with line feeds"
        )
    if start.lstrip()[:1] in (b"[", b"{"):
        raise ValueError(f"{part} is JSON; write an object a line, and name the file with .jsonl")


def _is_of_names(part: Part, start: bytes, delimiter: str, quoted: bool, counts: bool) -> bool:
    """Whether the first row holds names, where columns are told by their places, and why.

    It does if it counts 1, 2, ..., or if a column of numbers stands below a cell that is none.
    """
    table = [_fields(line, delimiter, quoted) for line in _head(part, start, delimiter, quoted)]
    below = [row for row in table[1:] if len(row) == len(table[0])]
    columns = zip(table[0], *below, strict=True) if below else []
    is_of_names = counts or any(
        not _is_number(head) and all(map(_is_number, rest)) for head, *rest in columns
    )
    why = "its first line is of names" if is_of_names else "it has no line of names"
    record(Choice(reason=f"{part}: columns are told by their places, and {why}"))
    return is_of_names


def _is_number(cell: str) -> bool:
    return cell.strip().removeprefix("-").replace(".", "", 1).isdecimal()


def _head(part: Part, start: bytes, delimiter: str, quoted: bool) -> list[str]:
    """The first rows, whole."""
    head = b"\n".join(start[: 1 << 16].split(b"\n")[: 2 * LOOKED_AT])
    try:
        found = list(rows(part, [head], delimiter, quoted))
    except ValueError:  # the last of these lines is cut within quotes
        found = list(rows(part, [head], delimiter, quoted=False))
    return [block.text(row) for block in found for row in range(len(block)) if block.fields[row]][:LOOKED_AT]


def _without_sep_line(start: bytes, part: Part) -> tuple[int, bytes, str]:
    """Excel's first line ``sep=;`` names the delimiter."""
    line, _, rest = start.partition(b"\n")
    bare = line.rstrip(b"\r").strip(b'"')
    if not (bare.lower().startswith(b"sep=") and len(bare) == 5):
        return 0, start, ""
    said = bare[4:].decode()
    record(Choice(reason=f"{part}: fields are parted by {said!r}, as its line sep= says"))
    return 1, rest, said


def _delimiter(part: Part, start: bytes, quoted: bool, wanted: list[str], told: Told) -> str:
    """What parts the fields: that by which the wanted columns are there, else by which rows are alike."""
    usual = "\t" if part.kind in (".tsv", ".tab") else ","
    scores = {one: _score(part, start, one, quoted, wanted, told) for one in (usual, *DELIMITERS)}
    best = max(scores, key=lambda one: scores[one])
    if best != usual:
        record(Choice(reason=f"{part}: fields are parted by {DELIMITERS[best]}, by its first lines"))
        return best
    return usual


def _score(
    part: Part, start: bytes, one: str, quoted: bool, wanted: list[str], told: Told
) -> tuple[int, float]:
    """Wanted columns that are there, and the share of rows with the same number of fields, more than one."""
    first = _first_row(part, start, one, quoted)
    names = {name.casefold() for name in _names(first, one, quoted)}
    there = 0 if told.names else sum(name.casefold() in names for name in wanted)
    counts = [len(_fields(line, one, quoted)) for line in _head(part, start, one, quoted)]
    if not counts:
        return there, 0.0
    usual, times = Counter(counts).most_common(1)[0]
    right = len(told.names) == usual if told.names else usual > 1
    return there, times / len(counts) if right else 0.0


def _first_row(part: Part, start: bytes, delimiter: str, quoted: bool) -> str:
    line = start.split(b"\n", 1)[0]
    if quoted and b'"' in line:
        for found in rows(part, [start], delimiter, quoted):
            if len(found):
                return found.text(0)
    return line.decode("utf-8", "replace").rstrip("\r")


def _fields(line: str, delimiter: str, quoted: bool) -> list[str]:
    """Fields of a row, of any length, which the module csv does not allow."""
    if not quoted or '"' not in line:
        return line.split(delimiter)
    fields, held, quotes = list[str](), list[str](), 0
    for piece in line.split(delimiter):
        held.append(piece)
        quotes += piece.count('"') if held[0].startswith('"') else 0
        if quotes % 2 == 0:
            fields.append(_unquoted(delimiter.join(held)))
            held, quotes = [], 0
    return fields + held


def _names(line: str, delimiter: str, quoted: bool) -> list[str]:
    """Names of columns, without the blanks around them, and quotes behind these."""
    fields = [field.strip() for field in _fields(line, delimiter, quoted)]
    return [_unquoted(field) for field in fields] if quoted else fields


def _unquoted(field: str) -> str:
    found = re.fullmatch(r'"((?:[^"]|"")*)"(.*)', field, re.DOTALL)
    return found[1].replace('""', '"') + found[2] if found else field


def chosen(names: list[str], wanted: list[str]) -> list[int]:
    """Places of the columns that are asked for, whatever the case and outer blanks; of all if none is.

    Parameters
    ----------
    names : list of str
        Of the file's columns.
    wanted : list of str

    Examples
    --------
    >>> chosen(["Task", "note"], ["task"]), chosen(["Task", "note"], [])
    ([0], [0, 1])
    """
    asked = {name.strip().casefold() for name in wanted}
    return [place for place, name in enumerate(names) if not asked or name.strip().casefold() in asked]


def once(part: Part, names: list[str], wanted: list[str]) -> None:
    """Refuse a column that is asked for, or any if none is, and stands twice.

    Parameters
    ----------
    part : Part
    names : list of str
        Of the file's columns.
    wanted : list of str
    """
    for name, times in Counter(names).items():
        if times > 1 and name and (name in wanted or not wanted):
            raise ValueError(f"{part} has {times} columns named {name}; rename all but one of them")
