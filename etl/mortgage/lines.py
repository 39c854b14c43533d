"""The lines of a piece of text, how many fields each has, and those that are set aside."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from etl.engine.types import Array
from etl.handoff import to_host
from etl.mortgage.files import widths_like
from etl.mortgage.schema import LOAN

BLOCK = 1 << 19
"""Bytes whose bars are counted at a time: they and what is made of them stay in a core's cache."""
_BAR, _END = ord("|"), ord("\n")
_ONES = np.uint64(0x0101010101010101)


class Lines:
    """The lines of a piece, their ``count`` once they are parsed, and those of them that are rejected.

    Parameters
    ----------
    raw : bytes or memoryview
        The text; bytes that are no UTF-8 are replaced.
    """

    def __init__(self, raw: bytes | memoryview) -> None:
        plain = not len(raw) or int(np.frombuffer(raw, "uint8").max()) < 128
        self.raw = raw if plain else bytes(raw).decode("utf-8", "replace").encode()
        self.count = 0
        self.is_mixed = False
        self._reasons: dict[int, str] = {}

    @cached_property
    def lines(self) -> list[bytes]:
        """The text of each line, without its end."""
        return bytes(self.raw).splitlines()

    @property
    def rejected_numbers(self) -> np.ndarray:
        """Numbers, from 0, of the rejected lines, sorted: int64, shape (rejected,)."""
        return np.array(sorted(self._reasons), dtype="int64")

    def reject(self, numbers: Array | Sequence[int], reason: str) -> None:
        """Set lines aside; the first reason given for a line stays.

        Parameters
        ----------
        numbers : array, pyarrow array or sequence of int, shape (rejected,)
            From 0.
        reason : str
            What is wrong with them.
        """
        host = np.asarray(numbers if isinstance(numbers, Sequence) else to_host(numbers))
        for number in host.tolist():
            self._reasons.setdefault(int(number), reason)

    def rejected(self) -> list[tuple[int, str, str]]:
        """Number from 0, reason, and the first 1,000 characters of each rejected line."""
        return [(n, self._reasons[n], self._text(n)) for n in sorted(self._reasons)]

    def _text(self, number: int) -> str:
        return self.lines[number][:1000].decode("utf-8", "replace") if number < len(self.lines) else ""

    def of_fields(self, fields: int) -> bytes:
        r"""Lines of so many fields, each ended by ``\n``; the others are rejected, and all are counted.

        Parameters
        ----------
        fields : int
            That a line must have.
        """
        raw = bytes(self.raw)
        if b"\r" in raw:
            raw = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        found = count_fields(raw)
        self.count = len(found)
        wrong = np.flatnonzero(found != fields).tolist()
        if set(found[wrong].tolist()).intersection(widths_like(fields)):
            self.even(fields)
            return self.of_fields(fields)
        for number in wrong:
            what = (
                f"{found[number]} fields instead of {fields}" if self.lines[number] else f"{LOAN} is missing"
            )
            self.reject([number], what)
        if not wrong:
            return raw
        rejected = set(wrong)
        return b"".join(line + b"\n" for number, line in enumerate(self.lines) if number not in rejected)

    def even(self, fields: int) -> None:
        """Fill or cut the lines of the same layout that have more or fewer fields, all of them at the end."""
        widths = widths_like(fields)
        self.raw = b"".join(_of_width(line, fields, widths) + b"\n" for line in self.lines)
        self.is_mixed = True
        self._reasons.clear()


def _of_width(line: bytes, fields: int, widths: Sequence[int]) -> bytes:
    found = line.count(b"|") + 1
    if found == fields or found not in widths:
        return line
    return line + b"|" * (fields - found) if found < fields else line.rsplit(b"|", found - fields)[0]


def count_fields(raw: bytes) -> np.ndarray:
    r"""Fields of each line: its bars and one. A pass over memory, eight bytes at a time.

    Parameters
    ----------
    raw : bytes
        Lines ended by ``\n``; the last may lack its end.

    Returns
    -------
    int64 array, shape (lines,)

    Examples
    --------
    >>> count_fields(b"a|b|c\n\n||").tolist()
    [3, 1, 3]
    """
    text = np.frombuffer(raw, dtype="uint8")
    before, sums = 0, [np.zeros(0, dtype="int64")]
    for start in range(0, len(text), BLOCK):
        at_ends, bars = _bars(text[start : start + BLOCK])
        sums.append(before + at_ends)
        before += bars
    if len(raw) and raw[-1] != _END:
        sums.append(np.array([before]))
    return np.diff(np.concatenate(sums), prepend=0) + 1


def _bars(block: np.ndarray) -> tuple[np.ndarray, int]:
    """Bars of the block before each end of a line, int64, and all its bars."""
    flags = np.zeros(-(-len(block) // 8) * 8, dtype="uint8")
    np.equal(block, _BAR, out=flags[: len(block)].view(bool))
    words = flags.view("<u8")
    sums = np.cumsum(words * _ONES >> np.uint64(56), dtype="int64")
    ends = np.flatnonzero(block == _END)
    word, place = ends >> 3, ends & 7
    after = (words[word] >> (8 * place).astype("uint64")) * _ONES >> np.uint64(56)
    return sums[word] - after.astype("int64"), int(sums[-1])
