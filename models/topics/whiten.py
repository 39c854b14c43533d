"""A sketch of the moments that serves any alpha0: whitened by E2 once, then turned and cut in k^3 operations.

With ``q = W' M1`` and ``W' E2 W = I``, the moments of latent Dirichlet allocation in the sketch are

    M2 = I - a0 / (a0 + 1) q q'
    M3 = E3 - a0 / (a0 + 2) Sym3(I x q) + 2 a0^2 / ((a0 + 1) (a0 + 2)) q x q x q

(Anandkumar, Ge, Hsu, Kakade and Telgarsky, JMLR 2014, section 3.2), which need no further look at the
documents.
"""

from dataclasses import dataclass

import numpy as np

from etl.engine import array_namespace, engine_of
from etl.engine.types import Array
from etl.handoff import from_host, to_host
from etl.pieces import Pieces
from models.topics import moments, spectrum
from models.topics.moments import Sums

SPARE = 5
"""Directions kept beyond the topics asked for, so that those of M2 can be had for any alpha0."""
OVERSAMPLE = 8
"""Columns of a Krylov block beyond the directions kept."""


@dataclass(frozen=True)
class Sketch:
    """Moments in the ``m`` leading directions of the scaled E2.

    What is of the size of ``m`` alone lies in host memory, where many small decompositions of it follow.

    Attributes
    ----------
    values : array of float64, shape (m,)
        Eigenvalues of S E2 S, descending, all positive; in host memory.
    U : array of the bags' dtype, shape (words, m)
        Its eigenvectors, where the bags lie.
    scale : array of float64, shape (words,)
        The diagonal of S, where the bags lie.
    q : array of float64, shape (m,)
        In host memory.
    E3 : array of float64, shape (m, m, m)
        In host memory.
    """

    values: Array
    U: Array
    scale: Array
    q: Array
    E3: Array

    @property
    def W(self) -> Array:
        """Whitening of counts, (words, m): ``W' E2 W`` is the identity."""
        return _whitening(from_host(self.values, engine_of(self.U)), self.U, self.scale)


@dataclass(frozen=True)
class Whitened:
    """The third moment in k whitened directions of M2, for one alpha0.

    Attributes
    ----------
    T : array of float64, shape (k, k, k)
    turn : array of float64, shape (m, k)
        From the sketch's coordinates to these.
    back : array of float64, shape (m, k)
        ``S^-1 U @ back`` undoes the whitening.
    """

    T: Array
    turn: Array
    back: Array


def sketch(pieces: Pieces, total: Sums, power: float, topics: int, passes: int, seed: int) -> Sketch:
    """Whiten E2 and project E3, in two sweeps more than ``passes``.

    Parameters
    ----------
    pieces : Pieces of Bags
    total : Sums
        Of all pieces, normal.
    power : float
        Words are weighed by ``M1 ** -power`` before the eigenvectors are sought, so that frequent ones do
        not own them all.
    topics : int
        `SPARE` directions more are kept.
    passes : int
        Sweeps over the documents for the eigenvectors.
    seed : int
        Of their random start.
    """
    scale = moments.scaling(total.M1, power)
    values, U = directions(pieces, total, scale, topics + SPARE, passes, seed)
    values, U = values[values > 0], U[:, values > 0]
    W = _whitening(values, U, scale)
    q, E3 = W.T.astype("float64") @ total.M1, moments.third(pieces, total, W)
    return Sketch(to_host(values), U, scale, to_host(q), to_host(E3))


def _whitening(values: Array, U: Array, scale: Array) -> Array:
    return (scale[:, None] * U / array_namespace(U).sqrt(values)).astype(U.dtype)


def directions(
    pieces: Pieces, total: Sums, scale: Array, count: int, passes: int, seed: int
) -> tuple[Array, Array]:
    """Leading eigenvalues and eigenvectors of the scaled E2.

    Parameters
    ----------
    pieces : Pieces of Bags
    total : Sums
        Of all pieces, normal.
    scale : array of float64, shape (words,)
    count : int
        Directions wanted.
    passes : int
        Sweeps over the documents.
    seed : int
        Of the random start.

    Returns
    -------
    values : array of float64, shape (at most count,), descending
    vectors : array of the bags' dtype, shape (words, same)
    """
    width = min(count + OVERSAMPLE, len(scale))
    drawn = np.random.RandomState(seed).standard_normal((len(scale), width))
    dtype = next(iter(pieces.map("dtype", _dtype)))
    start = from_host(drawn.astype(dtype), engine_of(scale))
    return spectrum.top(lambda Q: moments.second(pieces, total, scale, Q), start, min(count, width), passes)


def _dtype(bags: moments.Bags) -> Array:
    return bags.X.dtype


def whiten(sketch: Sketch, alpha0: float, topics: int) -> Whitened:
    """Cut the sketch to the ``topics`` leading directions of M2 for this alpha0.

    Parameters
    ----------
    sketch : Sketch
    alpha0 : float
    topics : int

    Returns
    -------
    Whitened
        In fewer directions where M2 has fewer positive eigenvalues.
    """
    xp, q, m = array_namespace(sketch.q), sketch.q, len(sketch.values)
    root = xp.sqrt(sketch.values)
    # M2 = I - a0 / (a0 + 1) q q', in the directions of S E2 S
    M2 = root[:, None] * (xp.eye(m) - alpha0 / (alpha0 + 1) * xp.outer(q, q)) * root
    values, Z = xp.linalg.eigh(M2)
    values, Z = values[::-1][:topics], Z[:, ::-1][:, :topics]
    kept = values > 0
    values, Z = values[kept], Z[:, kept]
    turn = root[:, None] * Z / xp.sqrt(values)
    # M3 = E3 - a0 / (a0 + 2) Sym3(I x q) + 2 a0^2 / ((a0 + 1) (a0 + 2)) q x q x q, turned likewise
    T = _contract(sketch.E3, turn)
    inner, t = turn.T @ turn, turn.T @ q
    T -= alpha0 / (alpha0 + 2) * sym3(inner, t)
    T += 2 * alpha0**2 / ((alpha0 + 1) * (alpha0 + 2)) * (t[:, None, None] * t[:, None] * t)
    return Whitened(T, turn, Z * xp.sqrt(values))


def _contract(T: Array, C: Array) -> Array:
    for _ in range(3):
        T = (T.reshape(-1, T.shape[2]) @ C).reshape(*T.shape[:2], C.shape[1]).transpose(2, 0, 1)
    return T


def sym3(M: Array, t: Array) -> Array:
    """``M[a, b] t[c] + M[a, c] t[b] + M[b, c] t[a]``.

    Parameters
    ----------
    M : array of float, shape (k, k)
        Symmetric.
    t : array of float, shape (k,)

    Returns
    -------
    array of float, shape (k, k, k)
    """
    outer = M[:, :, None] * t
    return outer + outer.transpose(0, 2, 1) + outer.transpose(2, 0, 1)
