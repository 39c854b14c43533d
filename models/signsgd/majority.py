"""The majority of packed signs, counted in the words: carry-save adders on 64 coordinates at a time.

Workers' words are added as columns of bits: three words of a column become a sum and a carry into the next,
so that column p ends as plane p of the number of minuses. A comparison with half the votes is then one
operation a plane. Nothing is ever unpacked. Vote: Bernstein, Zhao, Azizzadenesheli and Anandkumar, "signSGD
with majority vote is communication efficient and fault tolerant", ICLR 2019, algorithm 1: sign(V), V = sum of
sign(v_m).
"""

from collections.abc import Sequence
from typing import Any, Literal

import torch

from models.signsgd.zero_signs import key_of, random_words

Ties = Literal["rotate", "random", "abstain", "plus1"]
"""Who decides where half say minus: one voter in turn, a hash, no one, or plus."""
CHUNK = 1 << 13
"""Words counted at a time on a CPU: planes and carries stay in the cache."""


def majority(
    words: torch.Tensor,
    ties: Ties = "rotate",
    *,
    step: int = 0,
    seed: int = 0,
    abstained: Sequence[bool] | torch.Tensor | None = None,
    first: int = 0,
) -> Any:
    """Vote of all workers, a word at a time.

    Parameters
    ----------
    words : int64 tensor, shape (M, W)
        A row a worker: see `models.signsgd.bitpack`.
    ties : {"rotate", "random", "abstain", "plus1"}
        See `Ties`. "rotate" is a rotating tie-break: worker ``step mod V`` of the V that vote decides.
    step, seed : int
        Of the tie-break and the hash: the same for all workers.
    abstained : sequence or tensor of M bools, optional
        Workers that do not vote.
    first : int
        Place of the first word in the whole vector, where only a part of it is voted on: ties that are
        decided by the hash are then the same as in a vote on the whole.

    Returns
    -------
    int64 tensor, shape (W,); or with "abstain" two such, the vote and its mask
        The mask's bit is 0 where a tie stays; there the vote's bit is 0. Padding of the mask is 1 if
        anyone votes.

    Raises
    ------
    ValueError
        No worker votes, except with "abstain", where the mask is then 0.

    Examples
    --------
    >>> majority(torch.tensor([[0b110], [0b010], [0b011]])).item()
    2
    >>> [plane.item() & 3 for plane in majority(torch.tensor([[0b11], [0b01]]), "abstain")]
    [1, 1]
    """
    voters = voting(words, ties, abstained)
    if not voters:
        return all_abstained(words, ties)
    return decide(words, dict.fromkeys(voters, 1), ties, tie_breaker(words, voters, ties, step, seed, first))


def voting(
    words: torch.Tensor, ties: Ties, abstained: Sequence[bool] | torch.Tensor | None = None
) -> list[int]:
    """Rows of the workers that vote, after a check of what was given.

    Parameters
    ----------
    words, ties, abstained
        See `majority`.

    Raises
    ------
    ValueError
        No such rule for ties, words are not int64 (M, W), or there is not one flag a worker.
    """
    if ties not in ("rotate", "random", "abstain", "plus1"):
        raise ValueError(f"ties is {ties!r}; it must be one of rotate, random, abstain, plus1")
    if words.ndim != 2 or words.dtype != torch.int64 or not len(words):
        raise ValueError(
            f"words are {words.dtype} of shape {tuple(words.shape)}; give int64 (workers, words)"
        )
    if abstained is None:
        return list(range(len(words)))
    flags: Sequence[bool] = abstained.tolist() if hasattr(abstained, "tolist") else abstained
    if len(flags) != len(words):
        raise ValueError(f"there are {len(words)} workers and {len(flags)} flags; give one a worker")
    return [m for m, flag in enumerate(flags) if not flag]


def tie_breaker(
    words: torch.Tensor, voters: list[int], ties: Ties, step: int, seed: int, first: int
) -> torch.Tensor | None:
    """Words of one more vote, which decides ties and changes nothing else.

    Parameters
    ----------
    words : int64 tensor, shape (M, W)
    voters : list of int
        Rows that vote.
    ties, step, seed, first
        See `majority`.

    Returns
    -------
    int64 tensor, shape (W,); or None where ties stay, or are plus
    """
    if ties == "rotate":
        return words[voters[step % len(voters)]]
    if ties == "random":
        return random_words(words.shape[1], key_of(step, seed), first, words.device)
    return None


def all_abstained(words: torch.Tensor, ties: Ties) -> Any:
    """Vote where all abstain.

    Parameters
    ----------
    words : int64 tensor, shape (M, W)
    ties : {"rotate", "random", "abstain", "plus1"}

    Returns
    -------
    vote, mask : int64 tensor, shape (W,)
        Zeros.

    Raises
    ------
    ValueError
        Ties do not abstain.
    """
    if ties == "abstain":
        return torch.zeros_like(words[0]), torch.zeros_like(words[0])
    raise ValueError("no worker votes at this step; leave the parameters as they are, or take ties='abstain'")


def decide(words: torch.Tensor, weights: dict[int, int], ties: Ties, extra: torch.Tensor | None) -> Any:
    """Vote of the rows that have a weight: the binary digits of the sum of minuses, beside half of all.

    Parameters
    ----------
    words : int64 tensor, shape (M, W)
    weights : dict of int to int
        Of each row that votes, not 0; a negative one counts the opposite of the row.
    ties : {"rotate", "random", "abstain", "plus1"}
    extra : int64 tensor, shape (W,), optional
        By `tie_breaker`; counted only where the weights add up to an even number.

    Returns
    -------
    int64 tensor, shape (W,); or with "abstain" two such, the vote and its mask
    """
    total = sum(abs(weight) for weight in weights.values())
    extra = None if total % 2 else extra
    vote = torch.empty_like(words[0])
    mask = torch.full_like(vote, -1) if ties == "abstain" else None
    size = CHUNK if words.device.type == "cpu" else max(len(vote), 1)
    for start in range(0, len(vote), size):
        part = slice(start, start + size)
        columns: list[list[torch.Tensor]] = [[] for _ in range(total.bit_length() + 1)]
        for m, weight in weights.items():
            row = words[m, part] if weight > 0 else ~words[m, part]
            for level in range(abs(weight).bit_length()):
                if abs(weight) >> level & 1:
                    columns[level].append(row)
        if extra is not None:
            columns[0].append(extra[part])
        planes = _planes(columns)
        _exceeds(planes, total // 2, vote[part])
        if mask is not None and total % 2 == 0:
            _differs(planes, total // 2, mask[part])
    return vote if mask is None else (vote, mask)


def _planes(columns: list[list[torch.Tensor]]) -> list[torch.Tensor | None]:
    """Binary digits of the number of ones; the last column stays empty of carries."""
    for level, column in enumerate(columns):
        while len(column) > 1:
            a, b = column.pop(), column.pop()
            either, carry = a ^ b, a & b
            if column:
                c = column.pop()
                carry |= either & c
                either ^= c
            column.append(either)
            if level + 1 < len(columns):
                columns[level + 1].append(carry)
    return [column[0] if column else None for column in columns]


def _exceeds(planes: list[torch.Tensor | None], bound: int, out: torch.Tensor) -> None:
    out.zero_()
    for level, plane in enumerate(planes):
        if bound >> level & 1:
            out.zero_() if plane is None else out.bitwise_and_(plane)
        elif plane is not None:
            out |= plane


def _differs(planes: list[torch.Tensor | None], bound: int, out: torch.Tensor) -> None:
    out.zero_()
    for level, plane in enumerate(planes):
        wanted = bound >> level & 1
        if plane is not None:
            out |= ~plane if wanted else plane
        elif wanted:
            out.fill_(-1)
