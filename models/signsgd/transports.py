"""How packed signs travel, and whom each way trusts.

All send words as int64, and one flag word with them, and give the same vote. M workers, n coordinates, so
W = ceil(n / 64) words (a few more where tensors end within a word).

========= ============================= ======================== ========================================
transport bytes sent by a worker        trusts                   if one worker lies about the *result*
========= ============================= ======================== ========================================
sharded   2 (M - 1) / M n / 8           every worker             it decides n / M coordinates at will
allgather (M - 1) n / 8                 nobody                   nothing: each worker counts for itself
server    n / 8; the root (M - 1) n / 8 the root, worker 0       only the root can: it decides everything
========= ============================= ======================== ========================================

A worker that lies about its *own signs* has one vote of M in all three. So "sharded" tolerates broken
gradients, not hostile machines. The head of an answer and M counts of agreement add a few words a message.
"""

from collections.abc import Callable
from typing import Literal

import torch
import torch.distributed as dist

from etl.engine.types import ProcessGroup
from models.signsgd.vote_protocol import HEAD, VoteRules, WordLayout, count_votes

all_gather = getattr(dist, "all_gather_single", None) or dist.all_gather_into_tensor
"""Into one tensor; PyTorch 2.13 gave it a new name, and warns of the one before."""
Name = Literal["sharded", "allgather", "server"]
Sent = tuple[torch.Tensor, int]
"""Answers, int64 (parts, ...), and the bytes that this worker handed to others."""


def scatter(
    rows: torch.Tensor, flag: bool, layout: WordLayout, start: int, rules: VoteRules, group: ProcessGroup
) -> Sent:
    """Send row m to worker m; the answer to the rows that came here.

    Parameters
    ----------
    rows : int64 tensor, shape (M, S)
        This worker's signs.
    flag : bool
        Whether it abstains.
    layout : WordLayout
    start : int
        Word of the layout at which the rows that come here begin.
    rules : VoteRules
    group : process group
        Of the M voters.
    """
    M, S = rows.shape
    out = torch.empty((M, 1 + S), dtype=torch.int64, device=rows.device)
    out[:, 0], out[:, 1:] = int(flag), rows
    got = out
    if M > 1:
        got = torch.empty_like(out)
        dist.all_to_all_single(got, out, group=group)
    return count_votes(got[:, 1:], got[:, 0], layout, start, rules)[None], (M - 1) * 8 * (1 + S)


def sharded(
    words: torch.Tensor, flag: bool, layout: WordLayout, rules: VoteRules, group: ProcessGroup
) -> Sent:
    """Each worker counts the votes on its part of the words and sends the result: 1/32 of all-reduce.

    Parameters
    ----------
    words : int64 tensor, shape (layout.words,)
        This worker's signs.
    flag : bool
        Whether it abstains.
    layout : WordLayout
    rules : VoteRules
    group : process group
        Of the voters.
    """
    M, me = dist.get_world_size(group), dist.get_rank(group)
    S = -(-len(words) // M)
    rows = torch.nn.functional.pad(words, (0, M * S - len(words))).view(M, S)
    mine, sent = scatter(rows, flag, layout, me * S, rules, group)
    if M == 1:
        return mine, 0
    answers = torch.empty(M * mine.numel(), dtype=torch.int64, device=words.device)
    all_gather(answers, mine.reshape(-1), group=group)
    return answers.view(M, -1), sent + (M - 1) * 8 * mine.numel()


def allgather(
    words: torch.Tensor, flag: bool, layout: WordLayout, rules: VoteRules, group: ProcessGroup
) -> Sent:
    """Each worker gets all words and counts for itself: no one is trusted, and traffic grows with M.

    Parameters
    ----------
    words, flag, layout, rules, group
        See `sharded`.
    """
    M = dist.get_world_size(group)
    out = _message(words, flag)
    got = torch.empty(M * len(out), dtype=torch.int64, device=words.device)
    all_gather(got, out, group=group)
    rows = got.view(M, -1)
    return count_votes(rows[:, 1:], rows[:, 0], layout, 0, rules)[None], (M - 1) * 8 * len(out)


def server(
    words: torch.Tensor, flag: bool, layout: WordLayout, rules: VoteRules, group: ProcessGroup
) -> Sent:
    """Worker 0 counts, and sends the result: its link carries M - 1 times the traffic.

    Parameters
    ----------
    words, flag, layout, rules, group
        See `sharded`.
    """
    M, me, out = dist.get_world_size(group), dist.get_rank(group), _message(words, flag)
    rows = torch.empty((M, len(out)), dtype=torch.int64, device=words.device) if me == 0 else None
    dist.gather(out, None if rows is None else list(rows), group=group, group_dst=0)
    answer = torch.empty(length(len(words), M, rules), dtype=torch.int64, device=words.device)
    if rows is not None:
        answer = count_votes(rows[:, 1:], rows[:, 0], layout, 0, rules)
    dist.broadcast(answer, group=group, group_src=0)
    return answer[None], 8 * (len(out) if me else (M - 1) * len(answer))


TRANSPORTS: dict[str, Callable[[torch.Tensor, bool, WordLayout, VoteRules, ProcessGroup], Sent]] = {
    "sharded": sharded,
    "allgather": allgather,
    "server": server,
}


def length(S: int, workers: int, rules: VoteRules) -> int:
    """Words of an answer to S words of each worker; see `models.signsgd.vote_protocol.count_votes`.

    Parameters
    ----------
    S, workers : int
    rules : VoteRules
    """
    return HEAD + S * (2 if rules.ties == "abstain" else 1) + workers


def shape(name: Name, words: int, workers: int, rules: VoteRules) -> tuple[int, int]:
    """Shape of the answers, for those that do not vote and are sent them.

    Parameters
    ----------
    name : {"sharded", "allgather", "server"}
    words, workers : int
        Words that each worker sends, and voters.
    rules : VoteRules

    Returns
    -------
    parts, length : int
    """
    parts = workers if name == "sharded" else 1
    return parts, length(-(-words // parts), workers, rules)


def _message(words: torch.Tensor, flag: bool) -> torch.Tensor:
    return torch.cat([torch.full((1,), int(flag), dtype=torch.int64, device=words.device), words])
