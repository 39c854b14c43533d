"""Tagged sentences from files of columns: CoNLL's, with a line a token, and Universal NER's.

A line without text ends a sentence. A sentence with a line that cannot be read is set aside whole, and is
counted in the records: one with fewer or more columns than most, no word, no tag, or a byte that is no UTF-8.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.conll.corpus import Corpus, build
from etl.conll.lines import BLANK, split
from etl.conll.notation import standard, why_not
from etl.conll.rejected import reject_lines
from etl.records import Choice, record
from etl.tables.parts import Part

WANTED = "a line holds a word and a tag, between tabs or blanks; name their columns with --columns"
ID = "# sent_id ="
BROKEN = "\N{REPLACEMENT CHARACTER}"
LONG = 100
"""Words that no sentence has: a file of one such holds no blank line."""


def conll(path: Path | Part, word: int = 0, tag: int | None = -1, encoding: str | None = None) -> Corpus:
    """Sentences of a file in CoNLL's columns.

    Columns are parted by tabs, or by blanks in a line without a tab. Lines that begin with ``-DOCSTART-`` end
    a sentence and hold no word; lines that begin with # and hold no word and tag are comments. Source: Tjong
    Kim Sang and De Meulder, CoNLL-2003.

    Parameters
    ----------
    path : Path or Part
    word : int
        Column, from 0; from -1 backwards.
    tag : int, optional
        None reads words only, all tagged O.
    encoding : str, optional
        By default UTF-8, or UTF-16 with a mark.

    Raises
    ------
    FileNotFoundError
    ValueError
        There are no tokens, more than 1 % of lines cannot be read, or no blank line parts sentences.
    """
    return _corpus(path, (word, tag), encoding, numbered=False)


def iob2(path: Path | Part, encoding: str | None = None, *, tagged: bool = True) -> Corpus:
    """Sentences of a file of Universal NER: columns number, word and tag, and comments that begin with #.

    Ids are those of comments ``# sent_id = ...``. Source: Mayhew and others, "Universal NER", NAACL 2024.

    Parameters
    ----------
    path : Path or Part
    encoding : str, optional
        By default UTF-8, or UTF-16 with a mark.
    tagged : bool
        Whether tags are read; otherwise all are O.

    Raises
    ------
    FileNotFoundError
    ValueError
        As `conll`.
    """
    return _corpus(path, (1, 2 if tagged else None), encoding, numbered=True)


@dataclass(frozen=True)
class _Rows:
    """Columns of the lines that may hold a token."""

    words: pa.Array
    tags: pa.Array
    first: pa.Array
    counts: np.ndarray
    whole: np.ndarray
    usual: int
    places: list[int]


def _corpus(
    path: Path | Part, columns: tuple[int, int | None], encoding: str | None, *, numbered: bool
) -> Corpus:
    part = path if isinstance(path, Part) else Part(path)
    name = Path(str(part))
    lines = split(part, encoding)
    breaks = _breaks(name, lines)
    place = np.flatnonzero(~breaks)
    hash_ = _mask(pc.starts_with(lines, "#"))[place]
    rows = _columns(lines.take(pa.array(place)), columns, hash_)
    tags = rows.tags if columns[1] is None else standard(rows.tags, name)
    good = rows.whole & _mask(pc.and_(pc.not_equal(rows.words, ""), pc.is_valid(tags)))
    block = np.cumsum(breaks)[place]
    passed = _passed(name, lines.take(pa.array(place)), rows, hash_ & (numbered | ~good), block, numbered)
    bad, good = np.flatnonzero(~good & ~passed), good & ~passed
    faults = {int(place[row]) + 1: _why(rows, lines[int(place[row])].as_py(), row) for row in bad.tolist()}
    kept = good & ~np.isin(block, block[bad])
    reject_lines(name, faults, int((~passed).sum()), WANTED, len(np.unique(block[bad])), int(kept.sum()))
    found = build(rows.words.filter(pa.array(kept)), tags.filter(pa.array(kept)), block[kept])
    _check_parted(name, found, breaks)
    ids = _ids(lines, place[kept][found.starts[:-1]], breaks)
    return Corpus(found.words, found.tags, found.names, found.starts, ids)


def _breaks(name: Path, lines: pa.Array) -> np.ndarray:
    """Whether each line ends a sentence; blanks that are not seen are blanks, and told."""
    blank = pc.equal(pc.utf8_trim(lines, characters=BLANK), "")
    unseen = pc.sum(pc.not_equal(pc.utf8_trim(lines.filter(blank), characters=" \t"), "")).as_py()
    if unseen:
        record(
            Choice(reason=f"{name}: {unseen:,} lines of unseen blanks, such as U+00A0, are taken as blank")
        )
    return _mask(pc.or_(blank, pc.starts_with(lines, "-DOCSTART-")))


def _mask(values: pa.Array) -> np.ndarray:
    return values.to_numpy(zero_copy_only=False)


def _columns(rows: pa.Array, columns: tuple[int, int | None], hash_: np.ndarray) -> _Rows:
    """The columns asked for, and which rows have as many columns as most rows that are surely no comment."""
    tabbed = pc.match_substring(rows, "\t")
    ended = pc.sum(pc.ends_with(rows, "\t")).as_py() or 0
    if ended and ended >= 0.99 * (pc.sum(tabbed).as_py() or 0):
        rows = pc.utf8_rtrim(rows, characters="\t")
        tabbed = pc.match_substring(rows, "\t")
    blanks = pc.replace_substring_regex(pc.utf8_trim(rows, characters=" "), " +", "\t")
    parts = pc.split_pattern(pc.if_else(tabbed, rows, blanks), "\t")
    offsets, fields = parts.offsets.to_numpy(), parts.flatten()
    counts = np.diff(offsets)
    usual = int(np.bincount(counts if hash_.all() else counts[~hash_], minlength=1).argmax())
    places = [k if k >= 0 else usual + k for k in columns if k is not None]
    whole = (counts == usual) & (min(places) >= 0) & (max(places) < usual) & (len(set(places)) == len(places))
    picked = [fields.take(pa.array(np.where(whole, offsets[:-1] + k, 0))) for k in places]
    if not whole.all():
        picked = [pc.if_else(pa.array(whole), values, "") for values in picked]
    words, *tags = (pc.utf8_trim(values, characters=" ") for values in picked)
    tagged = tags[0] if tags else pa.array(["O"] * len(rows), pa.large_string())
    return _Rows(words, tagged, fields.take(pa.array(offsets[:-1])), counts, whole, usual, places)


def _passed(
    name: Path, lines: pa.Array, rows: _Rows, hash_: np.ndarray, block: np.ndarray, numbered: bool
) -> np.ndarray:
    """Lines that hold no token: comments, and those of CoNLL-U whose number is a range or has a point."""
    plain = np.flatnonzero(~hash_)
    at = np.searchsorted(block[plain], block)  # first line of the block that is surely a token
    leads = np.arange(len(block)) < np.append(plain, len(block))[at]
    comments = hash_ & (numbered | leads | _mask(pc.starts_with(lines, "# ")))
    ranges = np.zeros(len(block), bool)
    if 0 not in rows.places:
        ranges = ~comments & _mask(pc.match_substring_regex(rows.first, r"^\d+[-.]\d+$"))
    for count, what in ((comments.sum(), "comments"), (ranges.sum(), "ranges of words, such as 1-2,")):
        if count and not (numbered and what == "comments"):
            record(Choice(reason=f"{name}: {count:,} lines are {what} and are passed over"))
    return comments | ranges


def _why(rows: _Rows, line: str, row: int) -> str:
    """Why a line is not read, and the remedy."""
    if line.startswith(BROKEN) and len(line) == 1:
        return "it is not UTF-8; save the file so, or name its encoding, as with --encoding latin-1"
    if rows.usual <= max(rows.places) or min(rows.places) < 0 or len(set(rows.places)) < len(rows.places):
        return (
            f"columns of most lines are {rows.usual}, too few for a word and a tag where they were looked for"
        )
    if rows.counts[row] != rows.usual:
        return f"its columns are {rows.counts[row]}, and most lines have {rows.usual}"
    if not rows.words[row].as_py():
        return "it has a tag and no word"
    return why_not(rows.tags[row].as_py())


def _check_parted(name: Path, found: Corpus, breaks: np.ndarray) -> None:
    if len(found) == 1 and found.tokens > LONG:
        raise ValueError(
            f"{name} is one sentence of {found.tokens:,} words, as no blank line parts sentences; put one "
            "after each"
        )


def _ids(lines: pa.Array, first: np.ndarray, blank: np.ndarray) -> pa.Array | None:
    """The last id that stands between the first line of each sentence and the break before it."""
    named = np.flatnonzero(_mask(pc.starts_with(lines, ID)))
    if not len(named):
        return None
    texts = pc.utf8_trim(pc.utf8_slice_codeunits(lines.take(pa.array(named)), len(ID)), characters=" ")
    which = np.searchsorted(named, first) - 1
    block = np.cumsum(blank)
    is_named = (which >= 0) & (block[named[which]] == block[first])
    return texts.take(pa.array(which, mask=~is_named))
