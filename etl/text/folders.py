"""Documents from files of their own, as in a directory a class; files that hold no text are set aside."""

import codecs
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from etl.records import Rejected, record
from etl.tables.decode import blocks
from etl.tables.parts import Part

START = 4096
"""Bytes by which a file is told from one that holds no text."""
WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read(paths: Sequence[Path], encoding: str | None = None) -> tuple[list[str], np.ndarray]:
    """Texts of files.

    An empty file, or one with a NUL, is noted in the records as ``Rejected``, with its reason.

    Parameters
    ----------
    paths : sequence of Path
    encoding : str, optional
        See `etl.tables.decode.blocks`; none is guessed.

    Returns
    -------
    texts : list of str
    places : int64 array of NumPy, shape (n,)
        Of the texts among the paths.

    Raises
    ------
    ValueError
        No file holds text, or one is of another encoding; names the file, the line and ``--encoding``.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "note")
    ...     _ = path.write_bytes("déjà".encode("latin-1"))
    ...     read([path], "latin-1")[0]
    ['déjà']
    """
    texts, places = list[str](), list[int]()
    for place, path in enumerate(paths):
        if reason := _no_text(path, encoding):
            record(Rejected(file=str(path), reason=reason))
            continue
        texts.append(b"".join(blocks(Part(path), encoding)).decode())
        places.append(place)
    if not texts:
        raise ValueError(f"none of {len(paths):,} files holds text; name files of text")
    return texts, np.array(places, dtype="int64")


def _no_text(path: Path, encoding: str | None) -> str:
    """Why a file is set aside; empty of one that holds text."""
    try:
        data = path.read_bytes()
    except OSError as error:
        return str(error)
    wide = data.startswith(WIDE) or (encoding or "").lower().startswith(("utf-16", "utf-32"))
    if b"\0" in data and not wide:
        return "it holds a NUL, so it is no text"
    return "" if data.strip() else "it is empty"


def is_text(path: Path) -> bool:
    """Whether a file begins like a text."""
    with path.open("rb") as file:
        start = file.read(START)
    return bool(start.strip()) and b"\0" not in start
