"""Bytes of a text file in any encoding that is told, as UTF-8; none is guessed."""

import codecs
from collections.abc import Iterator
from itertools import chain

from etl.tables.parts import Part

BLOCK = 1 << 24
"""Bytes read at a time."""
MAGIC = {
    b"\x1f\x8b": "packed by gzip (.gz)",
    b"PK\x03\x04": "a zip or Excel file (.zip, .xlsx)",
    b"PAR1": "a Parquet file (.parquet)",
    b"\x28\xb5\x2f\xfd": "packed by zstandard, which is not read",
    b"\xd0\xcf\x11\xe0": "an Excel file of the old form (.xls), which is not read",
    b"BZh9": "packed by bzip2 (.bz2)",
    b"\xfd7zXZ": "packed by xz (.xz)",
}
"""Beginnings of files that are no text."""
MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def blocks(part: Part, encoding: str | None = None, size: int | None = None) -> Iterator[bytes]:
    """The file in blocks of UTF-8 without a byte-order mark.

    Parameters
    ----------
    part : Part
    encoding : str, optional
        As Python names it; by default UTF-16 where the file says so, with a mark or zero bytes, else UTF-8.
    size : int, optional
        Bytes to read at a time; `BLOCK` by default.

    Raises
    ------
    ValueError
        A byte is of another encoding: names the file, the line and ``--encoding``; or the file is damaged.
    """
    size = size or BLOCK
    with part.open() as file:
        start = file.read(size)
        mark, told = next(((mark, name) for mark, name in MARKS if start.startswith(mark)), (b"", None))
        _refuse_binary(part, start)
        name = told or encoding or _bare_utf16(start) or "utf-8"  # a mark says it of its own file
        skipped = start[len(mark) :]
        rest = iter(lambda: file.read(size), b"")
        yield from _decoded(part, chain([skipped], rest), name)


def whole_lines(part: Part, encoding: str | None = None) -> Iterator[tuple[bytes, int]]:
    r"""Blocks that end with ``\n``, and the line on which each begins.

    Parameters
    ----------
    part : Part
    encoding : str, optional
        See `blocks`.
    """
    rest, line = b"", 1
    for block in blocks(part, encoding):
        cut = block.rfind(b"\n") + 1
        if cut:
            text = rest + block[:cut]
            yield text, line
            line += text.count(b"\n")
            rest = block[cut:]
        else:
            rest += block
    if rest:
        yield rest + b"\n", line


def _codec(name: str) -> codecs.CodecInfo:
    try:
        "".encode(name)  # refuses what is no encoding of text
        return codecs.lookup(name)
    except (LookupError, ValueError) as error:
        raise ValueError(
            f"--encoding {name} is unknown; name one such as utf-8, latin-1 or cp1252"
        ) from error


def _refuse_binary(part: Part, start: bytes) -> None:
    """Name a file that is packed or of another kind than its name says."""
    for magic, kind in MAGIC.items():
        if start.startswith(magic):
            raise ValueError(f"{part} is {kind}, which its name does not say; name it so, or save it as CSV")


def _bare_utf16(start: bytes) -> str | None:
    """UTF-16 without a mark: of its first characters, which are ASCII in a line of names, a byte is zero."""
    even, odd = start[:16:2], start[1:16:2]
    if len(odd) < 2 or not (any(even) or any(odd)):
        return None
    return "utf-16-le" if not any(odd) else "utf-16-be" if not any(even) else None


def _decoded(part: Part, raw: Iterator[bytes], name: str) -> Iterator[bytes]:
    decoder = _codec(name).incrementaldecoder("strict")
    is_utf8, done = _codec(name).name in ("utf-8", "ascii"), 0
    for block in chain(raw, [b""]):
        try:
            pending = bool(decoder.getstate()[0])
            if is_utf8 and block and not pending and block.isascii():
                yield block
            else:
                text = decoder.decode(block, final=not block)
                yield block if is_utf8 else text.removeprefix("\ufeff").encode()
        except UnicodeDecodeError as error:
            raise ValueError(_wrong(part, name, done, error)) from error
        except UnicodeError as error:
            raise ValueError(f"{part} is not {name.upper()} ({error}); name another --encoding") from error
        done += len(block)


def _wrong(part: Part, name: str, done: int, error: UnicodeDecodeError) -> str:
    """What to tell of a byte behind so many others of the file, whose lines are counted now."""
    before = bytes(error.object[: error.start])
    word = bytes(error.object[max(error.start - 10, 0) : error.start + 10]).decode("ascii", "replace")
    line = 1 + before.count(b"\n")
    with part.open() as file:
        while done > 0 and (block := file.read(min(BLOCK, done))):
            line, done = line + block.count(b"\n"), done - len(block)
    return (
        f"{part}, line {line:,}, is not {name.upper()} (byte 0x{error.object[error.start]:02x} near "
        f"{' '.join(word.split())!r}); save it as UTF-8, or name its encoding, as with --encoding latin-1"
    )
