"""Counts in blocks of whole documents: cut out of a stream of (document, word, count), and joined."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix, vstack

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
    found = csr_matrix((count.astype("int32"), word.astype("int32"), indptr), shape=(end - first, width))
    found.sum_duplicates()
    return found


def whole(counts: csr_matrix, where: str | Path) -> csr_matrix:
    """The same counts as int32, sorted.

    Raises
    ------
    ValueError
        One is no whole number from 1 to 2**31 - 1.
    """
    data = counts.data
    wrong = ~((data >= 0) & (data < 2**31) & (data == np.floor(data)))
    if wrong.any():
        raise ValueError(
            f"{where}: {int(wrong.sum())} values are no counts, the first is {data[wrong][0]}; "
            "counts are whole numbers from 0 to 2147483647"
        )
    parts = (data.astype("int32"), counts.indices.astype("int32"), counts.indptr)
    found = csr_matrix(parts, shape=counts.shape)
    found.eliminate_zeros()
    found.sum_duplicates()
    return found


def widened(counts: csr_matrix, width: int) -> csr_matrix:
    """The same rows with so many columns."""
    return csr_matrix((counts.data, counts.indices, counts.indptr), shape=(counts.shape[0], width))


def joined(parts: list[csr_matrix], width: int = 0) -> csr_matrix:
    """All rows, as wide as the widest, or wider."""
    width = max([width, *(part.shape[1] for part in parts)])
    wide = [widened(part, width) for part in parts]
    return vstack(wide, format="csr") if len(wide) > 1 else wide[0]
