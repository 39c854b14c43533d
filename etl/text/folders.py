"""Documents from files of their own, as in a directory a class; files that hold no text are set aside."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from etl.records import Choice, Rejected, record

START = 4096
"""Bytes by which a file is told from one that holds no text."""


def read(paths: Sequence[Path]) -> tuple[list[str], np.ndarray]:
    """Texts of files in UTF-8, or else in Latin-1, as those of 20 Newsgroups are.

    An empty file, or one with a NUL, is noted in the records as ``Rejected``, with its reason; files in
    Latin-1 are counted in a ``Choice``.

    Parameters
    ----------
    paths : sequence of Path

    Returns
    -------
    texts : list of str
    places : int64 array of NumPy, shape (n,)
        Of the texts among the paths.

    Raises
    ------
    ValueError
        No file holds text.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "note")
    ...     _ = path.write_bytes("déjà".encode("latin-1"))
    ...     read([path])[0]
    ['déjà']
    """
    texts, places, latin = list[str](), list[int](), 0
    for place, path in enumerate(paths):
        try:
            text, is_latin = decode(path.read_bytes())
        except (OSError, ValueError) as error:
            record(Rejected(file=str(path), reason=str(error)))
            continue
        texts.append(text)
        places.append(place)
        latin += is_latin
    if latin:
        record(Choice(reason=f"encoding: {latin:,} files are not UTF-8 and were read as Latin-1"))
    if not texts:
        raise ValueError(f"none of {len(paths):,} files holds text; name files in UTF-8 or Latin-1")
    return texts, np.array(places, dtype="int64")


def decode(data: bytes) -> tuple[str, bool]:
    """Text of a file's bytes, and whether it had to be taken as Latin-1.

    Raises
    ------
    ValueError
        It is no text, or only blanks.

    Examples
    --------
    >>> decode("déjà".encode())
    ('déjà', False)
    """
    if b"\0" in data:
        raise ValueError("it holds a NUL, so it is no text")
    try:
        text, is_latin = data.decode("utf-8-sig"), False
    except UnicodeDecodeError:
        text, is_latin = data.decode("latin-1"), True
    if not text.strip():
        raise ValueError("it is empty")
    return text, is_latin


def is_text(path: Path) -> bool:
    """Whether a file begins like a text."""
    with path.open("rb") as file:
        start = file.read(START)
    return bool(start.strip()) and b"\0" not in start
