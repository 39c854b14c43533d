"""One vector of each worker, made into one of all: by a mean in fp32 or fp16, or by a vote."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
import torch.distributed as dist
from torch import nn

from models.signsgd import codec
from models.signsgd.state import VoteState

PLAIN = "plain"
"""Ends the name of a vote whose codec is PyTorch alone, such as ``sharded plain``."""


@contextmanager
def plain(way: str) -> Iterator[None]:
    """Compiled kernels are left out where the name of a way asks for that."""
    known = codec.kernels
    if way.endswith(PLAIN):
        codec.kernels = lambda device: None  # type: ignore[assignment]
    try:
        yield
    finally:
        codec.kernels = known


def sha(values: torch.Tensor) -> str:
    """Hash of a tensor's bits."""
    return hashlib.sha256(values.detach().contiguous().numpy().data).hexdigest()[:16]


class Collectives:
    """Ways to reduce vectors of ``size`` normal numbers; a vote is packed, counted and unpacked.

    Votes have no momentum, which is no part of a collective.
    """

    def __init__(self, ways: list[str], size: int, seed: int = 0) -> None:
        generator = torch.Generator().manual_seed(1000 * seed + dist.get_rank())
        self.own, self.workers = torch.randn(size, generator=generator), dist.get_world_size()
        self.own[self.own == 0] = 1.0  # the sign of 0 is a rule of the vote, not of the oracle
        self.flat = torch.empty_like(self.own)
        self.states: dict[str, Any] = dict.fromkeys(ways)
        module = nn.ParameterList([nn.Parameter(torch.empty(size))])
        for way in ways:
            if way not in ("fp32", "fp16"):
                transport: Any = way.split()[0]
                self.states[way] = VoteState(module, momentum=0.0, transport=transport, check_every=0)

    def prepare(self, way: str) -> None:
        """Take the worker's vector; it is lost when the work is done."""
        self.flat.copy_(self.own)

    def work(self, way: str) -> None:
        """Reduce it in place."""
        state = self.states[way]
        if state is not None:
            with plain(way):
                state.vote_(self.flat, ["0"], [len(self.flat)])
            state.finish()
        elif way == "fp32":
            dist.all_reduce(self.flat.div_(self.workers))
        else:
            half = self.flat.half().div_(self.workers)
            dist.all_reduce(half)
            self.flat.copy_(half)

    def check(self) -> dict[str, str]:
        """Hash of what each way found, and of sign(sum of signs), where worker 0 decides ties of step 0."""
        found = {"oracle": sha(self._oracle())}
        mean = self.own.double()
        dist.all_reduce(mean)
        mean /= self.workers
        for way, state in self.states.items():
            self.prepare(way)
            self.work(way)
            found[way] = sha(self.flat)
            if state is None:
                torch.testing.assert_close(self.flat.double(), mean, rtol=1e-2, atol=5e-3)
        return found

    def _oracle(self) -> torch.Tensor:
        total, chair = self.own.sign(), self.own.sign()
        dist.all_reduce(total)
        dist.broadcast(chair, 0)
        return torch.where(total == 0, chair, total.sign())

    def digests(self) -> dict[str, str]:
        """Hash of the last result."""
        return {"last": sha(self.flat)}
