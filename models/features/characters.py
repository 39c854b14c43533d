"""Character n-grams of texts by way of their words: each word is taken apart once."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import csr_matrix

LENGTHS = (2, 5)
"""Characters of an n-gram, at least and at most."""


def grams_of(word: str, lengths: tuple[int, int] = LENGTHS) -> list[str]:
    """N-grams of a word between two blanks, as scikit-learn's ``char_wb`` makes them of a word.

    Parameters
    ----------
    word : str
    lengths : (int, int)
        Characters of an n-gram, at least and at most.

    Examples
    --------
    >>> grams_of("cat", (3, 4))
    [' ca', 'cat', 'at ', ' cat', 'cat ']
    """
    padded, found = f" {word} ", list[str]()
    for length in range(lengths[0], lengths[1] + 1):
        found += [padded[at : at + length] for at in range(max(1, len(padded) - length + 1))]
        if length >= len(padded):  # a short word stands once
            break
    return found


def by_word(
    terms: Sequence[str], known: pa.Array | None = None, lengths: tuple[int, int] = LENGTHS
) -> tuple[csr_matrix, pa.Array]:
    """How often each word holds each n-gram; sequences of words hold none.

    Parameters
    ----------
    terms : sequence of str, length V
    known : pyarrow array of str, optional
        The n-grams of the columns; by default all of the words'.
    lengths : (int, int)

    Returns
    -------
    counts : scipy csr_matrix of float32, shape (V, n-grams)
        On the host.
    grams : pyarrow array of str
    """
    held = [[] if " " in term else grams_of(term, lengths) for term in terms]
    starts = np.cumsum([0, *map(len, held)])
    flat = pa.array([gram for own in held for gram in own], pa.string())
    grams = pc.unique(flat) if known is None else known
    columns = pc.index_in(flat, value_set=grams).fill_null(-1).to_numpy()
    there = columns >= 0
    rows = np.repeat(np.arange(len(held)), [end - begin for begin, end in pairwise(starts)])
    cells = (np.ones(int(there.sum()), "float32"), (rows[there], columns[there]))
    return csr_matrix(cells, shape=(len(held), len(grams))), grams
