"""Tagged sentences from files of columns: CoNLL's, with a line a token, and Universal NER's.

A line without text ends a sentence. Lines that cannot be read are set aside and counted in the records: those
with fewer or more columns than most, no word, or no tag. The sentence goes on without them.
"""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.conll.corpus import Corpus, build
from etl.conll.rejected import readable, reject_lines

WANTED = "a line holds a word and a tag, between tabs or blanks; name their columns"
ID = "# sent_id ="


def conll(path: Path, word: int = 0, tag: int = -1) -> Corpus:
    """Sentences of a file in CoNLL's columns, in UTF-8.

    Columns are parted by tabs, or by blanks in a line without a tab. Lines that begin with ``-DOCSTART-`` end
    a sentence and hold no word. Source: Tjong Kim Sang and De Meulder, CoNLL-2003.

    Parameters
    ----------
    path : Path
    word, tag : int
        Columns, from 0; from -1 backwards.

    Raises
    ------
    FileNotFoundError
    ValueError
        There are no tokens, or more than 1 % of lines cannot be read.
    """
    lines = split(path)
    bare = pc.utf8_trim(lines, characters=" \t")
    breaks = _mask(pc.or_(pc.equal(bare, ""), pc.starts_with(bare, "-DOCSTART-")))
    return _corpus(path, lines, ~breaks, breaks, (word, tag))[0]


def iob2(path: Path) -> Corpus:
    """Sentences of a file of Universal NER: columns number, word and tag, and comments that begin with #.

    Ids are those of comments ``# sent_id = ...``. Source: Mayhew and others, "Universal NER", NAACL 2024.

    Raises
    ------
    FileNotFoundError
    ValueError
        There are no tokens, or more than 1 % of lines cannot be read.
    """
    lines = split(path)
    blank = _mask(pc.equal(pc.utf8_trim(lines, characters=" \t"), ""))
    body = ~(blank | _mask(pc.starts_with(lines, "#")))
    found, first = _corpus(path, lines, body, blank, (1, 2))
    return Corpus(found.words, found.tags, found.names, found.starts, _ids(lines, first, blank))


def split(path: Path) -> pa.Array:
    """Lines of a text; one that is no UTF-8 becomes a line of one column, which cannot be read.

    Raises
    ------
    FileNotFoundError
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path} is no file; give a file of words and tags in columns")
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\n".join(map(_mended, data.split(b"\n")))
    lines = pc.split_pattern(pa.array([text], pa.large_string()), "\n").flatten()
    return pc.utf8_rtrim(lines, characters="\r")


def _mended(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return "\N{REPLACEMENT CHARACTER}"


def _mask(values: pa.Array) -> np.ndarray:
    return values.to_numpy(zero_copy_only=False)


def _corpus(
    path: Path, lines: pa.Array, body: np.ndarray, breaks: np.ndarray, columns: tuple[int, int]
) -> tuple[Corpus, np.ndarray]:
    """The sentences, and the place of the first line of each."""
    place = np.flatnonzero(body)
    words, tags, whole = _columns(lines.take(pa.array(place)), columns)
    good = whole & readable(words, tags)
    reject_lines(path, place[~good] + 1, len(place), WANTED)
    kept = pa.array(good)
    found = build(words.filter(kept), tags.filter(kept), np.cumsum(breaks)[place[good]])
    return found, place[good][found.starts[:-1]]


def _columns(rows: pa.Array, columns: tuple[int, int]) -> tuple[pa.Array, pa.Array, np.ndarray]:
    """Two columns, and which rows have as many columns as most rows have."""
    blanks = pc.replace_substring_regex(pc.utf8_trim(rows, characters=" "), " +", "\t")
    parts = pc.split_pattern(pc.if_else(pc.match_substring(rows, "\t"), rows, blanks), "\t")
    offsets, fields = parts.offsets.to_numpy(), parts.flatten()
    counts = np.diff(offsets)
    usual = int(np.bincount(counts, minlength=1).argmax())
    places = [column if column >= 0 else usual + column for column in columns]
    whole = (counts == usual) & (min(places) >= 0) & (max(places) < usual) & (places[0] != places[1])
    picked = [fields.take(pa.array(np.where(whole, offsets[:-1] + k, 0))) for k in places]
    words, tags = (pc.utf8_trim(values, characters=" ") for values in picked)
    return words, tags, whole


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
