"""UCI's bags of words: ``docword.NAME.txt.gz`` and ``vocab.NAME.txt``.

The first three lines of docword are the numbers of documents, words, and lines that follow; a line is a
document, a word and a count, numbered from 1, sorted by document. The other file has a word a line.
"""

import gzip
import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.csv
from scipy.sparse import csr_matrix

from etl.engine.types import Csr
from etl.files import check_exists, for_arrow, reading
from etl.handoff import to_host
from etl.text.blocks import Triples, check_size, rows

BLOCK = 1 << 25
"""Bytes of text read at a time."""
_NAMES = ["document", "word", "count"]


class Header(NamedTuple):
    """Numbers of documents, words, and of pairs of them that occur."""

    documents: int
    words: int
    pairs: int


def header(path: Path) -> Header:
    """The first three lines.

    Raises
    ------
    ValueError
        One of them is no number.
    """
    found = []
    with reading(path, "a whole file of UCI's bags of words"), _open(path) as file:
        for line, name in enumerate(Header._fields, 1):
            text = file.readline(100).decode("utf-8", "replace").strip()
            if not text.isdecimal():
                raise ValueError(f"{path}, line {line}: {text!r} should be the number of {name}, alone")
            if name != "pairs" or len(text) > 18:
                number = int(text) if len(text) <= 18 else 10**18
                check_size(number, path, f"{path}, line {line}", name)
            found.append(int(text))
    return Header(*found)


def blocks(path: Path) -> Iterator[csr_matrix]:
    """Counts in the order of the file, int32, some whole documents at a time; those without lines are empty.

    Raises
    ------
    ValueError
        A line is not as the header says, or there are fewer or more lines.
    """
    head = header(path)
    return rows(_triples(path, head), head.words, first=1, last=head.documents)


def terms(path: Path, expected: int | None = None) -> pa.Array:
    """Words of a file of one a line.

    Parameters
    ----------
    expected : int, optional
        How many there should be.

    Raises
    ------
    ValueError
        There are more or fewer.
    """
    with reading(path, "a whole file of one word a line, in UTF-8"), _open(path) as file:
        lines = file.read().decode("utf-8").split("\n")
    words = [line.rstrip("\r") for line in (lines[:-1] if lines[-1] == "" else lines)]
    if expected is not None and len(words) != expected:
        raise ValueError(f"{path} has {len(words)} lines; it should have {expected}, a word each")
    return pa.array(words, pa.large_string())


def write(counts: Csr, path: Path) -> None:
    """Write counts as a docword file.

    Parameters
    ----------
    counts : csr_matrix, shape (documents, words)
        On any device.
    path : Path
        Compressed, if it ends in ``.gz``.
    """
    data, indices, indptr = (to_host(part) for part in (counts.data, counts.indices, counts.indptr))
    document = np.repeat(np.arange(1, counts.shape[0] + 1), np.diff(indptr))
    table = pa.table([document, indices + 1, data.astype("int64")], names=_NAMES)
    options = pyarrow.csv.WriteOptions(include_header=False, delimiter=" ", quoting_style="none")
    with gzip.open(path, "wb", compresslevel=3) if path.suffix == ".gz" else path.open("wb") as file:
        file.write("".join(f"{size}\n" for size in (*counts.shape, len(data))).encode())
        pyarrow.csv.write_csv(table, file, options)


def write_terms(words: pa.Array | Iterable[str], path: Path) -> None:
    """Write words, one a line.

    Parameters
    ----------
    words : pyarrow array of str, or iterable of str
        In the order of their columns.
    path : Path

    Raises
    ------
    ValueError
        A word holds a line break.
    """
    listed = words.to_pylist() if isinstance(words, pa.Array) else list(words)
    odd = [word for word in listed if "\n" in word or "\r" in word]
    if odd:
        raise ValueError(f"the word {odd[0]!r} holds a line break; a file of one word a line cannot hold it")
    path.write_text("".join(f"{word}\n" for word in listed), encoding="utf-8", newline="\n")


def _open(path: Path) -> io.BufferedIOBase:
    check_exists(path)
    return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")


def _triples(path: Path, head: Header) -> Iterator[Triples]:
    """Checked lines, with words numbered from 0."""
    seen, last = 0, 1
    try:
        for batch in _reader(path, head):
            document, word, count = (column.to_numpy() for column in batch.columns)
            _check(path, head, seen, last, (document, word, count))
            seen += len(document)
            last = int(document[-1]) if len(document) else last
            yield document, word - 1, count
    except (pa.ArrowInvalid, EOFError, OSError) as error:
        raise ValueError(
            f"{path} is damaged after line {seen + 3} ({error}); "
            "each line there should be a document, a word and a count, parted by blanks"
        ) from error
    if seen != head.pairs:
        raise ValueError(
            f"{path}, line 3: the header says that {head.pairs} lines follow, and {seen} do; "
            "the file is cut off or the header is wrong: get it again"
        )


def _reader(path: Path, head: Header) -> Iterable[pa.RecordBatch]:
    if not head.pairs:
        return []
    kind = "gzip" if path.suffix == ".gz" else None
    padded = _ends_in_blanks(path)
    return pyarrow.csv.open_csv(
        pa.PythonFile(_Trimmed(_open(path)), "r")
        if padded
        else pa.input_stream(for_arrow(path), compression=kind),
        pyarrow.csv.ReadOptions(use_threads=False, block_size=BLOCK, skip_rows=3, column_names=_NAMES),
        pyarrow.csv.ParseOptions(delimiter=" ", quote_char=False, ignore_empty_lines=False),
        pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(_NAMES, pa.int32()), null_values=[]),
    )


def _ends_in_blanks(path: Path) -> bool:
    with _open(path) as file:
        lines = [file.readline(100) for _ in range(4)]
    return lines[3].rstrip(b"\r\n").endswith((b" ", b"\t"))


class _Trimmed(io.RawIOBase):
    """A file without blanks at the ends of its lines."""

    def __init__(self, file: io.BufferedIOBase) -> None:
        self.file, self.rest = file, b""

    def readable(self) -> bool:
        """It is."""
        return True

    def read(self, size: int = -1) -> bytes:
        """At most so many bytes, none at the end."""
        while data := self.file.read(max(size - len(self.rest), 1)):
            data = self.rest + data
            whole = data.rstrip(b" \t\r")  # what follows tells whether they are at an end
            self.rest = data[len(whole) :]
            if whole:
                return re.sub(rb"[ \t]+(?=\r?\n)", b"", whole)
        return b""

    def close(self) -> None:
        """Close the file too."""
        self.file.close()
        super().close()


def _check(path: Path, head: Header, seen: int, last: int, triples: Triples) -> None:
    document, word, count = triples
    before = np.concatenate([[last], document[:-1]])
    faults = (
        ((document < 1) | (document > head.documents), document, f"document of 1 to {head.documents}"),
        ((word < 1) | (word > head.words), word, f"word of 1 to {head.words}"),
        (count < 1, count, "count from 1 upwards"),
        (document < before, document, "document not before that of the last line: sort the lines by number"),
    )
    for wrong, values, what in faults:
        if wrong.any():
            row = int(wrong.argmax())
            raise ValueError(f"{path}, line {seen + row + 4}: {values[row]} should be a {what}")
