"""Words of plain text by line, between blanks or tabs, without comments."""

import csv
import io
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.records import Choice, record
from etl.tables.parts import Part


@dataclass
class Words:
    """Words of some lines, one below the other.

    Attributes
    ----------
    flat : pyarrow array of large_string
        All words.
    starts : int64 array, shape (n,)
        Place of each line's first word.
    counts : int64 array, shape (n,)
        Words of each line, without a comment at its end.
    lines : int64 array, shape (n,)
        Lines of the file, from 1.
    """

    flat: pa.Array
    starts: np.ndarray
    counts: np.ndarray
    lines: np.ndarray

    def column(self, place: int, rows: np.ndarray) -> pa.Array:
        """The word at a place of some lines; null where a line is shorter."""
        at = np.where(self.counts[rows] > place, self.starts[rows] + place, -1)
        return self.flat.take(pa.array(at, mask=at < 0))

    def first(self, row: int) -> list[str]:
        """Words of one line."""
        found: list[str] = self.flat.slice(self.starts[row], self.counts[row]).to_pylist()
        return found


def split(part: Part, text: bytes, line: int, tabs: bool = False) -> Words:
    """Words of the lines that are neither blank nor comments.

    Parameters
    ----------
    part : Part
    text : bytes
        Whole lines.
    line : int
        On which they begin.
    tabs : bool
        Whether tabs alone part words.
    """
    ends = np.flatnonzero(np.frombuffer(text, np.uint8) == 10)
    offsets = np.concatenate([[0], ends + 1]).astype("int64")
    every = pa.LargeStringArray.from_buffers(len(ends), pa.py_buffer(offsets), pa.py_buffer(text))
    every = pc.ascii_trim_whitespace(every)
    comment = pc.or_(pc.starts_with(every, "#"), pc.starts_with(every, "%")).to_numpy(zero_copy_only=False)
    kept = ~comment & (pc.binary_length(every).to_numpy() > 0)
    _tell_comments(part, comment, kept, line)
    rows = every.filter(pa.array(kept))
    lists = pc.split_pattern(rows, "\t") if tabs else pc.ascii_split_whitespace(rows)
    if b'"' in text and not tabs:
        lists = _unquoted(rows, lists)
    starts = lists.offsets.to_numpy().astype("int64")
    flat = pc.ascii_trim_whitespace(lists.values)
    counts = _without_comments(part, flat, starts)
    return Words(flat, starts[:-1], counts, line + np.flatnonzero(kept))


def _tell_comments(part: Part, comment: np.ndarray, kept: np.ndarray, line: int) -> None:
    """Comments amid edges may be nodes whose names begin so."""
    first = int(kept.argmax()) if kept.any() else len(kept)
    if amid := int(comment[first:].sum()):
        at = line + first + int(comment[first:].argmax())
        words = f"{amid:,} lines amid the edges begin with # or %, the first is line {at:,}, and are comments"
        record(Choice(reason=f"{part}: {words}; nodes of such names stand in double quotes"))


def _unquoted(rows: pa.Array, lists: pa.Array) -> pa.Array:
    """The same lists, where lines with words in double quotes are cut at blanks outside of these."""
    quoted = pc.match_substring_regex(rows, r'(^|[ \t])"[^"]*"([ \t]|$)').to_numpy(zero_copy_only=False)
    if not quoted.any():
        return lists
    found = lists.to_pylist()
    for row in np.flatnonzero(quoted).tolist():
        line = io.StringIO(rows[row].as_py().replace("\t", " "))
        found[row] = next(csv.reader(line, delimiter=" ", skipinitialspace=True))
    return pa.array(found, pa.large_list(pa.large_string()))


def _without_comments(part: Part, flat: pa.Array, starts: np.ndarray) -> np.ndarray:
    """Words of each line before a third or later one that begins with #, or a dictionary of NetworkX."""
    counts = np.diff(starts)
    marks = pc.or_(pc.starts_with(flat, "#"), pc.starts_with(flat, "{")).to_numpy(zero_copy_only=False)
    at = np.flatnonzero(marks)
    row = np.searchsorted(starts, at, side="right") - 1
    place = at - starts[row]
    late = place >= 2
    np.minimum.at(counts, row[late], place[late])
    if late.any():
        record(Choice(reason=f"{part}: what follows a # or {{ after two nodes is passed over, as a comment"))
    return counts
