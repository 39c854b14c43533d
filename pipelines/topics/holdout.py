"""Which documents are held out to judge topics by: by a hash of their numbers, however they are cut."""

from dataclasses import replace
from functools import partial
from typing import Any

from etl.engine import array_namespace
from etl.hashing import mix
from etl.pieces import Pieces, Step
from pipelines.topics.corpus import Corpus

HELD, LEAST, MOST = 0.05, 200, 5_000
"""Share of the documents held out, and how many at least and at most."""


def part(corpus: Corpus, held: int, seed: int, *, rest: bool) -> Pieces:
    """About so many documents, or the rest of them; kept if the documents are in memory."""
    size, counts = len(corpus.lengths), corpus.counts
    choose = partial(_chosen, steps=counts.steps, held=held, documents=size, seed=seed, rest=rest)
    items = list(zip(corpus.firsts, counts.items, strict=False))
    found = replace(counts, items=items, steps=(("choose", choose),))
    return found.persist() if corpus.whole else found


def held_out(documents: int, learnt: bool) -> int:
    """How many documents topics are judged on: a twentieth, from 200 to 5,000, but no more than a fifth.

    Examples
    --------
    >>> held_out(30_000, True), held_out(500, True), held_out(500, False)
    (1500, 100, 500)
    """
    if not learnt:
        return min(MOST, documents)
    return min(MOST, max(LEAST, round(HELD * documents)), max(1, documents // 5))


def is_held(numbers: Any, held: int, documents: int, seed: int) -> Any:
    """Which documents, by their numbers, are held out: the same on every device, however they are cut."""
    xp = array_namespace(numbers)
    limit = min(int(held / max(documents, 1) * 2.0**64), 2**64 - 1)
    return mix(numbers, seed) <= xp.uint64(limit)


def _chosen(
    item: tuple[int, Any], steps: tuple[Step, ...], held: int, documents: int, seed: int, rest: bool
) -> Any:
    first, X = item
    for _, function in steps:
        X = function(X)
    numbers = array_namespace(X).arange(first, first + X.shape[0])
    return X[is_held(numbers, held, documents, seed) != rest]
