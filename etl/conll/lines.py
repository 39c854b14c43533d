"""Lines of a text in UTF-8, or in an encoding that is told."""

import codecs

import pyarrow as pa
import pyarrow.compute as pc

from etl.tables.decode import blocks
from etl.tables.parts import Part

BLANK = " \t\v\f\u0085\u00a0\u200b\u200c\u200d\u2060\u3000\ufeff"
"""Characters of a blank line."""
MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def split(part: Part, encoding: str | None = None) -> pa.Array:
    """Lines of a text; one that is no UTF-8, where none is told, becomes a replacement character.

    Parameters
    ----------
    part : Part
    encoding : str, optional
        By default UTF-8, or UTF-16 with a mark.

    Raises
    ------
    FileNotFoundError
    ValueError
        The file is damaged, or not of the encoding.
    """
    if not part.path.is_file():
        raise FileNotFoundError(f"{part} is no file; give a file of words and tags in columns")
    with part.open() as file:
        data = file.read()
    if encoding or data.startswith(MARKS):
        data = b"".join(blocks(part, encoding))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\n".join(map(_mended, data.removeprefix(codecs.BOM_UTF8).split(b"\n")))
    lines = pc.split_pattern(pa.array([text], pa.large_string()), "\n").flatten()
    return pc.utf8_rtrim(lines, characters="\r")


def _mended(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return "\N{REPLACEMENT CHARACTER}"
