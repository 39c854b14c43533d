"""Sentences as flat arrays, and padded batches of sentences of about one length."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import torch

from etl.engine import engine_of
from etl.engine.types import Array, Tensor
from etl.handoff import from_torch, to_torch

BUCKET = 50
"""Batches among whose sentences like lengths are gathered."""


class Coded(Protocol):
    """What `Tensors` reads: `Sentences`, or another object with its attributes; ``tags`` may be missing."""

    @property
    def words(self) -> Array:
        """Codes of words, int (tokens,)."""
        ...

    @property
    def characters(self) -> Array:
        """Codes of characters, int (tokens, width)."""
        ...

    @property
    def starts(self) -> Array:
        """First token of each sentence, and their number, int (sentences + 1,)."""
        ...


@dataclass(frozen=True)
class Sentences:
    """Coded tokens of sentences, one after another.

    Attributes
    ----------
    words : int array, shape (tokens,)
        Codes of words; 0 is kept for padding.
    characters : int array, shape (tokens, width)
        Codes of each word's characters from the left, then 0.
    starts : int array, shape (sentences + 1,)
        First token of each sentence, and the number of tokens.
    tags : array, shape (tokens,) or (tokens, K), optional
        Codes of tags, or the probability of each tag.
    """

    words: Array
    characters: Array
    starts: Array
    tags: Array | None = None


@dataclass(frozen=True)
class Batch:
    """Some sentences, padded on the right to the longest.

    Attributes
    ----------
    words : int64 tensor, shape (b, n)
    characters : int64 tensor, shape (b, n, c)
    mask : bool tensor, shape (b, n)
        Where there is a token.
    tags : int64 tensor (b, n), float32 tensor (b, n, K), or None
    places : int64 tensor, shape (b, n)
        Each token's place in the flat arrays; their length where there is no token.
    rows : int64 tensor, shape (b,)
        Each sentence's place.
    """

    words: Tensor
    characters: Tensor
    mask: Tensor
    tags: Tensor | None
    places: Tensor
    rows: Tensor


class Tensors:
    """Sentences as tensors where their arrays lie, with the sizes that make a batch known on the host.

    Parameters
    ----------
    sentences : Sentences, or another `Coded`

    Raises
    ------
    ValueError
        Starts do not fit the words, a sentence is empty, or arrays differ in their number of tokens.
    """

    def __init__(self, sentences: Coded) -> None:
        self.words, self.characters = tensor(sentences.words), tensor(sentences.characters)
        tags = getattr(sentences, "tags", None)
        self.tags = None if tags is None else tensor(tags)
        self.starts = tensor(sentences.starts).long().to(self.words.device)
        ends = self.starts.cpu()
        self.lengths = ends.diff()
        _check(self, ends)
        letters = (self.characters > 0).sum(1)
        rows = torch.repeat_interleave(torch.arange(len(self), device=letters.device), self.starts.diff())
        widest = torch.zeros(len(self), dtype=letters.dtype, device=letters.device)
        self.widths = widest.scatter_reduce(0, rows, letters, "amax").cpu()

    def __len__(self) -> int:
        return len(self.lengths)

    @property
    def tokens(self) -> int:
        """Number of tokens."""
        return len(self.words)

    def batch(self, rows: Tensor) -> Batch:
        """The sentences of these places (int64 tensor in host memory) as a padded batch."""
        device, n, c = self.words.device, int(self.lengths[rows].max()), max(1, int(self.widths[rows].max()))
        # A copy that is not waited for: rows in pageable memory are read before the call returns.
        rows_there, steps = rows.to(device, non_blocking=True), torch.arange(n, device=device)
        mask = steps < (self.starts[rows_there + 1] - self.starts[rows_there])[:, None]
        places = self.starts[rows_there][:, None] + steps
        read = places.clamp(max=self.tokens - 1)
        words = self.words[read].long() * mask
        characters = self.characters[:, :c][read].long() * mask[:, :, None]
        return Batch(words, characters, mask, self._tags(read), places.where(mask, self.tokens), rows_there)

    def _tags(self, read: Tensor) -> Tensor | None:
        if self.tags is None:
            return None
        return self.tags[read].float() if self.tags.ndim == 2 else self.tags[read].long()


def _check(data: Tensors, ends: Tensor) -> None:
    if len(ends) < 2 or int(ends[0]) != 0 or int(ends[-1]) != data.tokens:
        raise ValueError(
            f"starts must run from 0 to the number of words, {data.tokens}, over at least one sentence"
        )
    if bool((data.lengths < 1).any()):
        raise ValueError(f"sentence {int((data.lengths < 1).int().argmax())} has no word; leave it out")
    for name, values in (("characters", data.characters), ("tags", data.tags)):
        if values is not None and len(values) != data.tokens:
            raise ValueError(f"{name} has {len(values)} rows for {data.tokens} words; it needs a row a word")
    if data.characters.ndim != 2:
        raise ValueError("characters must have shape (tokens, width): each word's codes, then zeros")


def tensor(values: Array | Tensor) -> Tensor:
    """The values as a tensor where they lie."""
    if isinstance(values, torch.Tensor):
        return values
    kind = values.dtype
    if kind.kind == "u" and kind.itemsize > 1:
        values = values.astype("int64")
    return to_torch(values)


def like(found: Tensor, values: Array | Tensor) -> Array | Tensor:
    """A tensor in the kind of values that were given.

    Parameters
    ----------
    found : tensor
    values : array or tensor
        A tensor asks for a tensor; an array for an array of its engine.
    """
    return found if isinstance(values, torch.Tensor) else from_torch(found, engine_of(values))


def shuffled(data: Tensors, size: int, generator: torch.Generator) -> Iterator[Batch]:
    """Each sentence once, like lengths together, batches in random order.

    Parameters
    ----------
    data : Tensors
    size : int
        Sentences a batch.
    generator : torch.Generator
        In host memory.

    Examples
    --------
    >>> import numpy
    >>> few = Tensors(Sentences(numpy.arange(1, 7), numpy.ones((6, 2), int), numpy.array([0, 1, 3, 6])))
    >>> [batch.words.shape[0] for batch in shuffled(few, 2, torch.Generator().manual_seed(0))]
    [1, 2]
    """
    order = torch.randperm(len(data), generator=generator)
    buckets = [bucket[data.lengths[bucket].argsort(stable=True)] for bucket in order.split(size * BUCKET)]
    cut = [rows for bucket in buckets for rows in bucket.split(size)]
    for k in torch.randperm(len(cut), generator=generator).tolist():
        yield data.batch(cut[k])


def by_length(data: Tensors, most: int) -> Iterator[Batch]:
    """Each sentence once, longest first.

    Parameters
    ----------
    data : Tensors
    most : int
        Padded tokens of a batch; one of a longer sentence holds that alone.
    """
    order, lengths = data.lengths.sort(descending=True, stable=True)[1], data.lengths
    done = 0
    while done < len(order):
        count = max(1, most // int(lengths[order[done]]))
        yield data.batch(order[done : done + count])
        done += count
