"""Do a topic's top words occur together? NPMI and C_v, from counts of contexts that hold both of a pair.

A context is a row of ``X``: a document, where no word order is kept. To follow papers that use sliding
windows (110 words for C_v, 10 for NPMI) pass a matrix with a row for each; the two do not compare.
"""

from collections.abc import Iterator

from etl.engine import array_namespace
from etl.engine.types import Array, Csr

WORDS = 2000
"""Top words whose pairs are counted at a time, in a dense square table."""
EPSILON = 1e-12
"""Added to probabilities of pairs in C_v, by its authors."""


def npmi(topics: Array, X: Csr, top: int = 10) -> Array:
    """Mean normalised pointwise mutual information over the pairs of each topic's top words, -1 to 1.

    ``npmi(i, j) = log(p_ij / (p_i p_j)) / -log(p_ij)``; -1 for a pair that never occurs together, and 1, the
    limit of words that always do, for one that is in every context. Sources: Bouma, "Normalized (pointwise)
    mutual information in collocation extraction", GSCL 2009; Lau, Newman and Baldwin, "Machine reading tea
    leaves", EACL 2014.

    Parameters
    ----------
    topics : array, shape (k, words)
    X : CSR matrix, shape (contexts, words)
        Counts or truth values; a word occurs where its entry is not zero. Empty contexts count.
    top : int
        Words a topic, at least 2; of equal ones the first.

    Returns
    -------
    array of float64, shape (k,)

    Raises
    ------
    ValueError
        ``top`` is below 2 or above the number of words, ``X`` has no row, or the words differ in number.

    Examples
    --------
    >>> import numpy as np, scipy.sparse
    >>> X = scipy.sparse.csr_matrix([[1, 2, 0], [3, 1, 0], [0, 0, 1], [0, 0, 4]])
    >>> npmi(np.array([[0.5, 0.4, 0.1], [0.5, 0.1, 0.4]]), X, top=2).tolist()
    [1.0, -1.0]
    """
    xp = array_namespace(X)
    out = []
    for joint, one in _together(topics, X, top):
        never, always = joint <= 0, joint >= 1
        joint = xp.where(never | always, 0.5, joint)
        alone = xp.where(one > 0, one, 1.0)
        value = xp.log(joint / (alone[:, :, None] * alone[:, None, :])) / -xp.log(joint)
        value = xp.where(never, -1.0, xp.where(always, 1.0, value))
        out.append((value * ~xp.eye(top, dtype=bool)).sum(axis=(1, 2)) / (top * (top - 1)))
    return xp.concatenate(out)


def c_v(topics: Array, X: Csr, top: int = 10) -> Array:
    """Coherence C_v: mean cosine of each top word's vector of NPMI with the sum of all top words' vectors.

    The exponent gamma is 1, and NPMI is ``log((p_ij + e) / (p_i p_j)) / -log(p_ij + e)`` with e = 1e-12;
    1 for a pair in every context. The vector of a word in no context is zero, and so is its cosine. The
    published scores use windows of 110 words for contexts. Source: Röder, Both and Hinneburg, "Exploring the
    space of topic coherence measures", WSDM 2015.

    Parameters
    ----------
    topics, X, top
        As for `npmi`.

    Returns
    -------
    array of float64, shape (k,)

    Examples
    --------
    >>> import numpy as np, scipy.sparse
    >>> X = scipy.sparse.csr_matrix([[1, 2, 0], [3, 1, 0], [0, 0, 1], [0, 0, 4]])
    >>> c_v(np.array([[0.5, 0.4, 0.1]]), X, top=2).round(6).tolist()
    [1.0]
    """
    xp = array_namespace(X)
    out = []
    for joint, one in _together(topics, X, top):
        alone = xp.where(one > 0, one, 1.0)
        seen = (one > 0)[:, :, None] & (one > 0)[:, None, :]
        value = xp.log((joint + EPSILON) / (alone[:, :, None] * alone[:, None, :])) / -xp.log(joint + EPSILON)
        value = xp.where(seen, xp.where(joint >= 1, 1.0, value), 0.0)
        whole = value.sum(axis=1)
        length = xp.sqrt((value**2).sum(axis=2) * (whole**2).sum(axis=1)[:, None])
        cosine = (value * whole[:, None, :]).sum(axis=2) / xp.where(length > 0, length, 1.0)
        out.append(cosine.mean(axis=1))
    return xp.concatenate(out)


def leaders(topics: Array, top: int) -> Array:
    """Each topic's most probable words, the most probable first; of equal ones the first.

    Parameters
    ----------
    topics : array of float, shape (k, words)
    top : int
        Words a topic, from 1 to all.

    Returns
    -------
    array of int64, shape (k, top)
        Columns of ``topics``.

    Raises
    ------
    ValueError
        There are fewer words than asked for.

    Examples
    --------
    >>> import numpy as np
    >>> leaders(np.array([[0.2, 0.5, 0.3]]), 2).tolist()
    [[1, 2]]
    """
    if not 1 <= top <= topics.shape[1]:
        raise ValueError(f"top is {top}; it must be from 1 to {topics.shape[1]}, the number of words")
    return array_namespace(topics).argsort(-topics, axis=1, kind="stable")[:, :top]


def _together(topics: Array, X: Csr, top: int) -> Iterator[tuple[Array, Array]]:
    """Shares of contexts with both words of a pair, (topics, top, top), and with one, (topics, top)."""
    xp, X = array_namespace(X), X.tocsr()
    if top < 2 or not X.shape[0] or topics.shape[1] != X.shape[1]:
        raise ValueError(
            f"top is {top}, topics have shape {topics.shape} and X {X.shape}: pairs need a top of 2 or more, "
            "at least one row of X, and the same words in both"
        )
    best, size = leaders(topics, top), max(1, WORDS // top)
    for begin in range(0, len(best), size):
        block = best[begin : begin + size]
        words = xp.unique(block)
        there = X[:, words]
        if not X.has_canonical_format:
            there.sum_duplicates()
        there.data = (there.data != 0).astype("float64")
        joint = (there.T @ there).toarray() / X.shape[0]
        place = xp.searchsorted(words, block)
        yield joint[place[:, :, None], place[:, None, :]], xp.diagonal(joint)[place]
