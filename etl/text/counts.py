"""Counts of coded tokens: how often each document holds each word, as a sparse matrix, and sums of it.

On a device counts are float32, for CuPy's sparse matrices hold no whole numbers; they are exact to 2**24.
"""

import numpy as np
from scipy.sparse import csr_matrix

from etl.engine import Engine
from etl.engine.types import Array, Csr
from etl.handoff import from_host, to_host
from etl.ids import tally
from etl.text import kernels
from etl.text.tokens import Tokens


def matrix(tokens: Tokens, columns: np.ndarray, width: int) -> Csr:
    """Counts of words in documents, a row a document, indices sorted.

    Parameters
    ----------
    tokens : Tokens
    columns : array of int32, shape (words,)
        The column of each word; those at -1 are left out.
    width : int
        Columns of the matrix.

    Returns
    -------
    scipy csr_matrix of int32, or its CuPy twin of float32, shape (documents, width)

    Examples
    --------
    >>> from etl.text.tokens import tokenise
    >>> matrix(tokenise(["a cat a hat", "hat hat"]), np.array([1, 0], "int32"), 2).toarray().tolist()
    [[1, 1], [2, 0]]
    """
    engine, shape = tokens.engine, (len(tokens.starts) - 1, width)
    if engine.name == "gpu":
        indptr, indices, data = sorted_rows(tokens, columns, width)
        return engine.sparse.csr_matrix((data.astype("float32"), indices, indptr), shape=shape)
    indptr, indices, data = kernels.count(tokens.codes, tokens.starts, columns, width)
    unsorted = engine.sparse.csr_matrix((data, indices, indptr), shape=shape)
    return unsorted.tocsc().tocsr()


def sorted_rows(tokens: Tokens, columns: np.ndarray, width: int) -> tuple[Array, Array, Array]:
    """The parts of `matrix` by sorting, as is done on a device.

    Parameters
    ----------
    tokens : Tokens
    columns : array of int32, shape (words,)
        The column of each word; those at -1 are left out.
    width : int
        Columns of the matrix.

    Returns
    -------
    indptr : array of int32, shape (documents + 1,)
        Where each row begins.
    indices, data : arrays of int32, shape (entries,)
        Columns, which rise within a row, and counts.
    """
    xp = tokens.engine.xp
    keys, data = xp.unique(_keys(tokens, from_host(columns, tokens.engine), width), return_counts=True)
    begins = xp.arange(len(tokens.starts)) * max(width, 1)
    indptr = xp.searchsorted(keys, begins).astype("int32")
    return indptr, (keys % max(width, 1)).astype("int32"), data.astype("int32")


def _keys(tokens: Tokens, columns: Array, width: int) -> Array:
    """A number for each token that says its document and column."""
    xp = tokens.engine.xp
    column = columns[tokens.codes]
    document = xp.searchsorted(tokens.starts, xp.arange(len(tokens.codes)), side="right") - 1
    return (document * width + column)[column >= 0]


def frequencies(tokens: Tokens) -> tuple[np.ndarray, np.ndarray]:
    """Documents that hold each word, and how often it occurs: int64, shape (words,), in host memory."""
    if tokens.engine.name == "gpu":
        documents, counts = by_sorting(tokens)
        return to_host(documents), to_host(counts)
    return kernels.frequencies(tokens.codes, tokens.starts, tokens.words)


def by_sorting(tokens: Tokens) -> tuple[Array, Array]:
    """The same by sorting, as is done on a device; the arrays lie where the tokens do."""
    xp, words = tokens.engine.xp, tokens.words
    once = xp.unique(_keys(tokens, xp.arange(words), words)) % max(words, 1)
    return tally(once, words), tally(tokens.codes, words)


def placed(counts: csr_matrix, engine: Engine) -> Csr:
    """Counts as the engine holds them.

    Parameters
    ----------
    counts : csr_matrix of int32, shape (documents, words)
        In host memory.
    engine : Engine

    Returns
    -------
    csr_matrix, shape (documents, words)
        ``counts`` itself on a CPU, a copy of float32 on a device.
    """
    if engine.name == "cpu":
        return counts
    parts = (
        from_host(part, engine) for part in (counts.data.astype("float32"), counts.indices, counts.indptr)
    )
    return engine.sparse.csr_matrix(tuple(parts), shape=counts.shape)
