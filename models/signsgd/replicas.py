"""Whether the parameters of all replicas are the same bits, by hashes that are compared."""

from collections.abc import Mapping

import torch
import torch.distributed as dist

from etl.engine.types import ProcessGroup
from models.signsgd.comm_thread import VoteError

CHUNK = 1 << 20


def fingerprint(values: torch.Tensor) -> torch.Tensor:
    """Hash of a tensor's bits and their places, an int64 number; a change of one bit always changes it.

    Examples
    --------
    >>> a = fingerprint(torch.tensor([1.0, 2.0]))
    >>> bool(a == fingerprint(torch.tensor([1.0, 2.0]))), bool(a == fingerprint(torch.tensor([2.0, 1.0])))
    (True, False)
    """
    local = values.to_local() if hasattr(values, "to_local") else values
    flat = local.detach().reshape(-1)
    kind = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}[flat.dtype.itemsize]
    total = torch.zeros((), dtype=torch.int64, device=flat.device)
    for start in range(0, len(flat), CHUNK):
        bits = flat[start : start + CHUNK].view(kind).long()
        odd = (
            torch.arange(start, start + len(bits), device=flat.device)
            .mul_(0x1E3779B97F4A7C15)
            .mul_(2)
            .add_(1)
        )
        total += bits.mul_(odd).sum()
    return total


def compare(parameters: Mapping[str, torch.Tensor], group: ProcessGroup, step: int) -> None:
    """Compare by one all-reduce of two numbers, and where they differ of two a parameter.

    Parameters
    ----------
    parameters : mapping of str to tensor
        The same names in the same order on all.
    group : process group
        Of the replicas.
    step : int
        For the message.

    Raises
    ------
    VoteError
        Replicas differ; it names the first parameter.
    """
    prints = torch.stack([fingerprint(p) for p in parameters.values()])
    odd = torch.arange(len(prints), device=prints.device).mul_(2).add_(1)
    if not bool(_differ((prints * odd).sum()[None], group).any()):
        return
    differ = _differ(prints, group).nonzero()
    name = list(parameters)[int(differ[0])] if len(differ) else "one"
    raise VoteError(
        f"replicas differ at step {step}: {len(differ)} parameters, the first is {name}. Something other "
        f"than the vote changed it on some ranks, such as another learning rate or broken memory; "
        f"start again from the last checkpoint"
    )


def _differ(values: torch.Tensor, group: ProcessGroup) -> torch.Tensor:
    """Where the greatest and the least over all processes differ; ~x turns the least into the greatest."""
    both = torch.stack([values, ~values])
    dist.all_reduce(both, dist.ReduceOp.MAX, group=group)
    return both[0] != ~both[1]
