"""Tagged sentences as flat arrays, one sentence after the other."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


@dataclass(frozen=True, eq=False)
class Corpus:
    """Words and tags of sentences, in host memory.

    Attributes
    ----------
    words : pyarrow array of large_string, shape (tokens,)
    tags : array of int32, shape (tokens,)
        Places in ``names``.
    names : tuple of str
        The tags that there are.
    starts : array of int64, shape (sentences + 1,)
        First token of each sentence, and the number of tokens.
    ids : pyarrow array of large_string, shape (sentences,), optional
        What the file calls each sentence, null where it does not say.

    Examples
    --------
    >>> few = build(["In", "Rome", "Yes"], ["O", "B-LOC", "O"], [0, 0, 1])
    >>> len(few), few.tokens, few.names
    (2, 3, ('O', 'B-LOC'))
    >>> few[:1].words.to_pylist()
    ['In', 'Rome']
    """

    words: pa.Array
    tags: np.ndarray
    names: tuple[str, ...]
    starts: np.ndarray
    ids: pa.Array | None = None

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def tokens(self) -> int:
        """Number of words."""
        return len(self.words)

    @property
    def lengths(self) -> np.ndarray:
        """Words of each sentence, int64."""
        return np.diff(self.starts)

    def take(self, rows: slice | np.ndarray | Sequence[int]) -> "Corpus":
        """Sentences of these numbers, in that order; a slice or a mask serves as well.

        Raises
        ------
        IndexError
            There is no sentence of a number.
        """
        chosen = np.atleast_1d(np.arange(len(self))[rows])
        starts, tokens = gather(self.starts, chosen)
        ids = None if self.ids is None else self.ids.take(pa.array(chosen))
        return Corpus(self.words.take(pa.array(tokens)), self.tags[tokens], self.names, starts, ids)

    __getitem__ = take

    def named(self, names: Sequence[str]) -> "Corpus":
        """The same sentences with tags coded by these names, as another corpus's are.

        Raises
        ------
        ValueError
            A tag of the corpus is not among the names.
        """
        lacking = [name for name in self.names if name not in names]
        if lacking:
            raise ValueError(f"names hold no {', '.join(lacking)}; give the names of both corpora")
        codes = np.array([names.index(name) for name in self.names], "int32")
        return replace(self, tags=codes[self.tags], names=tuple(names))

    def tag_names(self) -> pa.Array:
        """The tag of each word, as text."""
        return pa.array(self.names, pa.large_string()).take(pa.array(self.tags))


def gather(starts: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the tokens of some sentences lie.

    Parameters
    ----------
    starts : array of int64, shape (sentences + 1,)
        First token of each sentence, and the number of tokens.
    rows : array of int, shape (chosen,)
        Numbers of the chosen sentences, in any order.

    Returns
    -------
    starts : array of int64, shape (chosen + 1,)
        Of the chosen sentences, one after the other.
    tokens : array of int64, shape (chosen tokens,)
        Where their tokens lay before.
    """
    lengths = np.diff(starts)[rows]
    fresh = np.concatenate([np.zeros(1, "int64"), np.cumsum(lengths, dtype="int64")])
    return fresh, np.arange(fresh[-1]) + np.repeat(starts[rows] - fresh[:-1], lengths)


def build(
    words: pa.Array | Sequence[str],
    tags: pa.Array | Sequence[str],
    sentence: np.ndarray | Sequence[int],
    ids: pa.Array | None = None,
) -> Corpus:
    """A corpus from a row a token; its tags are named with O first, then by type and prefix.

    Parameters
    ----------
    words, tags : pyarrow arrays or sequences of str, shape (tokens,)
    sentence : array or sequence of int, shape (tokens,)
        Number of each token's sentence, from 0 upwards; numbers do not fall, and may leave some out.
    ids : pyarrow array of large_string, shape (sentences,), optional
        Of the sentences that have tokens.
    """
    text = pa.array(tags, pa.large_string())
    names = sorted(pc.unique(text).to_pylist(), key=lambda name: (name != "O", name[1:], name))
    codes = pc.index_in(text, value_set=pa.array(names, pa.large_string()))
    breaks = np.flatnonzero(np.diff(np.asarray(sentence), prepend=-1))
    starts = np.append(breaks, len(text)).astype("int64")
    return Corpus(pa.array(words, pa.large_string()), codes.to_numpy(), tuple(names), starts, ids)


def concat(parts: Sequence[Corpus]) -> Corpus:
    """All sentences as one corpus, with the tags of all; ids are kept where every part has them.

    Raises
    ------
    ValueError
        There are no parts.
    """
    if not parts:
        raise ValueError("there are no parts to join; give at least one corpus")
    numbers = np.repeat(np.arange(sum(map(len, parts))), np.concatenate([part.lengths for part in parts]))
    every = [part.ids for part in parts if part.ids is not None]
    return build(
        pa.concat_arrays([part.words for part in parts]),
        pa.concat_arrays([part.tag_names() for part in parts]),
        numbers,
        pa.concat_arrays(every) if len(every) == len(parts) else None,
    )
