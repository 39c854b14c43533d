"""Which documents are held out to judge topics by: by a hash of their numbers, however they are cut."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from etl.engine import array_namespace
from etl.engine.types import Array, Csr
from etl.hashing import mix
from etl.pieces import Pieces, Step

HELD, LEAST, MOST = 0.05, 200, 5_000
"""Share of the documents held out, and how many at least and at most."""


def held_out(documents: int, learnt: bool) -> int:
    """How many documents topics are judged on: a twentieth, from 200 to 5,000, but no more than a fifth.

    Parameters
    ----------
    documents : int
    learnt : bool
        Whether topics are learnt from the others; else as many as may be are judged on.

    Examples
    --------
    >>> held_out(30_000, True), held_out(500, True), held_out(500, False)
    (1500, 100, 500)
    """
    if not learnt:
        return min(MOST, documents)
    return min(MOST, max(LEAST, round(HELD * documents)), max(1, documents // 5))


def is_held(numbers: Array, held: int, documents: int, seed: int) -> Array:
    """Which documents are held out: the same on every device, however they are cut.

    Parameters
    ----------
    numbers : int64 array, shape (n,)
        Of documents, from 0.
    held : int
        About how many of all documents are held out.
    documents : int
    seed : int

    Returns
    -------
    bool array, shape (n,)
    """
    xp = array_namespace(numbers)
    limit = min(int(held / max(documents, 1) * 2.0**64), 2**64 - 1)
    return mix(numbers, seed) <= xp.uint64(limit)


def part(counts: Pieces, firsts: Sequence[int], held: int, seed: int, *, rest: bool) -> Pieces:
    """About so many documents, or the rest of them.

    Parameters
    ----------
    counts : Pieces of CSR matrices
    firsts : sequence of int
        Number of each piece's first document; and, last, of all documents.
    held : int
    seed : int
    rest : bool
        Whether to take those that are not held out.
    """
    choose = partial(_chosen, steps=counts.steps, held=held, documents=firsts[-1], seed=seed, rest=rest)
    items = list(zip(firsts, counts.items, strict=False))
    return replace(counts, items=items, steps=(("choose", choose),))


def _chosen(
    item: tuple[int, Csr], steps: tuple[Step, ...], held: int, documents: int, seed: int, rest: bool
) -> Csr:
    first, X = item
    for _, function in steps:
        X = function(X)
    numbers = array_namespace(X).arange(first, first + X.shape[0])
    return X[is_held(numbers, held, documents, seed) != rest]
