"""One worker's replica of a network that several train: its optimiser, its hook and what it must remember."""

from collections.abc import Callable
from dataclasses import dataclass
from inspect import signature
from typing import Any

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel

from etl.engine.types import Module, TorchDevice
from etl.handoff import on_host
from models.signsgd import codec
from models.signsgd.fault_injection import FaultPlan
from models.signsgd.guards import guard
from models.signsgd.hook import MeanState, majority_vote_hook, mean_hook
from models.signsgd.optim import SignSGD, Signum
from models.signsgd.replicas import compare
from models.signsgd.state import VoteState
from models.signsgd.transports import Name
from models.signsgd.worker_monitor import WorkerMonitor

BUFFERS = "forward_sync_buffers"
"""Option of whether workers are sent rank 0's buffers at each step; so called since PyTorch 2.13."""
if BUFFERS not in signature(DistributedDataParallel).parameters:
    BUFFERS = "broadcast_buffers"
PATIENCE = 300.0
"""Seconds that workers wait for each other, as while one judges."""
OPTIMIZERS: dict[str, Callable[[Any, float], torch.optim.Optimizer]] = {
    "sgd": lambda parameters, lr: torch.optim.SGD(parameters, lr, momentum=0.9),
    "adam": lambda parameters, lr: torch.optim.Adam(parameters, lr),
    "signum": lambda parameters, lr: Signum(parameters, lr, momentum=0.9),
}
"""On the mean gradient."""


@dataclass(frozen=True, eq=False)
class Learner:
    """Network, optimiser and state of the hook of one worker.

    Attributes
    ----------
    name : str
        ``"vote"``, or one of `OPTIMIZERS`.
    ddp : DistributedDataParallel
    optimizer : Optimizer
    state : VoteState or MeanState
    """

    name: str
    ddp: Any
    optimizer: torch.optim.Optimizer
    state: Any

    def close(self) -> None:
        """End the thread that communicates, if there is one."""
        if self.name == "vote":
            self.state.close()

    def is_same(self, step: int) -> bool:
        """Whether all workers have the same bits."""
        try:
            compare(dict(self.ddp.module.named_parameters()), dist.group.WORLD, step)
        except RuntimeError:
            return False
        return True

    def saved(self) -> dict[str, Any]:
        """The model in host memory, the states, and how far workers agree beyond chance."""
        monitor = getattr(self.state, "worker_monitor", None)
        return {
            "model": {key: on_host(value) for key, value in self.ddp.module.state_dict().items()},
            "optimizer": self.optimizer.state_dict(),
            "vote": self.state.state_dict() if self.name == "vote" else None,
            "agreement": None if monitor is None else monitor.agreement_excess.tolist(),
        }

    def restore(self, saved: dict[str, Any], step: int) -> None:
        """Go on from what `saved` gave after so many steps.

        Parameters
        ----------
        saved : dict
            ``model``, ``optimizer`` and ``vote``.
        step : int
        """
        self.ddp.module.load_state_dict(saved["model"])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.state.step = step
        if self.name == "vote":
            self.state.load_state_dict(saved["vote"])


def new_learner(
    name: str,
    network: Module,
    lr: float,
    device: TorchDevice,
    *,
    momentum: float = 0.9,
    weight_decay: float = 0.0,
    transport: Name = "sharded",
    flip: float = 0.0,
    seed: int = 0,
) -> Learner:
    """Join the other workers, all of whom begin with the weights of rank 0.

    Parameters
    ----------
    name : str
        ``"vote"``, or one of `OPTIMIZERS`.
    network : Module
        On the device.
    lr : float
    device : torch.device
    momentum, weight_decay : float
        Of votes; see `models.signsgd.optim.Signum`.
    transport : str
        Of the votes; see `models.signsgd.transports`.
    flip : float
        Share of the workers that send the opposite of their gradient or signs.
    seed : int
        Of ties and liars.
    """
    options: dict[str, Any] = {BUFFERS: False}
    ddp = DistributedDataParallel(network, **options)
    plan = FaultPlan(flip=flip, seed=seed) if flip else None
    if name != "vote":
        mean = MeanState(fault_plan=plan)
        ddp.register_comm_hook(mean, mean_hook)
        return Learner(name, ddp, OPTIMIZERS[name](list(ddp.parameters()), lr), mean)
    workers = dist.get_world_size()
    votes = VoteState(
        ddp,
        momentum=momentum,
        transport=transport,
        worker_monitor=WorkerMonitor(workers) if workers > 2 else None,
        fault_plan=plan,
        timeout=PATIENCE,
        seed=seed,
    )
    optimizer = SignSGD(ddp.parameters(), lr, weight_decay)
    guard(optimizer, model=ddp)
    codec.momentum_pack_(torch.zeros(1, device=device), torch.zeros(1, device=device))  # compiles
    ddp.register_comm_hook(votes, majority_vote_hook)
    return Learner(name, ddp, optimizer, votes)
