"""Whole steps of ResNet-50 under DistributedDataParallel, with each hook."""

import statistics
import time
from collections.abc import Callable
from typing import Any

import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.algorithms.ddp_comm_hooks.default_hooks import fp16_compress_hook
from torch.distributed.algorithms.ddp_comm_hooks.powerSGD_hook import PowerSGDState, powerSGD_hook
from torch.nn.parallel import DistributedDataParallel

from benchmarks.signsgd.peers.collectives import plain, sha
from benchmarks.signsgd.peers.resnet import resnet50
from models.signsgd.codec import majority, pack
from models.signsgd.hook import majority_vote_hook
from models.signsgd.network_model import best
from models.signsgd.state import VoteState

WARM = 4
"""Steps before any is timed: buckets are built anew after the first, and PowerSGD begins with the third."""
RANK = 2
"""Of PowerSGD."""
VOTED = 2**22
"""Coordinates by which counting votes is timed."""
ONE_BUCKET = 1024
"""Megabytes: PowerSGD's hook starts collectives in callbacks, which gloo mixes up between several buckets."""


class Steps:
    """A network for each way; all do the same forward and backward passes, and step by SGD.

    Buffers are not broadcast: that is no part of any way.
    """

    def __init__(self, ways: list[str], pixels: int = 64, batch: int = 1, seed: int = 0) -> None:
        torch.manual_seed(1000 * seed + dist.get_rank())
        self.x, self.y = torch.randn(batch, 3, pixels, pixels), torch.randint(1000, (batch,))
        self.networks = {way: parallel(resnet50(seed), way) for way in ways}
        self.optimizers = {way: _sgd(net) for way, net in self.networks.items()}

    def prepare(self, way: str) -> None:
        """Forget gradients."""
        self.optimizers[way].zero_grad()

    def work(self, way: str) -> None:
        """Make one step."""
        with plain(way):
            self._step(self.networks[way], self.optimizers[way])

    def _step(self, net: Any, optimizer: Any) -> None:
        nn.functional.cross_entropy(net(self.x), self.y).backward()
        optimizer.step()

    def check(self) -> dict[str, str]:
        """Make steps until all is warm; hash of each network."""
        for way in self.networks:
            for _ in range(WARM):
                self.prepare(way)
                self.work(way)
        return self.digests()

    def digests(self) -> dict[str, str]:
        """Hash of each network's parameters."""
        return {
            way: sha(torch.cat([p.detach().reshape(-1) for p in net.parameters()]))
            for way, net in self.networks.items()
        }

    def host(self, repeat: int = 3) -> dict[str, Any]:
        """What a step takes without a network: each hook's seconds in a group of one, and shapes."""
        alone = dist.new_group([dist.get_rank()], use_local_synchronization=True)
        seconds = {way: self._median(way, alone, repeat) for way in ("fp32", "fp16", "powersgd", "sharded")}
        words = pack(torch.randn(VOTED)).expand(dist.get_world_size(), -1).contiguous()
        vote = best(lambda: majority(words)) / (VOTED * len(words))
        return {"seconds": seconds, "vote": vote, "shapes": [list(p.shape) for p in resnet50().parameters()]}

    def _median(self, way: str, group: Any, repeat: int) -> float:
        net, times = parallel(resnet50(), way, group), []
        optimizer = _sgd(net)
        for _ in range(WARM + repeat):
            optimizer.zero_grad()
            dist.barrier()
            began = time.perf_counter()
            self._step(net, optimizer)
            times.append(time.perf_counter() - began)
        return statistics.median(times[WARM:])


def _sgd(net: nn.Module) -> torch.optim.SGD:
    return torch.optim.SGD(net.parameters(), lr=1e-4)


def parallel(net: nn.Module, way: str, group: Any = None) -> DistributedDataParallel:
    """The network with the hook of a way: fp32, fp16, powersgd, or a vote by its transport."""
    size: dict[str, Any] = {"bucket_cap_mb": ONE_BUCKET} if way == "powersgd" else {}
    ddp = DistributedDataParallel(net, process_group=group, broadcast_buffers=False, **size)
    if way == "fp32":
        return ddp
    state, hook = _hook(ddp, way, group)
    ddp.register_comm_hook(state, hook)
    return ddp


def _hook(ddp: Any, way: str, group: Any) -> tuple[Any, Callable[..., Any]]:
    if way == "fp16":
        return group, fp16_compress_hook
    if way == "powersgd":
        return PowerSGDState(group, RANK, start_powerSGD_iter=2), powerSGD_hook
    transport: Any = way.split()[0]
    return VoteState(ddp, transport=transport, check_every=0), majority_vote_hook
