"""Halves of documents: one to read, one to score."""

from etl.engine import array_namespace, engine_of
from etl.engine.types import Array, Csr
from etl.hashing import mix
from etl.ids import tally


def token_split(X: Csr, seed: int) -> tuple[Csr, Csr]:
    """Cut each document's tokens at random into two halves; the first is the larger where the number is odd.

    Tokens are drawn without replacement, each by a hash of its place, so the same on every device.

    Parameters
    ----------
    X : CSR matrix of counts, shape (documents, words)
        Whole numbers of any dtype.
    seed : int

    Returns
    -------
    tuple of two CSR matrices of float64, shape (documents, words)
        They sum to ``X``.

    Raises
    ------
    ValueError
        Counts are not whole or are negative, or no document has two tokens.

    Examples
    --------
    >>> import scipy.sparse
    >>> read, scored = token_split(scipy.sparse.csr_matrix([[5, 0, 2]]), seed=0)
    >>> int(read.sum()), int(scored.sum()), (read + scored).toarray().tolist()
    (4, 3, [[5.0, 0.0, 2.0]])
    """
    xp, X = array_namespace(X), _counts(X)
    ends = xp.cumsum(X.data).astype("int64")
    count = int(ends[-1]) if len(ends) else 0
    token = xp.arange(count)
    entry = xp.searchsorted(ends, token, side="right")
    bounds = xp.concatenate([xp.zeros(1, "int64"), ends])[X.indptr]
    document = xp.searchsorted(bounds, token, side="right") - 1
    # Documents lie in order already, so a place in the sorted order is a place in the same document.
    order = xp.lexsort(xp.stack([(mix(token, seed) >> xp.uint64(1)).astype("int64"), document]))
    first = 2 * (token - bounds[document]) < (bounds[1:] - bounds[:-1])[document]
    read = tally(entry[order][first], len(ends)).astype("float64")
    parts = [_like(X, data) for data in (read, X.data - read)]
    if not parts[1].nnz:
        raise ValueError(
            "no document of X has two tokens, so that one could be scored; pass longer documents"
        )
    return parts[0], parts[1]


def _counts(X: Csr) -> Csr:
    """A copy in canonical form, float64; counts that are no counts are an error."""
    xp, X = array_namespace(X), X.tocsr().astype("float64")
    if not X.has_canonical_format:
        X.sum_duplicates()
    if X.nnz and (float(X.data.min()) < 0 or bool((X.data != xp.floor(X.data)).any())):
        raise ValueError("X must hold whole numbers of tokens, none below zero; pass counts, not weights")
    return X


def _like(X: Csr, data: Array) -> Csr:
    """A matrix with other data in the same places, less its zeros."""
    out = engine_of(X).sparse.csr_matrix((data, X.indices.copy(), X.indptr.copy()), shape=X.shape)
    out.eliminate_zeros()
    return out
