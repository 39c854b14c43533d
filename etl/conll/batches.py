"""Sentences of about one length side by side, padded on the right, in an order that a seed decides."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from etl.conll.coded import Coded
from etl.handoff import to_host, to_torch


@dataclass(frozen=True, eq=False)
class Batch:
    """Some sentences, padded to the longest; 0 where there is no token.

    Attributes
    ----------
    words : array of int64, shape (b, n)
    characters : array of int64, shape (b, n, c)
        As wide as the longest word of the batch.
    mask : array of bool, shape (b, n)
        Where there is a token.
    tags : array of int64, shape (b, n), optional
    rows : array of int64, shape (b,)
        Number of each sentence.
    """

    words: Any
    characters: Any
    mask: Any
    tags: Any
    rows: Any

    def to_torch(self) -> "Batch":
        """The same as tensors on the same device, without a copy."""
        values = (self.words, self.characters, self.mask, self.tags, self.rows)
        return Batch(*(None if array is None else to_torch(array) for array in values))


def plan(lengths: np.ndarray, tokens: int, seed: int, epoch: int = 0) -> list[np.ndarray]:
    """Numbers of the sentences of each batch; each sentence is in one.

    Sentences are sorted by length, those of one length in random order, and cut from the longest down. The
    batches are then put in random order.

    Parameters
    ----------
    lengths : array of int, shape (sentences,)
    tokens : int
        Most places of a batch, padding among them; a longer sentence stands alone.
    seed, epoch : int
        Both decide the order.

    Raises
    ------
    ValueError
        ``tokens`` is less than 1, or a sentence has no token.

    Examples
    --------
    >>> [rows.tolist() for rows in plan(np.array([3, 1, 3, 2]), tokens=6, seed=0)]
    [[2, 0], [3, 1]]
    """
    if tokens < 1:
        raise ValueError(f"tokens is {tokens}; a batch holds at least 1")
    if len(lengths) and int(lengths.min()) < 1:
        raise ValueError(f"sentence {int(lengths.argmin())} has no token; leave it out")
    rng = np.random.default_rng([seed, epoch])
    order = np.lexsort((rng.random(len(lengths)), -lengths))
    cuts, done = [], 0
    while done < len(order):
        done += max(1, tokens // int(lengths[order[done]]))
        cuts.append(done)
    found = np.split(order, cuts[:-1]) if cuts else []
    return [found[place] for place in rng.permutation(len(found))]


def padded_share(lengths: np.ndarray, batches: list[np.ndarray]) -> float:
    """Share of all places that hold no token.

    Examples
    --------
    >>> padded_share(np.array([3, 1]), [np.array([0, 1])])
    0.3333333333333333
    """
    places = sum(len(rows) * int(lengths[rows].max()) for rows in batches)
    filled = sum(int(lengths[rows].sum()) for rows in batches)
    return (places - filled) / places if places else 0.0


def batches(data: Coded, tokens: int = 2000, seed: int = 0, epoch: int = 0) -> Iterator[Batch]:
    """Each sentence once, in the order of `plan`."""
    starts = to_host(data.starts)
    lengths = np.diff(starts)
    order = plan(lengths, tokens, seed, epoch)
    letters = to_host((data.characters > 0).sum(axis=1))
    widths = np.maximum.reduceat(letters, starts[:-1]) if order else lengths
    for rows in order:
        yield pad(data, rows, int(lengths[rows].max()), max(1, int(widths[rows].max())))


def pad(data: Coded, rows: np.ndarray, longest: int, width: int) -> Batch:
    """The sentences of these numbers as a batch with room for so many tokens, of so many characters."""
    xp = data.engine.xp
    there = xp.asarray(rows)
    steps = xp.arange(longest)
    mask = steps < (data.starts[there + 1] - data.starts[there])[:, None]
    places = xp.where(mask, data.starts[there][:, None] + steps, 0)
    return Batch(
        data.words[places].astype("int64") * mask,
        data.characters[:, :width][places].astype("int64") * mask[:, :, None],
        mask,
        None if data.tags is None else data.tags[places].astype("int64") * mask,
        there,
    )
