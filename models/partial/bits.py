"""Candidate sets as bits: the classes that answers have left of each item, a bit a class."""

from etl.engine import array_namespace
from etl.engine.types import Array

WORD = 64


def pack(candidates: Array) -> Array:
    """Bits of a bool array of shape (n, K): uint64, shape (n, ceil(K / 64)); class k is bit ``k % 64``.

    Examples
    --------
    >>> import numpy
    >>> pack(numpy.array([[True, False, True]])).tolist()
    [[5]]
    """
    xp = array_namespace(candidates)
    n, classes = candidates.shape
    words = -(-classes // WORD)
    padded = xp.zeros((n, words * WORD), dtype=bool)
    padded[:, :classes] = candidates
    places = xp.left_shift(xp.uint64(1), xp.arange(WORD, dtype="uint64"))
    return xp.where(padded.reshape(n, words, WORD), places, xp.uint64(0)).sum(axis=2, dtype="uint64")


def unpack(bits: Array, classes: int) -> Array:
    """The bool array that `pack` was given.

    Parameters
    ----------
    bits : uint64 array, shape (n, ceil(K / 64))
    classes : int
        K.

    Returns
    -------
    bool array, shape (n, K)
    """
    xp = array_namespace(bits)
    places = xp.arange(WORD, dtype="uint64")
    ones = (bits[:, :, None] >> places) & xp.uint64(1)
    return ones.reshape(len(bits), bits.shape[1] * WORD)[:, :classes].astype(bool)


def answered(bits: Array, asked: Array, yes: Array) -> Array:
    """Candidates after an answer: ``y & Q`` for yes and ``y & ~Q`` for no.

    Parameters
    ----------
    bits, asked : uint64 arrays, shape (n, words)
        Candidates of each item, and the packed row of the question that it was asked.
    yes : bool array, shape (n,)

    Returns
    -------
    uint64 array, shape (n, words)
    """
    xp = array_namespace(bits)
    return bits & xp.where(yes[:, None], asked, ~asked)
