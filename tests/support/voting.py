"""A small network whose data differ by rank, trained by votes; a layer is named, not numbered."""

from collections.abc import Callable
from typing import Any

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from models.signsgd.hook import majority_vote_hook
from models.signsgd.state import VoteState
from tests.support.waiting import LIMIT


def network(kind: type[nn.Module] = nn.Tanh, seed: int = 0) -> nn.Sequential:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(7, 33), kind(), nn.Linear(33, 17), kind(), nn.Linear(17, 2))


def batch(rank: int, step: int, size: int = 16) -> tuple[torch.Tensor, torch.Tensor]:
    """Two classes that a line separates."""
    generator = torch.Generator().manual_seed(1000 * step + rank)
    x = torch.randn(size, 7, generator=generator)
    return x, (x.sum(1) > 0).long()


def loss_of(net: Any, rank: int, step: int) -> torch.Tensor:
    x, y = batch(rank, step)
    return nn.functional.cross_entropy(net(x), y)


def parallel(
    net: nn.Module, hook: Callable[..., Any] = majority_vote_hook, **options: Any
) -> tuple[Any, Any]:
    """Network in tiny buckets, and its state."""
    own = options.pop("ddp", {})
    ddp = DistributedDataParallel(net, bucket_cap_mb=0.001, **own)
    state = options.pop("state", None) or VoteState(net, timeout=LIMIT, **options)
    ddp.register_comm_hook(state, hook)
    return ddp, state


def train(ddp: Any, steps: range, lr: float = 0.01, optimizer: Any = None) -> list[float]:
    """Steps of this rank; its losses."""
    optimizer = optimizer or torch.optim.SGD(ddp.parameters(), lr=lr)
    losses = []
    for step in steps:
        optimizer.zero_grad()
        loss = loss_of(ddp, dist.get_rank(), step)
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    return losses


def accuracy(net: Any) -> float:
    x, y = batch(99, 99, 1000)
    with torch.no_grad():
        return float((net(x).argmax(1) == y).float().mean())


def flat(net: Any) -> torch.Tensor:
    return torch.cat([p.detach().reshape(-1) for p in net.parameters()])


def same(net: Any) -> bool:
    """Whether all ranks have the same parameters, bit for bit."""
    found = [torch.empty_like(flat(net)) for _ in range(dist.get_world_size())]
    dist.all_gather(found, flat(net))
    return all(torch.equal(found[0].view(torch.int32), other.view(torch.int32)) for other in found)
