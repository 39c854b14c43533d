"""Documents without columns: a file with a line a document, or files that are a document each."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.records import Choice, record
from etl.tables.decode import blocks, whole_lines
from etl.tables.form import Told
from etl.tables.losses import Losses
from etl.tables.parts import Part

ENDING = ".txt"
FILES = 4096
"""Files whose texts are a table."""


def is_plain(path: Path) -> bool:
    """Whether a file's name says that it is plain text, packed or not.

    Parameters
    ----------
    path : Path
    """
    return Part(path).kind == ENDING


def tables(paths: Sequence[Path], told: Told) -> Iterator[pa.Table]:
    """Texts and ids: of one file, its lines, by their numbers from 0; of several, each whole, by its name.

    Parameters
    ----------
    paths : sequence of Path
    told : Told

    Yields
    ------
    pyarrow Table
        Columns ``text``, large_string, and ``id``, string.

    Raises
    ------
    ValueError
        A file is damaged or of another encoding, or too many lines or files are blank.
    """
    if len(paths) == 1:
        record(Choice(reason=f"{paths[0]}: each line is a document"))
        yield from _lines(Part(paths[0]), told)
        return
    record(
        Choice(reason=f"{paths[0].parent}: each of {len(paths):,} files is a document, called by its name")
    )
    yield from _files(paths, told)


def _lines(part: Part, told: Told) -> Iterator[pa.Table]:
    losses = Losses(part, told.bad_share)
    for text, line in whole_lines(part, told.encoding):
        ends = np.flatnonzero(np.frombuffer(text, np.uint8) == 10)
        offsets = np.concatenate([[0], ends + 1]).astype("int64")
        every = pa.LargeStringArray.from_buffers(len(ends), pa.py_buffer(offsets), pa.py_buffer(text))
        every = pc.utf8_rtrim(every, "\r\n")
        good = pc.utf8_length(pc.utf8_trim_whitespace(every)).to_numpy() > 0
        losses.seen += len(good)
        for row in np.flatnonzero(~good).tolist():
            losses.add(line + row, "the line is blank")
        if good.any():
            number = pa.array(line - 1 + np.flatnonzero(good)).cast(pa.string())
            yield pa.table({"text": every.filter(pa.array(good)), "id": number})
    losses.close()


def _files(paths: Sequence[Path], told: Told) -> Iterator[pa.Table]:
    losses = Losses(Part(paths[0].parent), told.bad_share)
    for first in range(0, len(paths), FILES):
        texts, names = list[str](), list[str]()
        for path in paths[first : first + FILES]:
            text = b"".join(blocks(Part(path), told.encoding)).decode()
            losses.seen += 1
            if text.strip():
                texts.append(text)
                names.append(path.name)
            else:
                losses.add(None, f"{path.name} is blank")
        if texts:
            yield pa.table({"text": pa.array(texts, pa.large_string()), "id": names})
    losses.close()
