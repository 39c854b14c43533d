"""Where the rows of delimited text begin, how many fields each has, and on which line it stands."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from etl.tables.parts import Part

NAMES_AGAIN, LONE_RETURN = -1, -2
"""In place of a number of fields: the line of names again; a carriage return that ends no line."""
LONGEST = 1 << 27
"""Bytes of a row; one that goes on is no row, see `blocks`."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Whole rows.

    Attributes
    ----------
    data : bytes
    starts : int64 array, shape (n + 1,)
        Places in ``data``; the last is where the rows end.
    fields : int32 array, shape (n,)
        Number of fields of each; 0 of a blank row.
    lines : int64 array, shape (n,)
        Line of the file, from 1, on which each begins.
    """

    data: bytes
    starts: np.ndarray
    fields: np.ndarray
    lines: np.ndarray

    def __len__(self) -> int:
        return len(self.fields)

    def text(self, row: int) -> str:
        """The row as text, without its end."""
        return self.data[self.starts[row] : self.starts[row + 1]].decode("utf-8", "replace").rstrip("\r\n")


def rows(
    part: Part, text: Iterable[bytes], delimiter: str, quoted: bool, names: bytes = b""
) -> Iterator[Rows]:
    r"""Rows of a file, a block at a time; they end at ``\n`` and ``\r\n``, and nowhere else.

    Parameters
    ----------
    part : Part
        The file, for messages.
    text : iterable of bytes
        Its blocks, in UTF-8.
    delimiter : str
        One ASCII character.
    quoted : bool
        Whether a field may stand in double quotes, and then hold delimiters, ends of lines and quotes twice.
    names : bytes
        The line of names without its end; a row that says it again is marked.

    Raises
    ------
    ValueError
        A quote is not closed; names the line where it opens.
    """
    rest, line = b"", 1
    special = np.zeros(256, bool)
    special[[10, 13, 34, ord(delimiter)]] = True
    again = np.frombuffer(names or b"\n", np.uint8)
    for data, is_last in _ended(text):
        data = rest + data if rest else data
        view = np.frombuffer(data, np.uint8)
        room = data.count(b"\n") + 1
        starts, fields, lines = np.empty(room, np.int64), np.empty(room, np.int32), np.empty(room, np.int64)
        words = view[: len(view) // 8 * 8].view(np.uint64)
        found, end, line, opened = _scan(view, words, special, quoted, again, line, starts, fields, lines)
        starts[found] = end
        if opened and (is_last or len(data) - end > LONGEST):
            raise ValueError(
                f"{part}, line {opened:,}: the quote that opens there is never closed; close it, or write it "
                "twice if it belongs to the text"
            )
        yield Rows(data, starts[: found + 1], fields[:found], lines[:found])
        rest = data[end:]


def _ended(text: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Blocks, and whether each is the last, which gets an end of line if it has none."""
    held = None
    for block in text:
        if not block:
            continue
        if held is not None:
            yield held, False
        held = block
    if held is not None:
        yield held if held.endswith(b"\n") else held + b"\n", True


@njit(nogil=True, cache=True)
def _fields(data: np.ndarray, begin: int, end: int, count: int, again: np.ndarray) -> int:
    """Fields of a row: 0 of a blank one, `NAMES_AGAIN` of the line of names."""
    if end == begin:
        return 0
    if end - begin != len(again):
        return count
    for place in range(len(again)):
        if data[begin + place] != again[place]:
            return count
    return NAMES_AGAIN


@njit(nogil=True, cache=True)
def _is_plain(word: int) -> bool:
    """Whether none of eight bytes is 10 or 34; a byte is zero where taking one from it borrows."""
    ones, high = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)
    line, quote = word ^ (ones * np.uint64(10)), word ^ (ones * np.uint64(34))
    return ((((line - ones) & ~line) | ((quote - ones) & ~quote)) & high) == 0


@njit(nogil=True, cache=True)
def _scan(
    data: np.ndarray,
    words: np.ndarray,
    special: np.ndarray,
    quoted: bool,
    again: np.ndarray,
    line: int,
    starts: np.ndarray,
    fields: np.ndarray,
    lines: np.ndarray,
) -> Any:
    """Fill in starts, fields, lines; return rows, the start and line of what is unfinished, and its quote."""
    found, begin, count, opened, first = 0, 0, 1, 0, line
    lone, size, place, field = False, len(data), 0, 0
    while place < size:
        byte = data[place]
        if opened and byte != 34:
            line += byte == 10
            if place & 7 == 7:  # words of eight bytes with neither a quote nor an end of line are passed
                while place + 8 < size and _is_plain(words[(place + 1) >> 3]):
                    place += 8
        elif opened and place + 1 < size and data[place + 1] == 34:
            place += 1
        elif opened:
            opened = 0
        elif not special[byte]:
            pass
        elif byte == 10:
            end = place - 1 if place > begin and data[place - 1] == 13 else place
            line += 1
            starts[found], lines[found] = begin, first
            fields[found] = LONE_RETURN if lone else _fields(data, begin, end, count, again)
            found += 1
            begin, field, count, first, lone = place + 1, place + 1, 1, line, False
        elif byte == 34:
            opened = line if quoted and place == field else 0
        elif byte == 13:
            lone |= place + 1 < size and data[place + 1] != 10
        else:
            count, field = count + 1, place + 1
        place += 1
    return found, begin, first, opened
