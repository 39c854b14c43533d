"""Variational passes over documents that sharpen topics: one step of each document's mixture a pass.

Blei, Ng and Jordan, "Latent Dirichlet allocation", JMLR 2003, equations 6, 7 and 9, with one step of the
mixtures a pass, which are kept from pass to pass. A piece gives expected counts, which add up; nothing of
the size of the documents leaves it.
"""

from dataclasses import dataclass

import numpy as np

from etl.engine import array_namespace, engine_of
from etl.engine.types import Array, Csr


@dataclass(frozen=True)
class Expected:
    """What the documents of a piece say of topics.

    Attributes
    ----------
    words : array of float32, shape (words, k)
        Expected tokens of each word and topic, before the factor that their topics share.
    logs : array of float64, shape (k,)
        Sum of the expected logarithms of the mixtures.
    documents : int
        With at least one word.
    loss : float
        Log likelihood of all tokens, at the geometric means of the mixtures.
    """

    words: Array
    logs: Array
    documents: int
    loss: float

    def __add__(self, other: "Expected") -> "Expected":
        return Expected(
            self.words + other.words,
            self.logs + other.logs,
            self.documents + other.documents,
            self.loss + other.loss,
        )


def initial_mixtures(X: Csr, alpha: Array) -> Array:
    """Mixtures before any pass, as parameters of Dirichlet distributions: ``alpha_i + tokens / k``.

    Parameters
    ----------
    X : CSR of float32, shape (documents, words)
    alpha : array of float, shape (k,)

    Returns
    -------
    array of float32, shape (documents, k)
    """
    xp = array_namespace(X)
    length = xp.asarray(X.sum(axis=1), "float32").reshape(-1, 1)
    return xp.asarray(alpha, "float32") + length / np.float32(len(alpha))


def step(X: Csr, gamma: Array, alpha: Array, B: Array, inner: int) -> tuple[Expected, Array]:
    """Improve the mixtures of a piece by ``inner`` steps, and count.

    Parameters
    ----------
    X : CSR of float32, shape (documents, words)
    gamma : array of float32, shape (documents, k)
        Dirichlet parameters; read only.
    alpha : array of float, shape (k,)
    B : array of float32, shape (words, k)
        Columns sum to one.
    inner : int
        At least 1.

    Returns
    -------
    expected : Expected
        By the mixtures before the last of these steps.
    gamma : array of float32, shape (documents, k)
    """
    xp = array_namespace(X)
    if engine_of(X).name == "gpu":
        return _arrays(X, gamma, alpha, B, inner)
    from models.topics import kernels

    gamma, words, logs = gamma.copy(), xp.zeros_like(B), xp.zeros(B.shape[1])
    documents, loss = kernels.mixtures(
        X.indptr, X.indices, X.data, xp.asarray(alpha, "float32"), B, gamma, inner, words, logs
    )
    return Expected(words, logs, documents, loss), gamma


def _arrays(
    X: Csr, gamma: Array, alpha: Array, B: Array, inner: int, chunk: int = 1 << 20
) -> tuple[Expected, Array]:
    """`step` in array operations, a block of non-zeros at a time."""
    engine = engine_of(X)
    xp, psi = engine.xp, engine.special.digamma
    share = X.copy()
    share.sum_duplicates()  # once: a product would wait to find it out of each matrix that is built
    tokens, words, alpha = share.data, share.indices, xp.asarray(alpha, "float32")
    rows = xp.searchsorted(share.indptr, xp.arange(len(tokens)), side="right") - 1  # CuPy repeats no array
    for _ in range(inner):
        log_t = psi(gamma)
        t = xp.exp(log_t)
        s = xp.empty(len(tokens), "float32")
        for start in range(0, len(s), chunk):
            part = slice(start, start + chunk)
            s[part] = (t[rows[part]] * B[words[part]]).sum(axis=1)
        s = xp.maximum(s, 1e-30)
        total = gamma.sum(axis=1)
        share.data = tokens / s
        gamma = alpha + t * (share @ B)
    some = xp.diff(share.indptr) > 0
    norm = psi(total)
    logs = (log_t - norm[:, None])[some].astype("float64").sum(axis=0)
    loss = float((tokens * (xp.log(s) - norm[rows])).astype("float64").sum())
    return Expected(share.T @ t, logs, int(some.sum()), loss), gamma


def topics(B: Array, words: Array, eta: float, relax: float = 1.0) -> Array:
    """Topics from expected counts: equation 9, with ``eta`` tokens beforehand.

    Parameters
    ----------
    B : array of float32, shape (words, k)
        Topics of the pass that counted.
    words : array of float32, shape (words, k)
        Of `Expected`.
    eta : float
        Tokens that each word has in each topic before any is seen.
    relax : float
        Above 1, the change is taken to this power: a longer step the same way.

    Returns
    -------
    array of float32, shape (words, k)
        Columns sum to one.
    """
    new = (B * words).astype("float64") + eta
    new /= new.sum(axis=0)
    if relax != 1.0:
        new *= (new / B) ** (relax - 1.0)
        new /= new.sum(axis=0)
    return new.astype("float32")


def prior(alpha: Array, logs: Array, documents: int, n_iter: int = 20) -> Array:
    """alpha that makes the mixtures likeliest, by Newton steps in linear time.

    Source: Blei, Ng and Jordan, JMLR 2003, appendix A.2 and A.4.2. A step that would leave the positive
    numbers is halved.

    Parameters
    ----------
    alpha : array of float, shape (k,)
        To begin with.
    logs : array of float64, shape (k,)
        Of `Expected`: the sum over documents of the expected logarithms of their mixtures.
    documents : int
        With at least one word.
    n_iter : int
        Newton steps, at most.

    Returns
    -------
    array of float64, shape (k,)
        None below 1e-4.
    """
    engine = engine_of(alpha)
    xp, special = engine.xp, engine.special
    alpha, mean = alpha.astype("float64"), logs / max(documents, 1)
    for _ in range(n_iter):
        total = alpha.sum()
        gradient = special.digamma(total) - special.digamma(alpha) + mean
        h = -special.zeta(2.0, alpha)  # trigamma; CuPy's polygamma takes no plain order
        z = float(special.zeta(2.0, total))
        b = (gradient / h).sum() / (1 / z + (1 / h).sum())
        change = (gradient - b) / h
        alpha = xp.where(change < alpha, alpha - change, alpha / 2)
        if float(xp.abs(change).max()) < 1e-6:
            break
    return xp.maximum(alpha, 1e-4)
