"""Counts in blocks of whole documents: cut out of a stream of (document, word, count), and joined."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix, vstack

from etl.machine import memory_limit

FEW = 1 << 24
"""Words that any file may declare, as those do that number words by a hash."""
A_BYTE = 20
"""Words, or empty documents, to a byte of a file, at most."""
A_WORD = 8 * 16
"""Bytes that a word or a document takes at least: a row of a table of topics."""

Triples = tuple[np.ndarray, np.ndarray, np.ndarray]


def rows(
    stream: Iterable[Triples], width: int, first: int = 0, last: int | None = None
) -> Iterator[csr_matrix]:
    """Matrices of whole documents from triples that are sorted by document.

    Parameters
    ----------
    stream : iterable of (document, word, count)
        Arrays of whole numbers of one length.
    width : int
        Columns of the matrices.
    first, last : int
        Numbers of the first document, and of the last: those without triples are empty rows.

    Yields
    ------
    csr_matrix of int32, shape (some documents, width)
    """
    held: list[Triples] = []
    for part in stream:
        held.append(part)
        document, word, count = (np.concatenate(arrays) for arrays in zip(*held, strict=True))
        cut = int(np.searchsorted(document, document[-1])) if len(document) else 0
        if cut:
            yield _matrix(document[:cut], word[:cut], count[:cut], first, int(document[cut]), width)
            first = int(document[cut])
        held = [(document[cut:], word[cut:], count[cut:])]
    document, word, count = (np.concatenate(arrays) for arrays in zip(*held, strict=True)) if held else _NONE
    if last is None:
        last = int(document[-1]) if len(document) else first - 1
    if last >= first:
        yield _matrix(document, word, count, first, last + 1, width)


_NONE: Triples = (np.empty(0, "int32"), np.empty(0, "int32"), np.empty(0, "int32"))


def _matrix(
    document: np.ndarray, word: np.ndarray, count: np.ndarray, first: int, end: int, width: int
) -> csr_matrix:
    lengths = np.bincount(document - first, minlength=end - first)
    indptr = np.concatenate([[0], np.cumsum(lengths)])
    counts = csr_matrix((count.astype("int32"), word.astype("int32"), indptr), shape=(end - first, width))
    counts.sum_duplicates()
    return counts


def whole(counts: csr_matrix, where: str | Path) -> csr_matrix:
    """The same counts as int32, sorted, without zeros.

    Parameters
    ----------
    counts : csr_matrix, shape (documents, words)
        Of any kind of numbers.
    where : str or Path
        Where they came from, for errors.

    Raises
    ------
    ValueError
        One is no whole number from 0 to 2**31 - 1.
    """
    data = counts.data
    wrong = ~((data >= 0) & (data < 2**31) & (data == np.floor(data)))
    if wrong.any():
        raise ValueError(
            f"{where}: {int(wrong.sum())} values are no counts, the first is {data[wrong][0]}; "
            "counts are whole numbers from 0 to 2147483647"
        )
    parts = (data.astype("int32"), counts.indices.astype("int32"), counts.indptr)
    checked = csr_matrix(parts, shape=counts.shape)
    checked.eliminate_zeros()
    checked.sum_duplicates()
    return checked


def check_size(declared: int, path: Path, where: str | Path, what: str) -> None:
    """Refuse a number of words or documents that a file declares and cannot hold, before memory is asked for.

    Parameters
    ----------
    declared : int
    path : Path
        The file, whose bytes are counted.
    where : str or Path
        The file, or its line, for the message.
    what : {"words", "documents"}

    Raises
    ------
    ValueError
        There are more than the file may tell of, or than memory has room for tables of.
    """
    most = min(max(FEW, A_BYTE * path.stat().st_size), memory_limit().bytes // A_WORD)
    if not 0 <= declared <= most:
        number = f"{declared:,}" if abs(declared) < 10**30 else f"10**{len(str(declared)) - 1}"
        raise ValueError(
            f"{where}: it declares {number} {what}, and at most {most:,} can be meant, by the size of the "
            f"file and of memory; number {what} without gaps, or get the file again"
        )


def widened(counts: csr_matrix, width: int) -> csr_matrix:
    """The same rows with more columns; the arrays are shared.

    Parameters
    ----------
    counts : csr_matrix, shape (documents, words)
    width : int
        Columns, at least as many as there are.
    """
    return csr_matrix((counts.data, counts.indices, counts.indptr), shape=(counts.shape[0], width))


def joined(parts: list[csr_matrix], width: int = 0) -> csr_matrix:
    """The rows of all matrices in one.

    Parameters
    ----------
    parts : list of csr_matrix
        At least one.
    width : int
        Columns, at least; there are as many as the widest has, if those are more.
    """
    width = max([width, *(part.shape[1] for part in parts)])
    wide = [widened(part, width) for part in parts]
    return vstack(wide, format="csr") if len(wide) > 1 else wide[0]
