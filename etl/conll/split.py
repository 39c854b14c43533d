"""Sentences to learn from and sentences to judge by, drawn at random, with tags of one list."""

from dataclasses import replace

import numpy as np

from etl.conll import corpus, schemes
from etl.conll.corpus import Corpus

HELD = 0.2
"""Share of the words to judge by, where there is no test set."""
LEAST = 3
"""Sentences to learn from, and to judge by."""


def draw(text: Corpus, words: int | None, rng: np.random.Generator) -> tuple[Corpus, Corpus]:
    """Random sentences of at least so many words, and the others; both in their order.

    Parameters
    ----------
    text : Corpus
    words : int or None
        None takes all.
    rng : Generator
    """
    order = rng.permutation(len(text))
    if words is None:
        return text, text[:0]
    count = int((text.lengths[order].cumsum() < words).sum()) + 1
    return text[np.sort(order[:count])], text[np.sort(order[count:])]


def train_test(
    text: Corpus, test: Corpus | None, words: int | None, rng: np.random.Generator
) -> tuple[Corpus, Corpus]:
    """Sentences to learn from, and sentences to judge by, both in BIOES of one list of names.

    Parameters
    ----------
    text : Corpus
    test : Corpus or None
        None keeps a random fifth of the text, by words.
    words : int or None
        Most words to learn from, and a quarter of it to judge by where both are drawn; None takes all.
    rng : Generator

    Raises
    ------
    ValueError
        There are too few sentences.
    """
    if test is not None:
        train = draw(text, words, rng)[0]
    else:
        part = draw(text, None if words is None else words + words // 4, rng)[0]
        train, test = draw(part, round((1 - HELD) * part.tokens), rng)
    if min(len(train), len(test)) < LEAST:
        raise ValueError(
            f"there are {len(train)} sentences to learn from and {len(test)} to judge by; "
            f"give {LEAST} each, with a blank line after a sentence"
        )
    return one_scheme(train, test)


def one_scheme(train: Corpus, test: Corpus) -> tuple[Corpus, Corpus]:
    """Both with tags in BIOES, of one list of names.

    Parameters
    ----------
    train, test : Corpus
        In any scheme that `etl.conll.schemes.convert` reads.
    """
    both = corpus.concat([train, test])
    tags, names = schemes.convert(both.tags, both.starts, both.names)
    whole = replace(both, tags=tags, names=names)
    return whole[: len(train)], whole[len(train) :]
