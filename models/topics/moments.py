"""First, second and third moment of a corpus, none of them ever formed over words.

With counts ``c`` of a document, its length ``l`` and its weight ``w`` (of sum one over the documents that
are long enough), Anandkumar, Foster, Hsu, Kakade and Liu, "A spectral algorithm for latent Dirichlet
allocation", NIPS 2012, and Wang, Liu, Song and Han, "Scalable moment-based inference for latent Dirichlet
allocation", ECML-PKDD 2014, use

    M1 = sum w c / l
    E2 = sum w [c c' - diag c] / (l (l - 1))
    E3 = sum w [c x c x c - Sym3(diag(c) x c) + 2 diag3(c)] / (l (l - 1) (l - 2))

A piece of documents gives sums that add up over pieces; `Sums` holds what needs no product with a matrix.
"""

from dataclasses import dataclass, fields
from functools import partial
from operator import add

from etl.engine import array_namespace
from etl.engine.types import Array, Csr
from etl.pieces import Pieces
from models.topics import products

GROWTH = 1.5
"""Power of a document's length in its weight: pairs of words of short documents are noise, of long ones
alike."""


@dataclass(frozen=True)
class Bags:
    """Documents of a piece, prepared: counts as floats, and the weights of their pairs and triples.

    Attributes
    ----------
    X : CSR of float, shape (documents, words)
    one, two, three : arrays of X's dtype, shape (documents,)
        ``w / l``, ``w / (l (l - 1))`` and ``w / (l (l - 1) (l - 2))``, of documents with so many words,
        else 0.
    """

    X: Csr
    one: Array
    two: Array
    three: Array


@dataclass(frozen=True)
class Sums:
    """Sums over documents, each of weights that do not yet sum to one.

    Attributes
    ----------
    weight : array of float64, shape (3,)
        Of documents with one, two, three words.
    M1, s2, s3 : arrays of float64, shape (words,)
        ``X.T @ one``, ``X.T @ two``, ``X.T @ three``.
    repeats : array of float64, shape (words,)
        ``(X * (X - 1)).T @ two``: the diagonal of E2.
    """

    weight: Array
    M1: Array
    s2: Array
    s3: Array
    repeats: Array

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    def normal(self) -> "Sums":
        """The same for weights that sum to one."""
        xp = array_namespace(self.M1)
        weight = xp.maximum(self.weight, 1e-300)
        first, second, third = (float(w) for w in weight)
        return Sums(weight, self.M1 / first, self.s2 / second, self.s3 / third, self.repeats / second)


def prepare(X: Csr, cap: float | None, by_length: bool, dtype: str = "float32") -> Bags:
    """Counts up to ``cap``, and weights that grow with the documents' lengths, or are alike.

    Repeats of a word within a document are more than topics explain; ``cap=1`` leaves them out. Any weight
    that depends on the length alone leaves the moments unbiased.

    Parameters
    ----------
    X : CSR of counts, shape (documents, words)
    cap : float or None
        Greatest count that is seen; None for no limit.
    by_length : bool
        Whether a document of length l weighs ``l ** GROWTH``, or 1.
    dtype : {"float32", "float64"}
        Of the result.
    """
    xp = array_namespace(X)
    X = capped(X.astype(dtype), cap)
    length = xp.asarray(X.sum(axis=1), "float64").ravel()
    w = length**GROWTH if by_length else xp.ones_like(length)
    below = [xp.maximum(length - r, 0) for r in range(3)]
    one, two, three = (_over(w, below[: r + 1]) for r in range(3))
    return Bags(X, one.astype(dtype), two.astype(dtype), three.astype(dtype))


def capped(X: Csr, cap: float | None) -> Csr:
    """Counts up to ``cap``, or as they are.

    Parameters
    ----------
    X : CSR of counts, shape (documents, words)
    cap : float or None

    Returns
    -------
    CSR of X's dtype, shape (documents, words)
        ``X`` itself where there is no cap, else a copy.
    """
    if cap is None:
        return X
    xp, X = array_namespace(X), X.copy()
    X.data = xp.minimum(X.data, xp.asarray(cap, X.dtype))
    return X


def _over(w: Array, factors: list[Array]) -> Array:
    xp = array_namespace(w)
    product = factors[0]
    for factor in factors[1:]:
        product = product * factor
    return xp.where(product > 0, w / xp.where(product > 0, product, 1), 0)


def sums(bags: Bags) -> Sums:
    """What one piece adds."""
    X, xp = bags.X, array_namespace(bags.X)
    lengths = xp.asarray(X.sum(axis=1), "float64").ravel()
    weight = xp.stack([(bags.one * lengths).sum(), *(_weight(bags, lengths, r) for r in (1, 2))])
    again = X.copy()
    again.data = again.data * (again.data - 1)
    columns = [X.T @ bags.one, X.T @ bags.two, X.T @ bags.three, again.T @ bags.two]
    return Sums(weight, *(xp.asarray(c, "float64") for c in columns))


def _weight(bags: Bags, lengths: Array, order: int) -> Array:
    if order == 1:
        return (bags.two * lengths * (lengths - 1)).sum()
    return (bags.three * lengths * (lengths - 1) * (lengths - 2)).sum()


def scaling(M1: Array, power: float) -> Array:
    """Weight of each word, ``M1 ** -power``; 0 for a word that never occurs.

    Parameters
    ----------
    M1 : array of float64, shape (words,)
    power : float

    Returns
    -------
    array of float64, shape (words,)
    """
    xp = array_namespace(M1)
    return xp.where(M1 > 0, xp.where(M1 > 0, M1, 1.0) ** -power, 0.0)


def second(pieces: Pieces, total: Sums, scale: Array, Q: Array) -> Array:
    """``S E2 S Q`` for ``S = diag(scale)``: two sparse products a piece.

    Parameters
    ----------
    pieces : Pieces of Bags
    total : Sums
        Of all pieces, normal.
    scale : array of float64, shape (words,)
    Q : array of the bags' dtype, shape (words, columns)

    Returns
    -------
    array of Q's dtype, shape (words, columns)
    """
    xp = array_namespace(Q)
    SQ = (scale[:, None] * Q).astype(Q.dtype)
    raw = pieces.reduce(partial(_gram, Q=SQ), add) / float(total.weight[1])
    return xp.asarray(scale[:, None] * (raw - total.s2[:, None] * SQ), Q.dtype)


def _gram(bags: Bags, Q: Array) -> Array:
    return products.gram(bags.X, bags.two, Q)


def third(pieces: Pieces, total: Sums, W: Array) -> Array:
    """``E3(W, W, W)``, in one sweep over the documents.

    Parameters
    ----------
    pieces : Pieces of Bags
    total : Sums
        Of all pieces, normal.
    W : array of the bags' dtype, shape (words, k)

    Returns
    -------
    array of float64, shape (k, k, k)
        Symmetric.
    """
    T, R = pieces.reduce(partial(_third, W=W), add_pairs)
    weight = float(total.weight[2])
    # the triple diagonal is three times one placement of it, so that one product does both corrections
    A = R / weight - (2 / 3) * total.s3[:, None] * W
    return T / weight - products.pairs(A.astype(W.dtype), W)


def _third(bags: Bags, W: Array) -> tuple[Array, Array]:
    P, R = products.project(bags.X, bags.three, W)
    return products.cubes(P, bags.three), R


def add_pairs(one: tuple[Array, Array], other: tuple[Array, Array]) -> tuple[Array, Array]:
    """Both of the first plus both of the second: how pieces that give two arrays add up.

    Parameters
    ----------
    one, other : tuple of two arrays
        Of the same shapes.

    Returns
    -------
    tuple of two arrays
    """
    return one[0] + other[0], one[1] + other[1]
