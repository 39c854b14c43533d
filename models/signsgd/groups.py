"""Groups of processes of a vote's own, so that no collective of others comes between its collectives."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import torch.distributed as dist


class Groups:
    """Who trains, who votes and who is on this node; all processes must make one.

    Parameters
    ----------
    process_group : process group, optional
        All that train; by default all processes.
    node_group : process group, optional
        Processes of this node, the first of which votes.
    timeout : float
        Seconds.

    Attributes
    ----------
    ranks : list of int
    everyone, voters, node : process group, or None where this process is in none
    workers : int
        Voters.
    worker : int
        This voter, or on the others of its node the one that votes for them.
    votes : bool
        Whether this process is a voter.
    """

    def __init__(self, process_group: Any, node_group: Any, timeout: float) -> None:
        self.ranks = dist.get_process_group_ranks(process_group or dist.group.WORLD)
        node = dist.get_process_group_ranks(node_group) if node_group is not None else [dist.get_rank()]
        asked: list[Any] = [None] * dist.get_world_size()
        dist.all_gather_object(asked, (self.ranks, node))
        leaders = sorted({asked[rank][1][0] for rank in self.ranks})
        self.votes = node[0] == dist.get_rank()
        self.worker, self.workers = leaders.index(node[0]), len(leaders)
        made = _make(asked, timedelta(seconds=timeout))
        self.everyone = made[tuple(self.ranks)]
        self.node = made[tuple(node)] if node_group is not None else None
        self.voters = made[tuple(leaders)] if self.votes else None


def _make(asked: Sequence[tuple[list[int], list[int]]], timeout: timedelta) -> dict[tuple[int, ...], Any]:
    """Groups that any process asked for; PyTorch wants all processes to make all, in one order."""
    wanted = set()
    for ranks, node in asked:
        leaders = sorted({asked[rank][1][0] for rank in ranks})
        wanted |= {tuple(ranks), tuple(leaders), *([tuple(node)] if len(node) > 1 else [])}
    made = {ranks: dist.new_group(list(ranks), timeout=timeout) for ranks in sorted(wanted)}
    return made | {(rank,): None for rank in range(len(asked)) if (rank,) not in made}
