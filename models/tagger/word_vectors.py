"""Word vectors from text without labels: what a pool of sentences tells before anybody has tagged one."""

import numpy as np

from etl.engine import engine_of
from etl.engine.types import Array, Csr
from etl.handoff import from_host
from models.topics.spectrum import top

SMOOTHING = 0.75
"""Power of the frequency of contexts: rare ones would otherwise count for too much."""
PASSES = 4


def word_vectors(
    codes: Array,
    starts: Array,
    words: int,
    *,
    size: int = 100,
    window: int = 2,
    scale: float = 0.3,
    seed: int = 0,
) -> Array:
    """Vectors of words by the company they keep: the leading singular vectors of positive PMI.

    Contexts are words up to ``window`` places to the left, and those to the right, counted apart: tags depend
    on which side a word stands. A vector is its row of ``U S**0.5``. Source: Levy, Goldberg and Dagan,
    "Improving distributional similarity with lessons learned from word embeddings", TACL 2015, equations 2,
    3 and 6, with the smoothing of their section 3.1.

    Parameters
    ----------
    codes : int array, shape (tokens,)
    starts : int64 array, shape (sentences + 1,)
        First token of each sentence, and the number of tokens; contexts do not reach over sentences.
    words : int
        Number of codes, those that do not occur among them: their vectors are zeros.
    size : int
        Numbers of a vector; columns beyond the rank are zeros.
    window : int
        Words to either side.
    scale : float
        Root of the mean square of the numbers of words that occur.
    seed : int

    Returns
    -------
    array of float32, shape (words, size)

    Raises
    ------
    ValueError
        No two words stand side by side.

    Examples
    --------
    >>> import numpy
    >>> codes = numpy.array([1, 2, 1, 3, 4, 2, 4, 3])  # 1 and 4 stand before the same words
    >>> found = word_vectors(codes, numpy.array([0, 2, 4, 6, 8]), 5, size=2, window=1)
    >>> bool(numpy.allclose(found[1], found[4])), found[0].tolist()
    (True, [0.0, 0.0])
    """
    engine = engine_of(codes)
    xp = engine.xp
    P = pmi(neighbours(codes, starts, words, window))
    drawn = np.random.default_rng(seed).standard_normal((words, size + 20), dtype="float32")
    start = from_host(drawn, engine)  # CuPy's generator draws others
    values, vectors = top(lambda Q: P @ (P.T @ Q), start, size, PASSES)
    found = xp.zeros((words, size), dtype="float32")
    found[:, : len(values)] = vectors * xp.maximum(values, 0.0) ** 0.25
    power = float((found**2).sum()) / max(1, int((found != 0).any(axis=1).sum()) * size)
    return found * (scale / power**0.5) if power else found


def neighbours(codes: Array, starts: Array, words: int, window: int) -> Csr:
    """How often words stand within the window.

    Parameters
    ----------
    codes, starts, words, window
        See `word_vectors`.

    Returns
    -------
    CSR of float32, shape (words, 2 * words)
        Those to the right first.

    Raises
    ------
    ValueError
        No two words stand side by side.
    """
    engine = engine_of(codes)
    xp, sparse = engine.xp, engine.sparse
    sentence = xp.searchsorted(starts, xp.arange(len(codes)), side="right")
    first, second = [], []
    for distance in range(1, window + 1):
        inside = sentence[distance:] == sentence[:-distance]
        first.append(codes[:-distance][inside])
        second.append(codes[distance:][inside])
    left, right = xp.concatenate(first), xp.concatenate(second)
    if not len(left):
        raise ValueError("no two words stand side by side; give sentences of several words")
    ones, shape = xp.ones(len(left), dtype="float32"), (words, words)
    after = sparse.coo_matrix((ones, (left, right)), shape=shape).tocsr()
    before = sparse.coo_matrix((ones, (right, left)), shape=shape).tocsr()
    return sparse.hstack([after, before]).tocsr()


def pmi(counts: Csr) -> Csr:
    """Positive pointwise mutual information of counts, with smoothed contexts; CSR of the same shape."""
    engine = engine_of(counts)
    xp = engine.xp
    counts = counts.tocoo()
    rows, columns = (xp.asarray(counts.sum(axis=axis)).ravel().astype("float64") for axis in (1, 0))
    smooth = columns**SMOOTHING
    chance = (rows / rows.sum())[counts.row] * (smooth / smooth.sum())[counts.col]
    value = xp.log(counts.data / rows.sum() / chance)
    kept = value > 0
    index = counts.row[kept], counts.col[kept]
    return engine.sparse.csr_matrix((value[kept].astype("float32"), index), shape=counts.shape)
