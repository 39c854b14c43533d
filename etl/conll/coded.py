"""Sentences whose words, characters and tags are codes: what a network is given."""

from dataclasses import dataclass

from etl.conll.corpus import Corpus
from etl.conll.vocabulary import Vocabulary
from etl.engine import Engine, engine_of
from etl.engine.types import Array
from etl.handoff import from_host


@dataclass(frozen=True, eq=False)
class Coded:
    """Codes of tokens, one sentence after the other, where the engine that was asked for holds them.

    Attributes
    ----------
    words : array of int32, shape (tokens,)
        0 is kept for padding.
    characters : array of int32, shape (tokens, width)
        Codes of each word's characters from the left, then 0.
    starts : array of int64, shape (sentences + 1,)
    tags : array of int32, shape (tokens,), optional
    """

    words: Array
    characters: Array
    starts: Array
    tags: Array | None = None

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def engine(self) -> Engine:
        """Engine of the library that holds the codes."""
        return engine_of(self.words)


def code(
    corpus: Corpus, words: Vocabulary, characters: Vocabulary, engine: Engine, width: int | None = None
) -> Coded:
    """Code a corpus.

    Parameters
    ----------
    corpus : Corpus
    words, characters : Vocabulary
        Of words, and of their characters.
    engine : Engine
        Where the codes are held.
    width : int, optional
        Characters of a word that count; by default all of the longest.

    Examples
    --------
    >>> from etl.conll import corpus, vocabulary
    >>> from etl.engine import choose
    >>> few = corpus.build(["ab", "b"], ["O", "O"], [0, 1])
    >>> found = code(few, vocabulary.words(few.words), vocabulary.characters(few.words), choose("cpu"))
    >>> found.words.tolist(), found.characters.tolist()
    ([2, 3], [[3, 2], [2, 0]])
    """
    arrays = words.codes(corpus.words), characters.spelt(corpus.words, width), corpus.starts, corpus.tags
    return Coded(*(from_host(each, engine) for each in arrays))
