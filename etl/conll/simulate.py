"""Sentences of known names, drawn from a small grammar: for demonstrations and tests."""

import numpy as np

from etl.conll.corpus import Corpus, build

PATTERNS = (
    "PER met PER in LOC",
    "the office of ORG in LOC has a new head , PER",
    "PER , who leads ORG , went to LOC",
    "ORG said that PER would visit LOC next month",
    "shares of ORG fell after PER left",
    "people in LOC like PER and the team of ORG",
    "it rained in LOC all day",
    "PER is in the news again",
    "LOC is in the news again",
    "ORG is in the news again",
    "PER beat PER by two goals",
    "LOC beat ORG by two goals",
    "nothing was heard of this for a year",
    "we did not know what to say about it",
    "the price of bread has gone up again",
    "all of them said that they had been there before",
    "there is little that one can do now",
    "the talks go on",
    "most of it was lost in the fire",
)
"""Upper-case words stand for names, whose type some patterns tell; a sentence joins one to three of them."""
TAILS = {"PER": ("", "ov", "sen"), "LOC": ("", "burg", "ia"), "ORG": ("", "corp", "bank")}
"""Endings of names: the empty one tells nothing of the type."""
NAMES = 1_000
"""Names of each type, of which some are much commoner than others."""
LEADS = {"PER": ("Dr",), "LOC": ("North",), "ORG": ("Bank", "of")}
"""Words that a name may begin with."""
_SYLLABLES = [first + second for first in "bdfgklmnprstvz" for second in "aeiou"]


def sentences(count: int, seed: int = 0) -> Corpus:
    """Tagged sentences, in IOB2.

    Types are told by endings of some names and by the words around others; the commonest words of names are
    shared between types, so that a list of names is not enough.

    Parameters
    ----------
    count : int
        Sentences to draw.
    seed : int

    Examples
    --------
    >>> few = sentences(2, seed=3)
    >>> len(few), few.names[0], few.tokens > 8
    (2, 'O', True)
    """
    rng = np.random.default_rng(seed)
    known = {kind: _names(kind) for kind in TAILS}
    words, tags, numbers = [], [], []
    for number in range(count):
        for part in range(1 + int(rng.integers(3))):
            for word in ["and"][:part] + PATTERNS[int(rng.integers(len(PATTERNS)))].split():
                here = _name(known[word], word, rng) if word in known else [word]
                words += here
                tags += [f"{'I' if k else 'B'}-{word}" if word in known else "O" for k in range(len(here))]
                numbers += [number] * len(here)
    return build(words, tags, numbers)


def _names(kind: str) -> list[str]:
    """Words of names: the same for all types, but for the endings of most."""
    base = np.random.default_rng(0)
    stems = ["".join(base.choice(_SYLLABLES, 2)).capitalize() for _ in range(NAMES)]
    return [stem + TAILS[kind][k % 3] for k, stem in enumerate(stems)]


def _name(known: list[str], kind: str, rng: np.random.Generator) -> list[str]:
    """A name of one word to three; the chance of a word falls with its place in the list."""
    place = int(len(known) * rng.random() ** 2)
    lead = list(LEADS[kind]) if rng.random() < 0.15 else []
    return [*lead, known[place]] + ([known[int(len(known) * rng.random())]] if rng.random() < 0.2 else [])
