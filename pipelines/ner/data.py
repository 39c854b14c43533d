"""Sentences for the named-entity pipeline: read or made up, split, and coded for a network."""

import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from etl.conll import coded, corpus, gmb, read, schemes, simulate, vocabulary
from etl.conll.coded import Coded
from etl.conll.corpus import Corpus
from etl.conll.vocabulary import Vocabulary
from etl.engine import Engine
from etl.handoff import to_host
from models.tagger.word_vectors import word_vectors
from pipelines.ner.config import Config
from pipelines.ner.model import LETTERS, SIZE

MADE_UP = 2_500
"""Sentences of the demonstration."""
HELD = 0.2
"""Share of the words to judge by, where there is no test set."""
FORMS = (".conll", ".iob2", ".csv", ".zip")
"""Files that are read of a directory."""
LEAST = 3
"""Sentences that a comparison can be made of."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """What is learnt from, and what is judged by; tags are BIOES.

    Attributes
    ----------
    train, test : Corpus
        As they were read, for people and for the shallow model.
    pool, held : Coded
        The same as codes, on the device.
    names : tuple of str
        Of tags.
    words, characters : Vocabulary
    vectors : array of float32, shape (codes, SIZE)
        Of words, from the sentences of the pool without their tags.
    """

    train: Corpus
    test: Corpus
    pool: Coded
    held: Coded
    names: tuple[str, ...]
    words: Vocabulary
    characters: Vocabulary
    vectors: Any

    @property
    def key(self) -> int:
        """A number that tells these sentences, tags and split from others."""
        parts = [self.pool.words, self.pool.starts, self.pool.tags, self.held.words, self.held.tags]
        return zlib.crc32(b"".join(to_host(part).tobytes() for part in parts))


def load(config: Config) -> tuple[Corpus, Corpus, str]:
    """Sentences to learn from, sentences to judge by, and how they were split."""
    if config.data is None:
        every, told = simulate.sentences(MADE_UP, config.seed), "none were given, so they are made up; "
    else:
        every, told = sentences(config.data, config), ""
    rng = np.random.default_rng(config.seed)
    if config.test is not None:
        test = sentences(config.test, config)
        train = draw(every, config.words, rng)[0]
        told += f"judged by {config.test.name}"
    else:
        most = None if config.words is None else config.words + config.words // 4
        part = draw(every, most, rng)[0]
        train, test = draw(part, round((1 - HELD) * part.tokens), rng)
        told += f"judged by a random fifth, {len(test):,} sentences"
    if min(len(train), len(test)) < LEAST:
        raise ValueError(f"{config.data} leaves {len(train)} and {len(test)} sentences; give more of them")
    return *_one_scheme(train, test), told


def sentences(path: Path, config: Config) -> Corpus:
    """Sentences of a file, in the form that its name tells, or of all such files of a directory.

    Raises
    ------
    FileNotFoundError
    ValueError
        The file cannot be read, or holds no tagged span.
    """
    if path.is_dir():
        return corpus.concat([sentences(part, config) for part in _parts(path)])
    if path.suffix in (".zip", ".csv"):
        found = gmb.gmb(path, config.encoding)
    else:
        found = read.iob2(path) if path.suffix == ".iob2" else read.conll(path, *config.columns)
    if found.names == ("O",):
        raise ValueError(f"{path} holds no tag but O; name its columns of words and tags with --columns")
    return found


def _parts(folder: Path) -> list[Path]:
    found = sorted(part for part in folder.iterdir() if part.suffix in FORMS)
    if not found:
        raise FileNotFoundError(f"{folder} holds no file that ends in {', '.join(FORMS)}; name one")
    return found


def draw(every: Corpus, words: int | None, rng: np.random.Generator) -> tuple[Corpus, Corpus]:
    """Random sentences of at least so many words, and the others."""
    order = rng.permutation(len(every))
    if words is None:
        return every, every[:0]
    count = int((every.lengths[order].cumsum() < words).sum()) + 1
    return every[np.sort(order[:count])], every[np.sort(order[count:])]


def _one_scheme(train: Corpus, test: Corpus) -> tuple[Corpus, Corpus]:
    """Both with tags in BIOES, of one list."""
    both = corpus.concat([train, test])
    tags, names = schemes.convert(both.tags, both.starts, both.names)
    whole = replace(both, tags=tags, names=names)
    return whole[: len(train)], whole[len(train) :]


def task(train: Corpus, test: Corpus, engine: Engine, seed: int) -> Dataset:
    """Code both by the vocabulary of the pool, which is known before any of its tags."""
    words = vocabulary.words(train.words, digits=True, lowercase=True)
    characters = vocabulary.characters(train.words)
    pool, held = (coded.code(part, words, characters, engine, LETTERS) for part in (train, test))
    vectors = word_vectors(pool.words, pool.starts, len(words), size=SIZE, seed=seed)
    return Dataset(train, test, pool, held, train.names, words, characters, vectors)
