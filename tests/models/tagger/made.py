"""Sentences whose tags follow from the words' last letters, and small networks to learn them."""

from functools import partial
from itertools import pairwise

import numpy as np
import torch

from models.tagger.legality import legal
from models.tagger.sentences import Sentences
from models.tagger.tagger import tagger

TAGS = ["O", *(f"{prefix}-{kind}" for kind in "PQ" for prefix in "BIES")]
WORDS, LETTERS, RULE = 401, 12, legal(TAGS)
TINY = {"embedding": 8, "character_embedding": 8, "character_filters": 24, "dropout": 0.1}
BELOW = {"cnn": {"filters": 48}, "transformer": {"width": 48}}
ABOVE = {"lstm": {"hidden": 32}, "crf": {}, "linear": {}}


def small(encoder="cnn", decoder="crf", rule=None, **options):
    """A function that builds a small tagger."""
    return partial(
        tagger,
        WORDS,
        LETTERS,
        len(TAGS),
        encoder=encoder,
        decoder=decoder,
        legal=rule,
        lexical_options=TINY,
        encoder_options=BELOW[encoder],
        decoder_options={**ABOVE[decoder], **options},
    )


def sentences(count, seed=0):
    """Runs of words that end in 1 are names: of type Q after a word that ends in 2, else of type P."""
    rng, language = np.random.default_rng(seed), np.random.default_rng(99)
    sizes = language.integers(2, 7, WORDS - 1)
    forms = language.integers(3, LETTERS, (WORDS - 1, 6)) * (np.arange(6) < sizes[:, None])
    last = language.choice([3, 1, 2], WORDS - 1, p=[0.6, 0.25, 0.15])
    forms[np.arange(WORDS - 1), sizes - 1] = last
    starts = np.concatenate([[0], rng.integers(1, 15, count).cumsum()])
    words = rng.integers(0, WORDS - 1, starts[-1])
    tags = [tag for a, b in pairwise(starts) for tag in tagged(last[words[a:b]])]
    return Sentences(words + 1, forms[words], starts, np.array(tags))


def tagged(last):
    """Tags of a sentence from its words' last letters."""
    tags, t = [0] * len(last), 0
    while t < len(last):
        end = t
        while end < len(last) and last[end] == 1:
            end += 1
        kind = "Q" if t and last[t - 1] == 2 else "P"
        marks = "S" if end - t == 1 else "B" + "I" * (end - t - 2) + "E"
        for place, mark in zip(range(t, end), marks, strict=False):
            tags[place] = TAGS.index(f"{mark}-{kind}")
        t = max(end, t + 1)
    return tags


def names(tags, starts):
    """(first token, last token, type) of each complete name."""
    found, begun = set(), None
    for t, tag in enumerate(TAGS[code] for code in tags):
        prefix, kind = tag[0], tag[2:]
        begun = None if t in starts else begun
        if prefix in "BS":
            begun = t, kind
        if prefix in "ES" and begun and begun[1] == kind:
            found.add((begun[0], t, kind))
        if prefix in "OES":
            begun = None
    return found


def f1(found, truth):
    """Harmonic mean of precision and recall of complete names."""
    one, other = names(found, truth.starts), names(truth.tags, truth.starts)
    return 2 * len(one & other) / (len(one) + len(other))


def padded(lengths=(3, 1, 2), size=5, seed=0):
    """Random features and their mask."""
    generator = torch.Generator().manual_seed(seed)
    mask = torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]
    return torch.randn(len(lengths), max(lengths), size, generator=generator) * mask[:, :, None], mask


def spread(module, seed=1, scale=0.7):
    """The module in evaluation mode, with all its weights drawn anew and wide."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for part in module.parameters():
            part.copy_(scale * torch.randn(part.shape, generator=generator))
    return module.eval()
