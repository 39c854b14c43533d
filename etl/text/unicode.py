r"""What a word character is, and its lower case: the tables of the Python that runs, read from it once.

RE2, which pyarrow uses, has tables of its own. Its ``[\pL\pN_]`` and Python's ``\w`` agree on every code
point that both know, but they may know different versions of Unicode; and pyarrow's lower case is by single
characters.
"""

import functools

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

POINTS = 0x110000
"""Code points of Unicode."""
DOTTED_I = 0x130
"""The one character whose lower case is two: an i, and a combining dot, which belongs to no word."""
BREAK = -ord("i")
"""In a table: an i, after which the word ends."""
SIGMA = "Σ"
"""The one character whose lower case depends on what is around it."""


@functools.cache
def table(lowercase: bool) -> np.ndarray:
    r"""What each code point becomes in a token: its (lower case) code point, or 0 if it belongs to no word.

    Word characters are those that ``\w`` matches: letters, whatever has a numeric value, and ``_``.

    Returns
    -------
    array of int32, shape (1114112,)

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
        points[ord(SIGMA)] = ord(SIGMA.lower())
    found = points.astype("int32")
    found[~(np.strings.isalnum(points.view("<U1")) | (points == ord("_")))] = 0
    if lowercase:
        found[DOTTED_I] = BREAK
    return found


def final_sigmas(text: pa.Array) -> pa.Array:
    """The same texts, but those with a capital sigma in Python's lower case, which knows where a word ends.

    Those are lowered as one string; what parts them touches no word.

    Examples
    --------
    >>> final_sigmas(pa.array(["ΟΔΟΣ ΣΑΣ", "A"])).to_pylist()
    ['οδος σας', 'A']
    """
    where = pc.match_substring(text, SIGMA)
    if not pc.any(where).as_py():
        return text
    some = pc.replace_substring(text.filter(where), "\0", " ").to_pylist()
    lowered = "\0".join(some).lower().split("\0")
    return pc.replace_with_mask(text, where, pa.array(lowered, text.type))
