"""The demonstration: documents of known topics, in words that are made up but can be read."""

from typing import Any

from etl.engine import Engine
from etl.handoff import from_host
from etl.text import simulate
from etl.text.counts import placed

DOCUMENTS, WORDS, TOPICS = 6_000, 3_000, 20
MIXED = 2.0
"""Sum of the Dirichlet parameters: a document is mostly about two or three topics."""
LENGTH = 150.0
"""Tokens of a document, in the mean."""
_SYLLABLES = [first + second for first in "bdfgklmnprstvz" for second in "aeiou"]


def words(count: int) -> list[str]:
    """So many different words of three syllables.

    Examples
    --------
    >>> words(3), len(set(words(3000)))
    (['babavo', 'guruva', 'nuloti'], 3000)
    """
    base = len(_SYLLABLES)
    codes = [(number * 96_527 + 63) % base**3 for number in range(count)]
    places = [(code // base**2, code // base % base, code % base) for code in codes]
    return ["".join(_SYLLABLES[place] for place in three) for three in places]


def demonstration(engine: Engine, seed: int) -> tuple[Any, list[str], Any]:
    """Counts, their words, and the shares of words in the topics that they were drawn from."""
    counts, truth = simulate.corpus(DOCUMENTS, WORDS, TOPICS, MIXED, LENGTH, seed)
    return placed(counts, engine), words(WORDS), from_host(truth.topics, engine)
