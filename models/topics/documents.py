"""Documents as the models of topics take them: sparse counts, whole or in pieces, checked before any work."""

from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

from etl.engine import array_namespace, engine_of
from etl.engine.types import Array, Csr
from etl.executors import Threads
from etl.hashing import mix
from etl.pieces import Pieces

ROWS, PIECES = 500, 16
"""Documents of a piece, at least, and pieces of a whole, at most: each costs a table of words by topics."""


@dataclass(frozen=True)
class Survey:
    """What there is, summed over pieces.

    Attributes
    ----------
    documents, empty, short : int
        All; those without a word; those of one or two, which have no third moment.
    words : array, shape (words,)
        Tokens of each word.
    """

    documents: int
    empty: int
    short: int
    words: Array

    def __add__(self, other: "Survey") -> "Survey":
        if len(self.words) != len(other.words):
            raise ValueError(
                f"pieces have {len(self.words):,} and {len(other.words):,} words; "
                "count them all with one vocabulary"
            )
        return Survey(
            self.documents + other.documents,
            self.empty + other.empty,
            self.short + other.short,
            self.words + other.words,
        )


def as_pieces(X: Csr | Array | Pieces, workers: int = 1) -> Pieces:
    """Counts of any form as pieces of checked CSR matrices of float32.

    Parameters
    ----------
    X : sparse or dense array, shape (documents, words), or Pieces of them
    workers : int
        Threads. A whole is cut by its rows and not by them, so that sums, and what is learnt, are the same
        for any number.

    Raises
    ------
    TypeError, ValueError
        See `check`; of Pieces, where they are worked on.
    """
    if isinstance(X, Pieces):
        return X.map("check", check)
    X = check(X)
    return Pieces([X[begin:end] for begin, end in cuts(X.shape[0])], executor=Threads(workers))


def cuts(rows: int, most: int | None = None) -> list[tuple[int, int]]:
    """Where a whole of so many rows is cut: at least `ROWS` a piece, and at most `PIECES` pieces.

    Parameters
    ----------
    rows : int
    most : int, optional
        Rows of a piece, at most; then there may be more pieces.

    Examples
    --------
    >>> cuts(3), cuts(1000)
    ([(0, 3)], [(0, 500), (500, 1000)])
    """
    parts = min(PIECES, max(1, rows // ROWS))
    if most:
        parts = max(parts, -(-rows // most))
    return list(pairwise(rows * number // parts for number in range(parts + 1)))


def check(X: Csr | Array) -> Csr:
    """The same counts as CSR of float32, without explicit zeros; refuses what are not counts.

    Raises
    ------
    TypeError
        Neither a sparse matrix nor an array of two dimensions.
    ValueError
        A count is negative, not whole, or not finite; or there is no word at all.
    """
    if getattr(X, "ndim", 0) != 2:
        raise TypeError(
            f"documents are a {type(X).__name__}; pass counts, documents x words, as a sparse matrix or array"
        )
    engine = engine_of(X)
    xp = engine.xp
    if X.shape[1] == 0:
        raise ValueError("the vocabulary is empty; lower min_df or raise max_df when counting words")
    X = engine.sparse.csr_matrix(X)
    data = X.data
    wrong = (data < 0) | (data != xp.floor(data)) | ~xp.isfinite(data) if data.dtype.kind == "f" else data < 0
    if bool(wrong.any()):
        place = int(xp.argmax(wrong))
        row = int(xp.searchsorted(X.indptr, xp.asarray(place), side="right")) - 1
        raise ValueError(
            f"document {row} has count {data[place].item()} of word {int(X.indices[place])}; counts are "
            "whole numbers, 0 or more (weights such as tf-idf have no moments of this model: "
            "pass the counts they came from)"
        )
    X = X.astype("float32")
    if not bool((X.data != 0).all()):
        X = X.copy()
        X.eliminate_zeros()
    return X


def survey(X: Csr) -> Survey:
    """What one piece adds."""
    xp = array_namespace(X)
    lengths = xp.asarray(X.sum(axis=1)).ravel()
    empty, short = int((lengths == 0).sum()), int(((lengths > 0) & (lengths < 3)).sum())
    # in float64: sums of the matrix itself are of its own float32, which ends to count at 2**24
    words = xp.bincount(X.indices, weights=X.data, minlength=X.shape[1])
    return Survey(X.shape[0], empty, short, words)


def keep(pieces: Pieces) -> Pieces:
    """Run the steps and keep the results; the items, which are the caller's, stay."""
    return replace(pieces, items=list(pieces.items)).persist()


def sample(pieces: Pieces, documents: int, most: int, seed: int) -> tuple[Pieces, int]:
    """Some ``most`` documents of all pieces, kept where they lie, or all.

    Parameters
    ----------
    pieces : Pieces of CSR, shape (documents, words)
    documents : int
        In all pieces.
    most : int
    seed : int

    Returns
    -------
    pieces : Pieces of CSR of the same words
        Each document is drawn with probability ``most / documents``, by a hash of its place.
    count : int
        ``most``, about which there are, or ``documents`` if all are there.
    """
    if documents <= most:
        return pieces, documents
    return keep(pieces.map("sample", partial(_some, share=most / documents, seed=seed))), most


def first(pieces: Pieces, documents: int, most: int) -> Pieces:
    """The first documents of each piece, ``most`` or a few more of all.

    Parameters
    ----------
    pieces : Pieces of CSR, shape (documents, words)
    documents : int
        In all pieces.
    most : int

    Returns
    -------
    Pieces of CSR
        The same share of each piece, at least one document.
    """
    return pieces.map("first", partial(_first, share=min(1.0, most / max(documents, 1))))


def _first(X: Csr, share: float) -> Csr:
    return X[: max(1, round(share * X.shape[0]))]


def together(pieces: Pieces) -> Csr:
    """The documents of all pieces as one matrix."""
    parts = list(pieces)
    return parts[0] if len(parts) == 1 else engine_of(parts[0]).sparse.vstack(parts, format="csr")


def _some(X: Csr, share: float, seed: int) -> Csr:
    xp = array_namespace(X)
    kept = mix(xp.arange(X.shape[0]), seed + X.shape[0]) < xp.uint64(int(share * 2.0**64))
    return X[kept]
