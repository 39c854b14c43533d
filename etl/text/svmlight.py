"""Counts in svmlight's format: a document a line, ``label word:count word:count``, read block by block."""

import gzip
import io
import re
from collections.abc import Iterator
from pathlib import Path

from scipy.sparse import csr_matrix
from sklearn.datasets import dump_svmlight_file, load_svmlight_file

from etl.engine.types import Csr
from etl.files import check_exists, reading
from etl.handoff import to_host
from etl.text.blocks import check_size, whole

BLOCK = 1 << 24
"""Bytes of text read at a time, about."""
WORD = re.compile(rb"(?<=[ \t])([0-9]{8,}):")
"""A word's number that may be greater than the memory is."""


def blocks(path: Path, zero_based: bool = False) -> Iterator[csr_matrix]:
    """Counts in the order of the file, int32, some whole documents at a time, each as wide as it must be.

    Labels are left out. A comment that stands alone on a line is no document; a label alone is an empty one.

    Parameters
    ----------
    zero_based : bool
        Whether the first word is 0; else it is 1.

    Raises
    ------
    ValueError
        A line is not in the format, or a value is no count.
    """
    check_exists(path)
    line = 1
    with (
        reading(path, "a whole file of lines: label word:count word:count"),
        gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file,
    ):
        while part := file.read(BLOCK):
            part += file.readline()
            last = line + part.count(b"\n")
            where = f"{path}, lines {line} to {last}"
            _check_words(part, path, line)
            try:
                counts, _ = load_svmlight_file(io.BytesIO(part), zero_based=zero_based)
            except (ValueError, OverflowError) as error:
                raise ValueError(f"{where}: {error}; each should be: label word:count word:count") from error
            yield whole(counts, where)
            line = last


def _check_words(part: bytes, path: Path, line: int) -> None:
    """Refuse a word of so great a number that it alone would fill the memory, and say on which line it is."""
    for found in WORD.finditer(part):
        if b"#" in part[part.rfind(b"\n", 0, found.start()) + 1 : found.start()]:  # in a comment
            continue
        here = line + part.count(b"\n", 0, found.start())
        number = int(found[1]) if len(found[1]) < 20 else 10**20
        check_size(number, path, f"{path}, line {here}, by its word {found[1][:20].decode()}", "words")


def write(counts: Csr, path: Path, zero_based: bool = False) -> None:
    """Write counts with the label 0.

    Parameters
    ----------
    counts : csr_matrix, shape (documents, words)
        On any device.
    path : Path
        Compressed, if it ends in ``.gz``.
    zero_based : bool
        Whether the first word is 0; else it is 1.
    """
    parts = tuple(to_host(part) for part in (counts.data, counts.indices, counts.indptr))
    host = csr_matrix(parts, shape=counts.shape)
    labels = [0] * counts.shape[0]
    with gzip.open(path, "wb") if path.suffix == ".gz" else path.open("wb") as file:
        dump_svmlight_file(host, labels, file, zero_based=zero_based)
