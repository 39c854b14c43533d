"""Groups of processes of a vote's own, so that no collective of others comes between its collectives."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

import torch
import torch.distributed as dist

from etl.engine.types import ProcessGroup


class _Asked(NamedTuple):
    """What a process asks for: the ranks that train with it, and those of its node, the voter first."""

    ranks: list[int]
    node: list[int]


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

    def __init__(
        self, process_group: ProcessGroup | None, node_group: ProcessGroup | None, timeout: float
    ) -> None:
        self.ranks = dist.get_process_group_ranks(process_group or dist.group.WORLD)
        node = dist.get_process_group_ranks(node_group) if node_group is not None else [dist.get_rank()]
        asked = _all_asked(_Asked(self.ranks, node))
        voters = _voters(asked, self.ranks)
        self.votes = node[0] == dist.get_rank()
        self.worker, self.workers = voters.index(node[0]), len(voters)
        groups = _make(asked, timedelta(seconds=timeout))
        self.everyone = groups[tuple(self.ranks)]
        self.node = groups[tuple(node)] if node_group is not None else None
        self.voters = groups[tuple(voters)] if self.votes else None


def _all_asked(own: _Asked) -> list[_Asked]:
    """What each process asks for, sent as places from 1 in its lists: objects would be unpickled."""
    device = torch.device("cuda" if dist.get_backend() == "nccl" else "cpu")
    size = dist.get_world_size()
    places = torch.zeros((2, size), dtype=torch.int64, device=device)
    for row, ranks in zip(places, own, strict=True):
        row[torch.tensor(ranks, device=device)] = torch.arange(1, len(ranks) + 1, device=device)
    found = [torch.empty_like(places) for _ in range(size)]
    dist.all_gather(found, places)
    return [_Asked(*(_listed(row) for row in each.tolist())) for each in found]


def _listed(places: list[int]) -> list[int]:
    """Ranks by their places.

    Examples
    --------
    >>> _listed([2, 0, 1])
    [2, 0]
    """
    return [rank for _, rank in sorted((place, rank) for rank, place in enumerate(places) if place)]


def _voters(asked: Sequence[_Asked], ranks: Sequence[int]) -> list[int]:
    """The first process of each node of these ranks."""
    return sorted({asked[rank].node[0] for rank in ranks})


def _make(asked: Sequence[_Asked], timeout: timedelta) -> dict[tuple[int, ...], ProcessGroup | None]:
    """Groups that any process asked for, by their ranks; None for a node of one process, which needs none.

    PyTorch wants all processes to make all groups, in one order.
    """
    wanted: set[tuple[int, ...]] = set()
    for process in asked:
        wanted.add(tuple(process.ranks))
        wanted.add(tuple(_voters(asked, process.ranks)))
        if len(process.node) > 1:
            wanted.add(tuple(process.node))
    groups = {ranks: dist.new_group(list(ranks), timeout=timeout) for ranks in sorted(wanted)}
    return dict.fromkeys(((rank,) for rank in range(len(asked))), None) | groups
