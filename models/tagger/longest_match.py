"""The baseline of taggers: a dictionary of the names that were labelled."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

import numpy as np

from etl.conll.corpus import Corpus
from etl.conll.schemes import Spans, spans, tags

Phrase = tuple[str, ...]


def longest_match(train: Corpus, text: Corpus) -> np.ndarray:
    """Tags of a text by the names of training that have one type there, the longest first.

    Source: Tjong Kim Sang and De Meulder, "Introduction to the CoNLL-2003 shared task", section 3.1.

    Parameters
    ----------
    train, text : Corpus
        In BIOES, of the same names of tags; those of the text are not read.

    Returns
    -------
    array of int32, shape (tokens,)
        Places in the names.
    """
    known = _names(train)
    longest = max(map(len, known), default=0)
    words, rows = text.words.to_pylist(), list[tuple[int, int, int, int]]()
    for sentence, (begin, end) in enumerate(zip(text.starts[:-1], text.starts[1:], strict=True)):
        rows += [(sentence, *found) for found in _matches(words[begin:end], known, longest)]
    return tags(Spans(*np.array(rows, "int64").reshape(-1, 4).T), text.starts)


def _names(train: Corpus) -> dict[Phrase, int]:
    """Phrases that are names of one type alone, and the type."""
    found, words, kinds = (
        spans(train.tags, train.starts, train.names),
        train.words.to_pylist(),
        defaultdict(set),
    )
    for sentence, begin, end, kind in zip(*(part.tolist() for part in found), strict=True):
        start = train.starts[sentence]
        kinds[tuple(words[start + begin : start + end])].add(kind)
    return {phrase: kind.pop() for phrase, kind in kinds.items() if len(kind) == 1}


def _matches(words: list[str], known: Mapping[Phrase, int], longest: int) -> Iterator[tuple[int, int, int]]:
    """Begin, end and type of each name, from the left."""
    begin = 0
    while begin < len(words):
        sizes = range(min(longest, len(words) - begin), 0, -1)
        size = next((size for size in sizes if tuple(words[begin : begin + size]) in known), 0)
        if size:
            yield begin, begin + size, known[tuple(words[begin : begin + size])]
        begin += size or 1
