"""Held-out perplexity by document completion: half of each document's tokens is read, the other scored.

Array code that runs where the counts lie; the split is the same on every device. Sources: Wallach, Murray,
Salakhutdinov and Mimno, "Evaluation methods for topic models", ICML 2009 (document completion); Asuncion,
Welling, Smyth and Teh, "On smoothing and inference for topic models", UAI 2009 (how its steps compare).
"""

from etl.engine import array_namespace, engine_of
from etl.engine.types import Array, Csr
from models.topics.token_split import token_split

CHUNK = {"cpu": 1 << 18, "gpu": 1 << 26}
"""Numbers of the words' topics held at a time: what a core's cache holds, or what fills a device."""
TINY = 1e-30
"""Least probability divided by; smaller only for a word that no topic has."""


def perplexity(
    X: Csr,
    topics: Array,
    *,
    prior: float | Array = 0.1,
    n_iter: int = 100,
    mix: float = 0.01,
    background: Array | None = None,
    seed: int = 0,
) -> float:
    """Perplexity ``exp(-sum of log p(token) / tokens)`` of the tokens scored; the lower, the better.

    Half of each document's tokens, rounded up and drawn without replacement, gives its shares of topics by
    `fold_in`; the others are scored. A document with fewer than two tokens has none to score and does not
    count.

    Parameters
    ----------
    X : CSR matrix of counts, shape (documents, words)
        Whole numbers of any dtype, in host memory or on a device.
    topics : array of float, shape (k, words)
        Probability of each word in each topic, with ``X``.
    prior : float or array of shape (k,)
        Pseudo-counts of tokens of each topic in a document.
    n_iter : int
        Steps of `fold_in`.
    mix : float
        Share of ``background`` mixed into each topic, so that no word has probability zero.
    background : array of shape (words,), optional
        Shares of the words in the training data; uniform over all words where None. Where a word scored may
        be missing there, add one to its counts first.
    seed : int
        Of the split.

    Returns
    -------
    float
        Infinity where a token scored has probability zero, in all topics and in the background.

    Raises
    ------
    ValueError
        Shapes do not fit, counts are not whole or are negative, or no document has two tokens.

    Examples
    --------
    >>> import numpy as np, scipy.sparse
    >>> X = scipy.sparse.csr_matrix([[4, 4, 0, 0], [0, 0, 4, 4]])
    >>> known = np.array([[0.5, 0.5, 0, 0], [0, 0, 0.5, 0.5]])
    >>> round(perplexity(X, known, prior=1e-6, mix=0), 3), round(perplexity(X, np.full((1, 4), 0.25)), 3)
    (2.0, 4.0)
    """
    B = _mixed(X, topics, mix, background)
    read, scored = token_split(X, seed)
    theta = fold_in(read, B, prior, n_iter)
    chance = _chances(scored, theta / theta.sum(axis=1)[:, None], B)
    if float(chance.min()) <= 0:
        return float("inf")
    xp = array_namespace(X)
    return float(xp.exp(-(scored.data * xp.log(chance)).sum() / scored.data.sum()))


def fold_in(X: Csr, B: Array, prior: float | Array = 0.1, n_iter: int = 100) -> Array:
    """Expected tokens of each topic in each document plus the prior, by EM with the topics fixed.

    Each step is ``theta[k] = prior[k] + sum of c[w] theta[k] B[w, k] / p[w]`` over the words w, where
    ``p[w] = sum of theta[j] B[w, j]`` over the topics j, from ``theta = prior``. So the prior is added to the
    expected counts whole: EM to the posterior mode under Dirichlet parameters of ``prior + 1``, which is also
    CVB0's step with the token's own count left in.

    Parameters
    ----------
    X : CSR matrix of counts, shape (documents, words)
    B : array of float32, shape (words, k)
        Probability of each word (row) in each topic.
    prior : float or array of shape (k,)
    n_iter : int
        Steps.

    Returns
    -------
    array of float32, shape (documents, k)
        Rows sum to the document's tokens plus the prior's sum.

    Raises
    ------
    ValueError
        The prior has another shape, or is not above zero.
    """
    engine = engine_of(X)
    xp, k = engine.xp, B.shape[1]
    prior = xp.asarray(prior, dtype="float32")
    if prior.shape not in ((), (k,)):
        raise ValueError(f"prior has shape {prior.shape}; it must be a number or of shape ({k},)")
    prior = xp.zeros(k, "float32") + prior
    if float(prior.min()) <= 0:
        raise ValueError("prior must be above zero for each topic")
    length = X.indptr[1:] - X.indptr[:-1]
    # Documents of like length share a block, which is as wide as its longest.
    order = xp.argsort(-length)
    theta, begin = xp.empty((X.shape[0], k), "float32"), 0
    while begin < len(order):
        width = int(length[order[begin]])
        rows = order[begin : begin + max(1, CHUNK[engine.name] // (k * max(width, 1)))]
        place = X.indptr[rows][:, None] + xp.arange(width)
        there = xp.arange(width) < length[rows][:, None]
        place = xp.where(there, place, 0)
        count = xp.where(there, X.data[place], 0.0).astype("float32")
        theta[rows] = _steps(count, B[X.indices[place]], prior, n_iter)
        begin += len(rows)
    return theta


def _steps(count: Array, words: Array, prior: Array, n_iter: int) -> Array:
    """EM of a block of documents: counts (documents, width) and their words' topics (documents, width, k)."""
    xp = array_namespace(words)
    theta = xp.zeros((len(count), 1), "float32") + prior
    for _ in range(n_iter):
        chance = xp.maximum((words @ theta[:, :, None])[:, :, 0], xp.float32(TINY))
        theta = prior + theta * ((count / chance)[:, None, :] @ words)[:, 0]
    return theta


def _chances(X: Csr, theta: Array, B: Array) -> Array:
    """Probability of each non-zero's word in its document, float64, shape (non-zeros,)."""
    engine = engine_of(X)
    xp, size = engine.xp, X.nnz
    row = xp.searchsorted(X.indptr, xp.arange(size), side="right") - 1
    chance, wide = xp.empty(size), max(1, CHUNK[engine.name] // B.shape[1])
    for begin in range(0, size, wide):
        part = slice(begin, begin + wide)
        chance[part] = xp.einsum("nk,nk->n", theta[row[part]], B[X.indices[part]])
    return chance


def _mixed(X: Csr, topics: Array, mix: float, background: Array | None) -> Array:
    """Topics mixed with the background, float32, shape (words, k): a word's topics lie side by side."""
    xp, words = array_namespace(X), X.shape[1]
    if topics.ndim != 2 or topics.shape[1] != words:
        raise ValueError(
            f"topics have shape {topics.shape}, and X has {words} words; they must be (k, {words})"
        )
    if background is None:
        background = xp.full(words, 1.0 / words)
    if background.shape != (words,):
        raise ValueError(
            f"background has shape {background.shape}; it must be ({words},), a share for each word"
        )
    if not 0 <= mix <= 1:
        raise ValueError(f"mix is {mix}; it must be a share, from 0 to 1")
    mixed = (1 - mix) * topics.T + mix * background[:, None]
    return xp.ascontiguousarray(mixed, dtype="float32")
