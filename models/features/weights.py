"""Weights of words in texts: term frequency times inverse document frequency, a row of length one a text."""

from etl.engine import array_namespace, engine_of
from etl.engine.types import Array, Csr
from etl.handoff import from_host
from etl.ids import tally


def documents_with(X: Csr) -> Array:
    """Rows that hold each column, int64, shape (columns,)."""
    return tally(X.indices, X.shape[1])


def idf(documents: Array, rows: int) -> Array:
    """Inverse document frequency, ``log((1 + n) / (1 + documents)) + 1``, as scikit-learn's.

    Parameters
    ----------
    documents : array, shape (columns,)
        Texts that hold each word.
    rows : int
        Texts.

    Returns
    -------
    float64 array, shape (columns,)
    """
    return array_namespace(documents).log((1 + rows) / (1 + documents)) + 1


def tfidf(X: Csr, weights: Array) -> Csr:
    """Sublinear tf-idf: ``(1 + log count) * idf``, then rows of length one; rows without a word stay empty.

    Parameters
    ----------
    X : CSR matrix of counts, shape (n, columns)
    weights : float array, shape (columns,)

    Returns
    -------
    CSR matrix of float32, shape (n, columns)
    """
    xp = array_namespace(X)
    data = ((1 + xp.log(X.data)) * weights[X.indices]).astype("float32")
    found = engine_of(X).sparse.csr_matrix((data, X.indices, X.indptr), shape=X.shape)
    squares = xp.asarray(found.multiply(found).sum(axis=1)).ravel()
    scale = 1 / xp.sqrt(xp.where(squares > 0, squares, 1.0))
    found.data = found.data * scale.astype("float32")[_rows(X)]
    return found


def _rows(X: Csr) -> Array:
    """Row of each entry, int64, shape (entries,)."""
    ends = tally(X.indptr[1:-1], X.nnz + 1)
    return array_namespace(X).cumsum(ends)[: X.nnz]


def columns(X: Csr, places: Array, width: int) -> Csr:
    """The columns of a matrix at other places; those at -1 are left out.

    Parameters
    ----------
    X : CSR matrix, shape (n, columns)
    places : int64 array on the host, shape (columns,)
    width : int
        Columns of the result.
    """
    engine = engine_of(X)
    xp = engine.xp
    column = from_host(places, engine)[X.indices]
    kept = column >= 0
    before = xp.zeros(len(kept) + 1, dtype="int64")
    before[1:] = xp.cumsum(kept)
    parts = (X.data[kept].astype("float32"), column[kept], before[X.indptr])
    found = engine.sparse.csr_matrix(parts, shape=(X.shape[0], width))
    found.sort_indices()
    return found
