"""Lines that cannot be read: few are set aside and counted, many are an error."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.records import Rejected, record

SHARE = 0.01
"""Lines that may be set aside, of all that should hold a token."""
TAG = r"^(O|[BIES]-.+)$"


def readable(words: pa.Array, tags: pa.Array) -> np.ndarray:
    """Where there is a word, and a tag of a known shape: O, or one of B, I, E, S, a hyphen and a type.

    Parameters
    ----------
    words, tags : pyarrow.Array of string, shape (lines,)
        Null or empty where the line lacks one.

    Returns
    -------
    array of bool, shape (lines,)
    """
    sound = pc.and_(pc.not_equal(words, ""), pc.match_substring_regex(tags, TAG))
    return pc.fill_null(sound, False).to_numpy(zero_copy_only=False)


def reject_lines(path: Path, numbers: np.ndarray, total: int, wanted: str) -> None:
    """Set lines of these numbers aside.

    Parameters
    ----------
    path : Path
    numbers : array of int, shape (rejected,)
        From 1.
    total : int
        Lines that should hold a token.
    wanted : str
        What a file should hold, for the message.

    Raises
    ------
    ValueError
        They are more than 1 % of ``total``, or there is no other line; the first of them is named.
    """
    if not total:
        raise ValueError(f"{path} holds no tokens; {wanted}")
    if not len(numbers):
        return
    for number in np.sort(numbers).tolist():
        record(Rejected(file=str(path), reason="the line cannot be read", line=int(number)))
    if len(numbers) > SHARE * total:
        raise ValueError(
            f"{path}, line {int(np.min(numbers))}, cannot be read, nor can {len(numbers) - 1} more "
            f"of {total} lines, and 1 % may be left out; {wanted}"
        )
