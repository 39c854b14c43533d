"""What a tagger learns from and is judged by: sentences as people read them, and as codes of a vocabulary."""

import zlib
from dataclasses import dataclass

from etl.conll import coded, vocabulary
from etl.conll.coded import Coded
from etl.conll.corpus import Corpus
from etl.conll.vocabulary import Vocabulary
from etl.engine import Engine
from etl.engine.types import Array
from etl.handoff import to_host
from models.tagger.network import LETTERS, SIZE
from models.tagger.word_vectors import word_vectors


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
    vectors: Array

    @property
    def sizes(self) -> tuple[int, int]:
        """Numbers of codes of words and of characters."""
        return len(self.words), len(self.characters)

    @property
    def key(self) -> int:
        """A number that tells these sentences, tags and split from others."""
        parts = [self.pool.words, self.pool.starts, self.pool.tags, self.held.words, self.held.tags]
        return zlib.crc32(b"".join(to_host(part).tobytes() for part in parts))


def dataset(train: Corpus, test: Corpus, engine: Engine, seed: int) -> Dataset:
    """Code both by the vocabulary of the pool, which is known before any of its tags.

    Parameters
    ----------
    train, test : Corpus
        With tags of the same names; see `etl.conll.split.one_scheme`.
    engine : Engine
        Where the codes lie.
    seed : int
        Of the word vectors.
    """
    words = vocabulary.words(train.words, digits=True, lowercase=True)
    characters = vocabulary.characters(train.words)
    pool, held = (coded.code(part, words, characters, engine, LETTERS) for part in (train, test))
    vectors = word_vectors(pool.words, pool.starts, len(words), size=SIZE, seed=seed)
    return Dataset(train, test, pool, held, train.names, words, characters, vectors)
