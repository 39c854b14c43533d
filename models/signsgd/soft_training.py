"""A network learns probabilities of classes by signs of the momentum: here, or from the votes of workers."""

import math
import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
import torch.distributed as dist

from etl.engine.types import Module, Tensor, TorchDevice
from etl.files import writing
from etl.handoff import on_device, on_host, to_host
from etl.handoff.cost import note
from models.signsgd.learner import new_learner
from models.signsgd.optim import Signum
from models.signsgd.processes import spawn_workers
from models.signsgd.zero_signs import key_of

Examples = Sequence[Tensor]
"""Rows (n, columns), the probability of each class (n, classes), and weights (n,)."""


@dataclass(frozen=True)
class Plan:
    """How long, in which batches and at what rates.

    Attributes
    ----------
    epochs, batch : int
        Rows of a step, of all workers together.
    lr, momentum, weight_decay : float
        See `models.signsgd.optim.Signum`; the rate falls to zero by a half cosine.
    seed : int
        Of the order of rows, of what is dropped out, and of ties.
    """

    epochs: int
    batch: int
    lr: float
    momentum: float
    weight_decay: float
    seed: int


def train_here(network: Module, examples: Examples, plan: Plan) -> list[float]:
    """Train by Signum in this process; the mean loss of each epoch.

    Parameters
    ----------
    network : Module
        Where the examples are.
    examples : sequence of tensors
    plan : Plan
    """
    optimizer = Signum(network.parameters(), plan.lr, plan.momentum, plan.weight_decay)
    return (run_epochs(network, optimizer, examples, plan) / len(examples[0])).tolist()


def train_together(
    network: Module, examples: Examples, plan: Plan, workers: int, scratch: Path | None = None
) -> list[float]:
    """Train by the majority vote of processes of this machine; the mean loss of each epoch.

    The processes map files of the examples, so that none has a copy in memory of its own.

    Parameters
    ----------
    network : Module
        Gets what they learnt.
    examples : sequence of tensors
    plan : Plan
    workers : int
        Processes; on a GPU each where the examples are on one and there are as many, else on the CPU.
    scratch : Path, optional
        Folder for the files, by default the system's; empty again after.

    Raises
    ------
    OSError
        The files have no room.
    RuntimeError
        A process died or failed.
    """
    cuda = examples[0].is_cuda and torch.cuda.device_count() >= workers
    with TemporaryDirectory(prefix="votes-", dir=scratch) as name:
        with writing("rows for the workers", folder := Path(name)):
            for k, part in enumerate(examples):
                np.save(folder / f"{k}.npy", to_host(part))
        device = examples[0].device
        copied = pickle.dumps(network.cpu())  # processes that are sent tensors share their memory
        work = partial(learn, copied, plan, folder)
        results = spawn_workers(work, workers, cuda, folder)
    note("numpy", "torch", sum(result["uploaded"] for result in results), "host" if cuda else "none")
    network.to(device).load_state_dict(results[0]["network"])
    losses = torch.stack([result["losses"] for result in results]).sum(0)
    return (losses / len(examples[0])).tolist()


def learn(
    network: bytes, plan: Plan, folder: Path, device: TorchDevice
) -> dict[str, Tensor | dict[str, Tensor] | int]:
    """What one of the workers learns: the network, the same for all, and its losses.

    Parameters
    ----------
    network : bytes
        Pickled by the process that spawned this one.
    plan : Plan
    folder : Path
        With the examples.
    device : torch.device

    Raises
    ------
    RuntimeError
        Networks of the workers are not the same.
    """
    parts = [on_device(np.load(folder / f"{k}.npy", mmap_mode="c"), device) for k in range(3)]
    learner = new_learner(
        "vote",
        pickle.loads(network).to(device),
        plan.lr,
        device,
        momentum=plan.momentum,
        weight_decay=plan.weight_decay,
        seed=plan.seed,
    )
    losses = run_epochs(learner.ddp, learner.optimizer, parts, plan, dist.get_rank(), dist.get_world_size())
    learner.state.check_replicas()
    learner.close()
    state = {key: on_host(value) for key, value in learner.ddp.module.state_dict().items()}
    return {"network": state, "losses": on_host(losses), "uploaded": sum(part.nbytes for part in parts)}


def run_epochs(
    network: Module,
    optimizer: torch.optim.Optimizer,
    examples: Examples,
    plan: Plan,
    rank: int = 0,
    workers: int = 1,
) -> Tensor:
    """Train on this worker's part of each batch; sums of its losses, float (epochs,), in nats.

    Parameters
    ----------
    network : Module
        To scores, of which the soft cross entropy is taken.
    optimizer : Optimizer
    examples : sequence of tensors
    plan : Plan
    rank, workers : int
        This worker, and how many there are.
    """
    count, device = len(examples[0]), examples[0].device
    steps = -(-count // plan.batch)
    sums = torch.zeros(plan.epochs, device=device)
    for epoch in range(plan.epochs):
        seed = key_of(epoch, plan.seed)
        torch.manual_seed(seed)  # all have one order, and each drops out its own
        order = torch.randperm(count, device=device)
        torch.manual_seed(key_of(rank, seed))
        for k, batch in enumerate(order.tensor_split(steps)):
            for group in optimizer.param_groups:
                group["lr"] = plan.lr * (1 + math.cos(math.pi * (epoch + k / steps) / plan.epochs)) / 2
            rows, P, weights = (part[batch[rank::workers]] for part in examples)
            losses = -(P * network(rows).log_softmax(1)).sum(1) * weights
            optimizer.zero_grad()
            losses.mean().backward()
            optimizer.step()
            sums[epoch] += losses.detach().sum()
    return sums
