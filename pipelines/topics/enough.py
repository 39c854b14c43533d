"""Whether documents are enough to learn topics from: said before any work, with what to do about it."""

from typing import Literal

import numpy as np

from etl.pieces import Pieces
from etl.text.holdout import held_out
from pipelines.topics.config import Config

LONG = 3
"""Words of a document from which topics can be learnt: the tensor is of three."""


def check_texts(config: Config, frames: Pieces) -> None:
    """Refuse texts of which none is left.

    Raises
    ------
    ValueError
        All rows were blank, or there was none.
    """
    if not len(frames):
        where = " and ".join(config.columns.text)
        raise ValueError(
            f"{config.data} holds no document: no row has text in {where}; name its columns with --text"
        )


def check(topics: int | Literal["auto"], lengths: np.ndarray, words: int) -> None:
    """Refuse documents that no topics can be learnt from, or not so many.

    Parameters
    ----------
    topics : int or "auto"
    lengths : array of int64, shape (documents,)
        Words of each document that are in the vocabulary.
    words : int
        Of the vocabulary.

    Raises
    ------
    ValueError
        There are too few documents or words, or all documents are short.

    Examples
    --------
    >>> check(2, np.full(9, 4), 1)
    Traceback (most recent call last):
    ValueError: one word alone is counted, and tells no topics apart; lower --min-df or raise --max-df
    """
    size, longest = len(lengths), int(lengths.max(initial=0))
    if words < 2:
        raise ValueError(
            "one word alone is counted, and tells no topics apart; lower --min-df or raise --max-df"
        )
    learnt = size - held_out(size, True)
    if learnt < 2:
        raise ValueError(
            f"{size:,} documents are too few: one at least is held out, and topics are learnt from "
            "two or more; give more documents"
        )
    if longest < LONG:
        most = "two" if longest < 2 else "three"
        raise ValueError(
            f"no document has {most} words of the vocabulary; give longer documents, join short ones, or "
            "lower --min-df"
        )
    fewest = min(learnt, words)
    if isinstance(topics, int) and topics > fewest:
        raise ValueError(
            f"--topics {topics} is more than the {learnt:,} documents that are learnt from, or the {words:,} "
            f"words; take --topics {fewest} or fewer"
        )
