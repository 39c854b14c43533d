"""Characters that are no letters by themselves, and Chinese ones, as Unicode has them."""

import functools
import unicodedata

import numpy as np

HAN = "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Ranges of Chinese characters."""
JOINERS = "\u00ad\u200c\u200d\u2060"
"""Unseen characters that part no word."""
LATIN = 0x300
"""Code points below are normal already, and none is a mark but the soft hyphen."""


@functools.cache
def marks() -> np.ndarray:
    """Code points of what is set on letters: accents and vowel signs, int array, rising."""
    places = (*range(LATIN, 0x1F000), *range(0xE0100, 0xE01F0))
    return np.array([c for c in places if unicodedata.category(chr(c))[0] == "M"])


@functools.cache
def continuing() -> str:
    """Marks and joiners, as inside the brackets of a regular expression."""
    return ranges(marks()) + JOINERS


def ranges(points: np.ndarray) -> str:
    r"""Rising code points as inside the brackets of a regular expression.

    Examples
    --------
    >>> ascii(ranges(np.array([768, 769, 800])))
    "'\\u0300-\\u0301\\u0320-\\u0320'"
    """
    ends = np.flatnonzero(np.diff(points, append=-1) != 1)
    begins = np.concatenate([[0], ends[:-1] + 1])
    return "".join(f"{chr(points[a])}-{chr(points[b])}" for a, b in zip(begins, ends, strict=True))
