"""What one process does among others: train by each optimiser, then its share of the fault curves."""

from itertools import product
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist

from etl import records
from etl.engine.types import TorchDevice
from etl.handoff.cost import note
from models.signsgd.fault_curves import RULES, score_with_liars
from models.signsgd.gradients import step_cost
from models.signsgd.learner import Learner, new_learner
from models.signsgd.schedule import Schedule
from models.signsgd.tasks import Task
from models.signsgd.trainer import History, train
from pipelines.signsgd.config import Config
from pipelines.signsgd.data import load

Point = tuple[str, int, float]
"""Rule, number of liars and score."""


def work(config: Config, device: TorchDevice) -> dict[str, Any]:
    """What this worker comes to, and the source, target, bytes and copies of each bridge that it crossed."""
    with records.collect() as entries:
        found = learn(config, device)
        if held := device_bytes(found):  # states, which are sent by way of the host
            note("torch", "torch on the host", held, "host")
    crossed = records.of_kind(entries, records.Bridge)
    return found | {"bridges": [[each.source, each.target, each.bytes, each.copies] for each in crossed]}


def device_bytes(value: object) -> int:
    """Bytes of all tensors that are not in host memory.

    Examples
    --------
    >>> device_bytes({"a": [torch.ones(2), torch.ones(3, device="meta")], "b": 1})
    12
    """
    if isinstance(value, torch.Tensor):
        return 0 if value.device.type == "cpu" else value.nbytes
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return sum(map(device_bytes, parts))


def learn(config: Config, device: TorchDevice) -> dict[str, Any]:
    """Train by each optimiser with the others, then this worker's share of the fault curves."""
    task, rank, workers = load(config, device), dist.get_rank(), dist.get_world_size()
    schedule = Schedule(task.count, config.batch, config.epochs, config.seed)
    results: dict[str, Any] = {
        name: compare(config, task, schedule, name, device) for name in config.optimisers
    }
    share = max(1, config.batch // workers)
    return results | {
        "message": task.message,
        "measure": task.measure,
        "count": task.count,
        "steps": schedule.steps,
        "faults": fault_points(config, task, schedule, device),
        "baseline": list(task.baseline),
        "form": dict(task.form) if rank == 0 else None,
        "cost": step_cost(task, device, size=share, seed=config.seed) if rank == 0 else None,
    }


def compare(config: Config, task: Task, schedule: Schedule, name: str, device: TorchDevice) -> dict[str, Any]:
    """Train by one optimiser; the model, the states and the history, as tensors in host memory."""
    torch.manual_seed(config.seed)
    network = task.make().to(device)
    learner = new_learner(
        name,
        network,
        config.lr(name),
        device,
        transport=config.transport,
        flip=config.faults.flip,
        seed=config.seed,
    )
    history = History() if config.resume is None else restore(config.resume, learner, device)
    train(learner, task, schedule, history, config.training.stop * schedule.epoch_steps or schedule.steps)
    same = learner.is_same(history.step)
    learner.close()
    return learner.saved() | {"history": vars(history), "same": same}


def restore(folder: Path, learner: Learner, device: TorchDevice) -> History:
    """Go on from a run that stopped early: its history, after its weights and states are the learner's.

    Raises
    ------
    ValueError
        It is of another number of workers.
    """
    held = torch.load(folder / "states" / f"{learner.name}.pt", map_location=device, weights_only=True)
    if len(held["workers"]) != dist.get_world_size():
        raise ValueError(f"{folder} is of {len(held['workers'])} workers; go on with as many")
    worker = held["workers"][dist.get_rank()]
    history = History(**worker["history"])
    learner.restore({**held, "vote": worker["vote"]}, history.step)
    return history


def fault_points(config: Config, task: Task, schedule: Schedule, device: TorchDevice) -> list[Point]:
    """Of the fault curves, the share of this worker."""
    jobs = [(rule, n) for n, rule in product(config.liars, RULES) if n or rule != "mean_scaled"]
    return [
        (rule, n, score_with_liars(task, schedule, device, rule=rule, liars=n, voters=config.faults.voters,
                                   lr=config.lr("sgd" if rule.startswith("mean") else "vote")))
        for rule, n in jobs[dist.get_rank() :: dist.get_world_size()]
    ]  # fmt: skip
