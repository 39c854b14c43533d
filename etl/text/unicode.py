r"""What a word character is, and its lower case: the tables of the Python that runs, read from it once.

RE2, which pyarrow uses, has tables of its own. Its ``[\pL\pN_]`` and Python's ``\w`` agree on every code
point that both know, but they may know different versions of Unicode; and pyarrow's lower case is by single
characters.
"""

import functools
import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.conll.characters import HAN, JOINERS, LATIN, marks

POINTS = 0x110000
"""Code points of Unicode."""
DOTTED_I = 0x130
"""The one character whose lower case is two: an i, and a combining dot."""
SIGMA = "Σ"
"""The one character whose lower case depends on what is around it."""
POINT, MARK, LONG, LOOK, LOWER = (1 << 21) - 1, 1 << 21, 1 << 22, 1 << 23, 1 << 24
"""Parts of an entry of `table`: the code point; it only goes on with a word; it is a word alone; the word is
not yet in its normal form, perhaps; and its lower case is Python's to find."""


@functools.cache
def table(lowercase: bool, marked: bool = False) -> np.ndarray:
    r"""What each code point becomes in a token: its (lower case) code point, or 0 if it belongs to no word.

    Word characters are those that ``\w`` matches: letters, whatever has a numeric value, and ``_``.

    Parameters
    ----------
    lowercase : bool
    marked : bool
        Marks and joiners belong to the word that they follow.

    Returns
    -------
    array of int32, shape (1114112,)
        Code points with `MARK`, `LONG`, `LOOK` and `LOWER` added to them.

    Examples
    --------
    >>> [chr(code) for code in table(lowercase=True)[[ord(c) for c in "Aé²_ "]]]
    ['a', 'é', '²', '_', '\x00']
    """
    points = np.arange(POINTS, dtype="<u4")
    if lowercase:
        plain = np.isin(points, (DOTTED_I, ord(SIGMA)), invert=True)
        text = points[plain].tobytes().decode("utf-32-le", "surrogatepass").lower()
        points[plain] = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
    found = points.astype("int32")
    found[~(np.strings.isalnum(points.view("<U1")) | (points == ord("_")))] = 0
    if lowercase:
        found[[DOTTED_I, ord(SIGMA)]] |= LOWER
    return _with_marks(found) if marked else found


def _with_marks(found: np.ndarray) -> np.ndarray:
    going_on = np.concatenate([marks(), [ord(c) for c in JOINERS]])
    found[LATIN:][found[LATIN:] > 0] |= LOOK
    for first, last in re.findall("(.)-(.)", HAN):
        here = found[ord(first) : ord(last) + 1]
        here[here > 0] |= LONG
    found[going_on] = going_on | MARK | LOOK
    return found


def lowered(text: pa.Array) -> pa.Array:
    """The same texts, but those with a capital sigma or dotted I in Python's lower case, which looks around.

    Those are lowered as one string; what parts them touches no word.

    Examples
    --------
    >>> lowered(pa.array(["ΟΔΟΣ ΣΑΣ", "A"])).to_pylist()
    ['οδος σας', 'A']
    """
    where = pc.match_substring_regex(text, f"[{SIGMA}{chr(DOTTED_I)}]")
    if not pc.any(where).as_py():
        return text
    some = pc.replace_substring(text.filter(where), "\0", " ").to_pylist()
    small = "\0".join(some).lower().split("\0")
    return pc.replace_with_mask(text, where, pa.array(small, text.type))
