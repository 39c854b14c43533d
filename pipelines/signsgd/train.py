"""Training by one worker among others: the comparison of optimisers, through the hooks of real processes."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel
from tqdm.auto import tqdm

from models.signsgd import codec
from models.signsgd.fault_injection import FaultPlan
from models.signsgd.guards import guard
from models.signsgd.hook import MeanState, majority_vote_hook, mean_hook
from models.signsgd.optim import SignSGD, Signum
from models.signsgd.replicas import compare
from models.signsgd.state import VoteState
from models.signsgd.worker_monitor import WorkerMonitor
from models.signsgd.zero_signs import key_of
from pipelines.signsgd import fault_curves, monitors
from pipelines.signsgd.config import Config
from pipelines.signsgd.data import Task, load
from pipelines.signsgd.schedule import rate, rows, steps

POINTS = 12
"""Times that a model is judged."""
PATIENCE = 300.0
"""Seconds that workers wait for each other, as while one judges."""


@dataclass
class History:
    """What one optimiser has done so far.

    Attributes
    ----------
    step : int
    seconds, sent : float
        Of training alone, and bytes that this worker sent.
    points : list
        Step, seconds, bytes and score, where the model was judged.
    health : list of dict
        See `pipelines.signsgd.monitors.look`.
    """

    step: int = 0
    seconds: float = 0.0
    sent: int = 0
    points: list[list[float]] = field(default_factory=list)
    health: list[dict[str, float]] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class Learner:
    """Network, optimiser and state of the hook of one worker."""

    ddp: Any
    optimizer: Any
    state: Any
    task: Task


def work(config: Config, device: Any) -> dict[str, Any]:
    """Train by each optimiser with the others, then this worker's share of the fault curves."""
    task = load(config, device)
    found: dict[str, Any] = {name: compared(config, task, name, device) for name in config.optimisers}
    return found | {
        "told": task.told,
        "measure": task.measure,
        "count": task.count,
        "faults": fault_curves.share(config, task, device, dist.get_rank(), dist.get_world_size()),
        "cost": monitors.cost(config, task, device) if dist.get_rank() == 0 else None,
    }


def compared(config: Config, task: Task, name: str, device: Any) -> dict[str, Any]:
    """Train by one optimiser; the model, the states and the history, as tensors in host memory."""
    learner = learn(config, task, name, device)
    done = History()
    if config.resume is not None:
        done = _restore(config, learner, name, device)
    total = steps(config, task.count)
    each = total // config.epochs
    last = config.training.stop * each or total
    due = {round(last * k / POINTS) for k in range(1, POINTS + 1)}
    for step in _told(range(done.step, last), name):
        _step(config, learner, done, step, total)
        if step + 1 in due:
            _judge(config, learner, done, name)
    same = _same(learner, done.step)
    if name == "vote":
        learner.state.close()
    return _saved(learner, done, name) | {"same": same}


def learn(config: Config, task: Task, name: str, device: Any) -> Learner:
    """A new model, the same on all workers, with its optimiser and hook."""
    torch.manual_seed(config.seed)
    network = task.make().to(device)
    ddp = DistributedDataParallel(network, forward_sync_buffers=False)
    workers, lr = dist.get_world_size(), config.lr(name)
    fault_plan = FaultPlan(flip=config.faults.flip, seed=config.seed) if config.faults.flip else None
    optimizer: Any
    hook: Any = mean_hook
    if name == "vote":
        worker_monitor = WorkerMonitor(workers) if workers > 2 else None
        state: Any = VoteState(
            ddp,
            transport=config.transport,
            worker_monitor=worker_monitor,
            fault_plan=fault_plan,
            timeout=PATIENCE,
            seed=config.seed,
        )
        optimizer, hook = SignSGD(ddp.parameters(), lr), majority_vote_hook
        guard(optimizer, model=ddp)
        codec.momentum_pack_(torch.zeros(1, device=device), torch.zeros(1, device=device))  # compiles
    else:
        state = MeanState(fault_plan=fault_plan)
        optimizer = OPTIMIZERS[name](list(ddp.parameters()), lr)
    ddp.register_comm_hook(state, hook)
    return Learner(ddp, optimizer, state, task)


OPTIMIZERS: dict[str, Callable[[Any, float], Any]] = {
    "sgd": lambda parameters, lr: torch.optim.SGD(parameters, lr, momentum=0.9),
    "adam": lambda parameters, lr: torch.optim.Adam(parameters, lr),
    "signum": lambda parameters, lr: Signum(parameters, lr, momentum=0.9),
}


def _told(span: range, name: str) -> Iterator[int]:
    quiet = True if dist.get_rank() else None
    return iter(tqdm(span, desc=name, leave=False, disable=quiet))


def _step(config: Config, learner: Learner, done: History, step: int, total: int) -> None:
    own, task = dist.get_rank(), learner.task
    mine = rows(config, task.count, step)[own :: dist.get_world_size()]
    sent, began = learner.state.bytes_sent_, time.perf_counter()
    torch.manual_seed(key_of(step, key_of(own, config.seed)))  # dropout goes on as it would have
    for group in learner.optimizer.param_groups:
        group["lr"] = rate(group.setdefault("first", group["lr"]), step, total)
    x, truth = task.batch(mine)
    learner.optimizer.zero_grad()
    task.loss(learner.ddp(x), truth).backward()
    learner.optimizer.step()
    done.seconds += time.perf_counter() - began
    done.sent += learner.state.bytes_sent_ - sent
    done.step = step + 1


def _judge(config: Config, learner: Learner, done: History, name: str) -> None:
    if dist.get_rank() == 0:
        score = learner.task.judge(learner.ddp.module)
        done.points.append([done.step, done.seconds, done.sent, score])
        if name == "vote":
            done.health.append(monitors.look(config, learner.task, learner.ddp.module, done.step))
    dist.barrier()


def _same(learner: Learner, step: int) -> bool:
    """Whether all workers have the same bits."""
    try:
        compare(dict(learner.ddp.module.named_parameters()), dist.group.WORLD, step)
    except RuntimeError:
        return False
    return True


def _saved(learner: Learner, done: History, name: str) -> dict[str, Any]:
    worker_monitor = getattr(learner.state, "worker_monitor", None)
    return {
        "model": {key: value.cpu() for key, value in learner.ddp.module.state_dict().items()},
        "optimizer": learner.optimizer.state_dict(),
        "vote": learner.state.state_dict() if name == "vote" else None,
        "history": vars(done),
        "agreement": None if worker_monitor is None else worker_monitor.agreement_excess.tolist(),
    }


def _restore(config: Config, learner: Learner, name: str, device: Any) -> History:
    assert config.resume is not None
    held = torch.load(config.resume / "states" / f"{name}.pt", map_location=device, weights_only=True)
    if len(held["workers"]) != dist.get_world_size():
        raise ValueError(f"{config.resume} is of {len(held['workers'])} workers; go on with as many")
    own = held["workers"][dist.get_rank()]
    learner.ddp.module.load_state_dict(held["model"])
    learner.optimizer.load_state_dict(held["optimizer"])
    learner.state.step = own["history"]["step"]
    if name == "vote":
        learner.state.load_state_dict(own["vote"])
    return History(**own["history"])
