"""Sequences of tokens that follow each other in a document, made from the tokens' codes."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.handoff import to_host
from etl.text.tokens import Tokens


@dataclass(frozen=True)
class Grams(Tokens):
    """Sequences of n tokens, coded. A sequence is one of n - 1 tokens, its stem, and a last token.

    Attributes
    ----------
    stems, lasts : array of int, shape (sequences,)
        Numbers of the stem and of the last word of each, in host memory.
    shorter, single : Tokens
        What they are numbers in.
    """

    stems: np.ndarray
    lasts: np.ndarray
    shorter: Tokens
    single: Tokens

    @property
    def words(self) -> int:
        """How many sequences there are."""
        return len(self.stems)

    def names(self, which: np.ndarray) -> pa.Array:
        """Words joined by a blank."""
        stems, lasts = self.shorter.names(self.stems[which]), self.single.names(self.lasts[which])
        return pc.binary_join_element_wise(stems, lasts, pa.scalar(" ", stems.type))


def grams(tokens: Tokens, low: int = 1, high: int = 1) -> list[Tokens]:
    """All sequences of ``low`` to ``high`` tokens.

    Parameters
    ----------
    tokens : Tokens
    low, high : int
        Tokens of a sequence, at least and at most: 1 <= low <= high.

    Returns
    -------
    list of Tokens
        The sequences of each length, coded as words are, from the shortest.

    Examples
    --------
    >>> from etl.text.tokens import tokenise
    >>> one, two = grams(tokenise(["to be or not to be"]), 1, 2)
    >>> two.codes.tolist(), two.names(range(two.words)).to_pylist()
    ([0, 1, 2, 3, 0], ['to be', 'be or', 'or not', 'not to'])
    """
    lengths: list[Tokens] = [tokens]
    for _ in range(1, high):
        lengths.append(_longer(lengths[-1], tokens))
    return lengths[low - 1 :]


def _longer(shorter: Tokens, single: Tokens) -> Grams:
    xp, df = single.engine.xp, single.engine.df
    room = xp.maximum(xp.diff(shorter.starts) - 1, 0)
    starts = xp.concatenate([xp.zeros(1, "int64"), xp.cumsum(room, dtype="int64")])
    place = xp.arange(int(starts[-1]))
    document = xp.searchsorted(starts, place, side="right") - 1
    inside = place - starts[document]
    stem = shorter.codes[shorter.starts[document] + inside].astype("int64")
    last = single.codes[single.starts[document] + inside + _order(shorter)]
    codes, pairs = df.Series(stem * single.words + last).factorize()
    stems, lasts = np.divmod(to_host(pairs.values), max(single.words, 1))
    return Grams(xp.asarray(codes).astype("int32"), starts, None, stems, lasts, shorter, single)


def _order(tokens: Tokens) -> int:
    """Words of a sequence."""
    return 1 + _order(tokens.shorter) if isinstance(tokens, Grams) else 1
