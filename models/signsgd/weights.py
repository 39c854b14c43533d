"""Votes of unequal weight, and how often a worker agrees with the vote, by which bad workers are found."""

import math
from collections.abc import Sequence
from typing import Any

import torch

from models.signsgd.bitpack import WORD
from models.signsgd.majority import CHUNK, Ties, all_abstained, decide, tie_breaker, voting


def weighted_majority(
    words: torch.Tensor,
    weights: Sequence[float] | torch.Tensor,
    ties: Ties = "rotate",
    *,
    step: int = 0,
    seed: int = 0,
    first: int = 0,
    n: int | None = None,
) -> Any:
    """Vote where worker m counts ``weights[m]`` times; see `majority`.

    Parameters
    ----------
    words : int64 tensor, shape (M, W)
    weights : sequence or tensor of M numbers
        Whole numbers up to 255, or any numbers, which `quantised` rounds. 0 abstains; a worker of negative
        weight votes for the opposite of what it says.
    ties, step, seed, first
        See `majority`.
    n : int, optional
        Coordinates, which a negative weight needs: padding is cleared with it.

    Returns
    -------
    int64 tensor, shape (W,); or with "abstain" two such, the vote and its mask

    Raises
    ------
    ValueError
        There is not one weight a worker, one is not finite, or one is negative and ``n`` is missing.

    Examples
    --------
    >>> weighted_majority(torch.tensor([[1], [0], [0]]), [3, 1, 1]).item()
    1
    """
    counts = quantised(weights)
    if len(counts) != len(words):
        raise ValueError(f"there are {len(words)} workers and {len(counts)} weights; give one a worker")
    if min(counts) < 0 and n is None:
        raise ValueError("a weight is negative; pass n, the number of coordinates, so that padding stays 0")
    voters = voting(words, ties, [count == 0 for count in counts])
    if not voters:
        return all_abstained(words, ties)
    extra = tie_breaker(words, voters, ties, step, seed, first)
    if extra is not None and ties == "rotate" and counts[voters[step % len(voters)]] < 0:
        extra = ~extra
    result = decide(words, {m: counts[m] for m in voters}, ties, extra)
    if min(counts) < 0 and n is not None:
        _clear(result[0] if ties == "abstain" else result, n)
    return result


def quantised(weights: Sequence[float] | torch.Tensor) -> list[int]:
    """Weights as whole numbers of at most 8 bits, by their ratios: equal weights become 1.

    Whole numbers up to 255 keep their ratios; others are scaled so that the greatest is 255, and rounded.

    Examples
    --------
    >>> quantised([0.5, 0.5, 0.0]), quantised([1.0, 0.5, -1.0])
    ([1, 1, 0], [255, 128, -255])
    """
    values = [float(w) for w in (weights.tolist() if hasattr(weights, "tolist") else weights)]
    if not all(math.isfinite(w) for w in values):
        raise ValueError(f"a weight is not finite: {values}; leave that worker out with 0")
    top = max((abs(w) for w in values), default=0.0)
    if top > 255 or not all(w.is_integer() for w in values):
        values = [w / top * 255 for w in values]
    whole = [math.floor(abs(w) + 0.5) * (1 if w > 0 else -1) for w in values]
    return [w // (math.gcd(*whole) or 1) for w in whole]


def agreement(words: torch.Tensor, vote: torch.Tensor, n: int) -> torch.Tensor:
    """Coordinates on which each worker agrees with the vote.

    Parameters
    ----------
    words : int64 tensor, shape (M, W)
    vote : int64 tensor, shape (W,)
    n : int
        Coordinates; padding is not counted.

    Returns
    -------
    int64 tensor, shape (M,)

    Examples
    --------
    >>> agreement(torch.tensor([[0b110], [0b010]]), torch.tensor([0b010]), 3).tolist()
    [2, 3]
    """
    counts = torch.zeros(len(words), dtype=torch.int64, device=words.device)
    size = CHUNK if vote.device.type == "cpu" else max(len(vote), 1)
    for start in range(0, len(vote), size):
        differ = words[:, start : start + size] ^ vote[start : start + size]
        _clear(differ, n - start * WORD)
        counts += _ones(differ).sum(1)
    return n - counts


def _ones(x: torch.Tensor) -> torch.Tensor:
    """Ones of each word, in place: the words are counted in pairs, fours and bytes of bits at once."""
    x -= (x >> 1) & 0x5555555555555555
    x = (x & 0x3333333333333333).add_((x >> 2) & 0x3333333333333333)
    x = (x + (x >> 4)).bitwise_and_(0x0F0F0F0F0F0F0F0F)
    return x.mul_(0x0101010101010101).bitwise_right_shift_(56)


def _clear(words: torch.Tensor, n: int) -> None:
    whole, rest = divmod(n, WORD)
    if rest and whole < words.shape[-1]:
        words[..., whole] &= (1 << rest) - 1
    words[..., whole + (rest > 0) :] = 0
