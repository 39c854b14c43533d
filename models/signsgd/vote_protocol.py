"""Where tensors lie in the words of a message, and what is answered to the workers' words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import torch

from etl.engine.types import TorchDevice
from models.signsgd.bitpack import WORD, words_of
from models.signsgd.codec import majority
from models.signsgd.majority import Ties
from models.signsgd.weights import agreement, weighted_majority

HEAD = 2
"""Words before the vote in an answer: whether anyone voted, and the votes that one worker could turn."""


@dataclass(frozen=True)
class WordLayout:
    """Tensors in one row of words; each begins a word, so that its bits do not depend on its neighbours.

    Attributes
    ----------
    sizes : tuple of int
        Coordinates of each.
    firsts : tuple of int
        Place of its first word in the whole model: the hash that breaks ties is the same in any bucket.

    Examples
    --------
    >>> layout = WordLayout((3, 65), (0, 1))
    >>> layout.starts, layout.words, layout.coordinates(0, 2)
    ((0, 1), 3, 67)
    """

    sizes: tuple[int, ...]
    firsts: tuple[int, ...]

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """First word of each tensor."""
        starts = [0]
        for size in self.sizes[:-1]:
            starts.append(starts[-1] + words_of(size))
        return tuple(starts)

    @property
    def words(self) -> int:
        """Words of all tensors."""
        return sum(words_of(size) for size in self.sizes)

    def coordinates(self, start: int, stop: int) -> int:
        """Coordinates in the words from ``start`` to ``stop``."""
        return sum(
            max(0, min(size, (stop - begin) * WORD) - max(0, (start - begin) * WORD))
            for begin, size in zip(self.starts, self.sizes, strict=True)
        )

    def spans(self, start: int, stop: int) -> Iterator[tuple[slice, int]]:
        """Words of each tensor, counted from ``start``, and the place of the first in the whole model."""
        for begin, size, first in zip(self.starts, self.sizes, self.firsts, strict=True):
            low, high = max(begin, start), min(begin + words_of(size), stop)
            if low < high:
                yield slice(low - start, high - start), first + low - begin

    def clear(self, rows: torch.Tensor, start: int) -> None:
        """Set padding bits of rows that begin at word ``start`` to 0, whatever was sent in them."""
        rows[:, max(0, self.words - start) :] = 0
        columns, bits = _partial(self, start, rows.shape[1], rows.device)
        rows[:, columns] &= bits


@lru_cache(maxsize=256)
def _partial(
    layout: WordLayout, start: int, width: int, device: TorchDevice
) -> tuple[torch.Tensor, torch.Tensor]:
    """Words that a tensor ends within, counted from ``start``, and the bits it has there; copied once."""
    ends = [(begin + size // WORD - start, size % WORD)
            for begin, size in zip(layout.starts, layout.sizes, strict=True)]  # fmt: skip
    inside = [(last, (1 << rest) - 1) for last, rest in ends if rest and 0 <= last < width]
    found = torch.tensor(inside, dtype=torch.int64, device=device).view(-1, 2)
    return found[:, 0], found[:, 1]


class VoteRules(NamedTuple):
    """How the votes of a step are counted; the same on all workers."""

    ties: Ties
    seed: int
    step: int
    weights: Sequence[float] | None
    """Of each worker; None counts all alike."""
    counted: bool
    """Whether to count agreement with the vote, which a worker monitor needs."""


class VoteResult(NamedTuple):
    """Result of a vote."""

    vote: torch.Tensor
    mask: torch.Tensor | None
    """Bits of undecided coordinates are 0; None where all are decided."""
    agree: list[int]
    """Coordinates in which each worker agreed with the unweighted vote; an undecided one is half."""
    seen: list[int]
    """Coordinates on which each worker voted."""
    close: int
    """Coordinates that one worker could have turned."""


def count_votes(
    rows: torch.Tensor, flags: torch.Tensor, layout: WordLayout, start: int, rules: VoteRules
) -> torch.Tensor:
    """Answer to the workers' words from one word on: head, vote, mask if ties abstain, agreement.

    Any bits are a valid vote: padding is cleared, and of a flag only bit 0, "abstains", is read.

    Parameters
    ----------
    rows : int64 tensor, shape (M, S)
        Padding in them is cleared.
    flags : int64 tensor, shape (M,)
    layout : WordLayout
    start : int
        Word of the layout that the rows begin with.
    rules : VoteRules

    Returns
    -------
    int64 tensor, shape (HEAD + S or 2 S + M,)
        Agreement is -1 for those that abstained.
    """
    layout.clear(rows, start)
    # 1. Who votes, and with what weight: one who abstains has none. The host must know, since rows that
    # abstain are not counted.
    present = [not flag & 1 for flag in flags.tolist()]
    weights = rules.weights or [1.0] * len(rows)
    weights = [w if here else 0.0 for w, here in zip(weights, present, strict=True)]
    # 2. The vote; undecided where no one votes.
    vote, mask = _vote(rows, weights, layout, start, rules)
    # 3. Agreement with the unweighted vote, and votes that one worker could turn.
    agree = torch.zeros(len(rows), dtype=torch.int64, device=rows.device)
    close = torch.zeros(1, dtype=torch.int64, device=rows.device)
    if rules.counted and any(present):
        reference = vote if len(set(weights) - {0.0}) == 1 else _unweighted(rows, present, rules)
        agree, close = _agreement(rows, present, reference, mask, layout, start)
    for count, here in zip(agree, present, strict=True):
        if not here:
            count.fill_(-1)
    # 4. One message, which `decode` takes apart.
    head = torch.full_like(close, int(any(weights)))
    return torch.cat([head, close, vote, *([mask] if rules.ties == "abstain" else []), agree])


def _vote(
    rows: torch.Tensor, weights: list[float], layout: WordLayout, start: int, rules: VoteRules
) -> tuple[torch.Tensor, torch.Tensor]:
    """Vote and mask of the rows; tensor by tensor where a hash breaks ties, since its words have a place."""
    vote, mask = torch.zeros_like(rows[0]), torch.full_like(rows[0], -1)
    if any(weights):
        spans = layout.spans(start, start + len(vote)) if rules.ties == "random" else [(slice(None), 0)]
        for part, first in spans:
            _count(rows[:, part], weights, rules, first, vote[part], mask[part])
    layout.clear(vote[None], start)
    return vote, mask


def _count(
    rows: torch.Tensor,
    weights: list[float],
    rules: VoteRules,
    first: int,
    vote: torch.Tensor,
    mask: torch.Tensor,
) -> None:
    """Fill the vote and the mask, by plain counting where all weights are equal."""
    keys = {"step": rules.step, "seed": rules.seed, "first": first}
    if len(set(weights) - {0.0}) == 1 and max(weights) > 0:
        result = majority(rows, rules.ties, abstained=[not w for w in weights], **keys)
    else:
        result = weighted_majority(rows, weights, rules.ties, n=rows.shape[1] * WORD, **keys)
    vote.copy_(result[0] if rules.ties == "abstain" else result)
    if rules.ties == "abstain":
        mask.copy_(result[1])


def _unweighted(rows: torch.Tensor, present: list[bool], rules: VoteRules) -> torch.Tensor:
    """Vote by which workers are judged: in a weighted one, a worker of great weight agrees with itself."""
    return majority(rows, step=rules.step, seed=rules.seed, abstained=[not here for here in present])


def _agreement(
    rows: torch.Tensor,
    present: list[bool],
    vote: torch.Tensor,
    mask: torch.Tensor,
    layout: WordLayout,
    start: int,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Agreement of each worker, (M,), and coordinates that one of those present could turn, (1,)."""
    bits, n = len(vote) * WORD, layout.coordinates(start, start + len(vote))
    undecided = bits - agreement(mask[None], torch.full_like(mask, -1), bits)
    agree = agreement(rows & mask, vote & mask, bits) - (bits - n) - undecided // 2
    return agree, _close(torch.stack([row for row, here in zip(rows, present, strict=True) if here]), n)


def _close(rows: torch.Tensor, n: int) -> torch.Tensor:
    """Coordinates with as many minuses as pluses, or one more or less: two more votes would turn them."""
    if len(rows) < 2:
        return torch.full((1,), n * len(rows), dtype=torch.int64, device=rows.device)
    extra = torch.zeros((1 + len(rows) % 2, rows.shape[1]), dtype=torch.int64, device=rows.device)
    low, high = majority(torch.cat([rows, extra])), majority(torch.cat([rows, ~extra]))
    return rows.shape[1] * WORD - agreement(low[None], high, rows.shape[1] * WORD)


def decode(answers: torch.Tensor, layout: WordLayout, ties: Ties, workers: int) -> VoteResult:
    """Result of a vote from the answers to consecutive parts of the words.

    Parameters
    ----------
    answers : int64 tensor, shape (parts, HEAD + S or 2 S + M)
        By `count_votes`; parts are of S words each, and the last may go beyond the layout.
    layout : WordLayout
        Of all words.
    ties : {"rotate", "random", "abstain", "plus1"}
        Of the rules that were counted by.
    workers : int
        M.
    """
    last = answers.shape[1] - workers
    counts = torch.cat([answers[:, :HEAD], answers[:, last:]], dim=1).tolist()
    tail, body = [row[HEAD:] for row in counts], answers[:, HEAD:last]
    S = body.shape[1] // (2 if ties == "abstain" else 1)
    vote = torch.cat(list(body[:, :S]))[: layout.words]
    mask = _mask(body, S, [not row[0] for row in counts], ties)
    # Counts come from other workers: each is cut to what its part can have.
    sizes = [layout.coordinates(k * S, (k + 1) * S) for k in range(len(answers))]
    agree = [sum(_cut(row[m], n) for row, n in zip(tail, sizes, strict=True)) for m in range(workers)]
    seen = [sum(n for row, n in zip(tail, sizes, strict=True) if row[m] >= 0) for m in range(workers)]
    close = sum(_cut(row[1], n) for row, n in zip(counts, sizes, strict=True))
    return VoteResult(vote, None if mask is None else mask[: layout.words], agree, seen, close)


def _mask(body: torch.Tensor, S: int, empty: Sequence[bool], ties: Ties) -> torch.Tensor | None:
    """Bits of decided coordinates, none in parts in which no one voted; None where all are decided."""
    if ties != "abstain" and not any(empty):
        return None
    mask = body[:, S:].clone() if ties == "abstain" else torch.full_like(body, -1)
    for part, nobody in zip(mask, empty, strict=True):
        if nobody:
            part.zero_()
    return torch.cat(list(mask))


def _cut(count: int, most: int) -> int:
    return min(max(count, 0), most)
