"""Edge lists of plain text: two nodes a line, and perhaps a weight, between blanks."""

from collections import Counter

import numpy as np
import pyarrow as pa

from etl.graph.words import Words, split
from etl.records import Choice, collect, record
from etl.tables import values
from etl.tables.decode import whole_lines
from etl.tables.form import Told
from etl.tables.losses import Losses
from etl.tables.parts import Part

NAMES = ("source", "target", "weight")
"""Of the columns, where no line names them."""
HEADERS = "source target, from to, src dst, node1 node2, fromnodeid tonodeid, u v"
"""Usual words of a line of names."""
HEAD = 1000
"""Lines by which it is decided what parts words."""


def read(part: Part, told: Told, ends: tuple[str, str], weight: str | None) -> list[pa.Table]:
    """Edges of a file, and weights if they are asked for; other lines are set aside and counted.

    A line that begins with # or % is a comment, and so is what follows a # as the third word or later. Names
    with blanks stand in double quotes, or all lines have as many tabs.

    Parameters
    ----------
    part : Part
    told : Told
    ends : (source, target)
        Names of the first two columns, or of any if the first line names them.
    weight : str, optional

    Returns
    -------
    list of pyarrow Table
        The columns ``ends``, int64 or string, and ``weight``, float64.

    Raises
    ------
    ValueError
        The file holds no edges, lacks a column, or is damaged.
    """
    losses, found = Losses(part, told.bad_share), list[pa.Table]()
    names, size, tabs = list[str](), 0, None
    for text, line in whole_lines(part, told.encoding):
        tabs = _by_tabs(part, text) if tabs is None else tabs
        words = split(part, text, line, tabs)
        if not len(words.counts):
            continue
        first = 0
        if not names:
            size = Counter(words.counts.tolist()).most_common(1)[0][0]
            names, first = _names(part, words, size, ends)
        found.append(_edges(words, first, size, names, (*ends, weight), losses))
    if not names:
        raise ValueError(f"{part} holds no edges; give a line an edge: two nodes, and perhaps a weight")
    losses.close()
    return found


def _by_tabs(part: Part, text: bytes) -> bool:
    """Whether words are parted by tabs alone: each line has as many, and not as many words between blanks."""
    head = b"\n".join(text.split(b"\n", HEAD)[:HEAD]) + b"\n"
    with collect():  # what is decided of all lines is told when they are read
        plain, parted = split(part, head, 1), split(part, head, 1, tabs=True)
    if _is_plain(plain) or len(set(parted.counts.tolist())) != 1 or parted.counts[0] < 2:
        return False
    record(Choice(reason=f"{part}: tabs part the words, as each line has as many; names may hold blanks"))
    return True


def _is_plain(words: Words) -> bool:
    """Whether all lines have two words, or as many of which the third is a number."""
    counts = set(words.counts.tolist())
    third = words.column(2, np.arange(len(words.counts)))
    number, _ = values.numbers(third)
    return counts <= {1} or counts == {2} or (len(counts) == 1 and number.null_count == 0)


def _names(part: Part, words: Words, size: int, ends: tuple[str, str]) -> tuple[list[str], int]:
    """Names of the columns, and the first line that is an edge."""
    if size < 2:
        raise ValueError(
            f"{part} has one word a line, as {words.first(0)[0][:60]!r}; an edge is two words, parted by "
            "blanks or tabs, and perhaps a weight: give a table with a line of names the ending .csv"
        )
    usual = [*ends, *NAMES[2:], *(str(place) for place in range(4, size + 1))][:size]
    head = words.first(0)
    if not _is_header(words, head, ends):
        return usual, 0
    record(Choice(reason=f"{part}: line {words.lines[0]:,}, {' '.join(head)!r}, is the names of columns"))
    named = set(ends) <= set(head)
    return (head if named else [*usual[:2], *head[2:]]), 1


def _is_header(words: Words, head: list[str], ends: tuple[str, str]) -> bool:
    """It says the names that are asked for, usual ones, or words above whole numbers."""
    if len(head) < 2:
        return False
    if set(ends) <= set(head) or " ".join(head[:2]).casefold() in HEADERS.split(", "):
        return True
    rows = np.arange(1, len(words.counts))
    below = [values.ids(words.column(place, rows), "") for place in (0, 1)]
    whole = all(pa.types.is_integer(array.type) and len(array) for array in below)
    return whole and not any(word.lstrip("-").isdecimal() for word in head[:2])


def _edges(
    words: Words, first: int, size: int, names: list[str], asked: tuple[str | None, ...], losses: Losses
) -> pa.Table:
    wanted = [name for name in asked if name is not None]
    if lacking := [name for name in wanted if name not in names]:
        raise ValueError(
            f"{losses.part} has no column {', '.join(lacking)}; it has {', '.join(names)}: name those of the "
            "two nodes with --ends, and that of weights with --weight"
        )
    places = [names.index(name) for name in wanted]
    good = (words.counts > max(places)) & (words.counts <= size)
    good[:first] = True
    losses.seen += len(good) - first
    for row in np.flatnonzero(~good).tolist():
        losses.add(int(words.lines[row]), _why(int(words.counts[row]), size), " ".join(words.first(row)))
    rows = np.flatnonzero(good)[first:]
    columns = {name: words.column(place, rows) for name, place in zip(wanted, places, strict=True)}
    table = pa.table({name: values.ids(columns[name], name) for name in wanted[:2]})
    if len(wanted) == 2:
        return table
    return _weighted(table, columns[wanted[2]], wanted[2], words.lines[rows], losses)


def _why(count: int, size: int) -> str:
    plural = "s" * (count > 1)
    return f"it has {count} word{plural}, and others {size}; names with blanks stand in double quotes"


def _weighted(table: pa.Table, cells: pa.Array, name: str, lines: np.ndarray, losses: Losses) -> pa.Table:
    number, wrong = values.numbers(cells)
    good = number.is_valid()
    for row in np.flatnonzero(~good.to_numpy(zero_copy_only=False)).tolist():
        reason = "no number" if wrong[row].as_py() else "missing"
        losses.add(int(lines[row]), f"its {name} is {reason}", str(cells[row]))
    return table.append_column(name, number).filter(good)
