r"""Plain text, a sentence a line, cut into words and punctuation.

A word is a run of letters, digits and what is set on them (accents, vowel signs). A hyphen between letters
joins, as do a point or a comma between digits, the points of initials ("U.S.") and that of "O'Neil".
Other apostrophes part, so that a name stands without its ending ("Rome's") or article ("d'Italie"). A Chinese
character is a word of its own. Any other character that can be seen is one too.
"""

import functools
import re
import sys
import unicodedata
from pathlib import Path

import numpy as np

from etl.conll.characters import HAN, continuing, ranges
from etl.conll.corpus import Corpus, build
from etl.conll.lines import split
from etl.conll.rejected import reject_lines
from etl.tables.parts import Part

HYPHENS = "\u2010-"
QUOTE = "\N{RIGHT SINGLE QUOTATION MARK}"
WANTED = "a line holds a sentence in UTF-8; save the text so"


def text(path: Path | Part, encoding: str | None = None) -> Corpus:
    """Sentences of a text, a line each, with no names tagged; lines without a word are left out.

    Parameters
    ----------
    path : Path or Part
    encoding : str, optional
        By default UTF-8, or UTF-16 with a mark.

    Raises
    ------
    FileNotFoundError
    ValueError
        There is no word, or more than 1 % of lines are not in UTF-8.
    """
    part = path if isinstance(path, Part) else Part(path)
    lines = split(part, encoding).to_pylist()
    broken = np.array([line == "\N{REPLACEMENT CHARACTER}" for line in lines])
    found = [cut(line) for line, bad in zip(lines, broken, strict=True) if not bad]
    sentences = [words for words in found if words]
    faults = dict.fromkeys((np.flatnonzero(broken) + 1).tolist(), "it is not UTF-8")
    reject_lines(Path(str(part)), faults, len(sentences), WANTED, len(faults))
    words = [word for sentence in sentences for word in sentence]
    numbers = np.repeat(np.arange(len(sentences)), [len(sentence) for sentence in sentences])
    return build(words, ["O"] * len(words), numbers)


def cut(line: str) -> list[str]:
    """Words and punctuation of a line.

    Examples
    --------
    >>> cut("Jean-Luc O'Neil's tour of the U.S. (3.5 km, 北京)")
    ['Jean-Luc', "O'Neil", "'s", 'tour', 'of', 'the', 'U.S.', '(', '3.5', 'km', ',', '北', '京', ')']
    """
    return _pattern().findall(line)


@functools.cache
def _pattern() -> re.Pattern[str]:
    marks, unseen = continuing(), _points("Cc", "Cf", "Cs")
    letter, digit, one = rf"[^\W{HAN}]", r"\d", rf"[{marks}]*"
    run = f"(?:{letter}{one})+"
    return re.compile(
        rf"[{HAN}]{one}"
        rf"|\b(?:[^\W\d_{HAN}]\.){{2,}}"
        rf"|{run}(?:(?:[{HYPHENS}](?={letter})|(?<={digit})[.,](?={digit})|(?<=\b[A-Z])['{QUOTE}](?=[A-Z])){run})*"
        rf"|(?<={letter})['{QUOTE}](?:s|t|d|m|re|ll|ve)\b"
        rf"|[^\w\s{ranges(unseen)}]{one}"
    )


def _points(*categories: str) -> np.ndarray:
    """Code points of Unicode categories."""
    return np.array([c for c in range(sys.maxunicode + 1) if unicodedata.category(chr(c)) in categories])
