"""Training by one worker among others: the comparison of optimisers, through the hooks of real processes."""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel
from tqdm import tqdm

from models.signsgd import codec
from models.signsgd.chaos import Chaos
from models.signsgd.dither import key_of
from models.signsgd.gauge import Gauge
from models.signsgd.guards import guard
from models.signsgd.hook import MeanState, majority_vote_hook, mean_hook
from models.signsgd.optim import SignSGD, Signum
from models.signsgd.replicas import compare
from models.signsgd.state import VoteState
from pipelines import signsgd_faults, signsgd_monitors
from pipelines.signsgd_config import Config
from pipelines.signsgd_data import Task, load

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
        See `pipelines.signsgd_monitors.look`.
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
        "faults": signsgd_faults.share(config, task, device, dist.get_rank(), dist.get_world_size()),
        "cost": signsgd_monitors.cost(config, task, device) if dist.get_rank() == 0 else None,
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
    chaos = Chaos(flip=config.faults.flip, seed=config.seed) if config.faults.flip else None
    optimizer: Any
    hook: Any = mean_hook
    if name == "vote":
        gauge = Gauge(workers) if workers > 2 else None
        state: Any = VoteState(
            ddp, transport=config.transport, gauge=gauge, chaos=chaos, timeout=PATIENCE, seed=config.seed
        )
        optimizer, hook = SignSGD(ddp.parameters(), lr), majority_vote_hook
        guard(optimizer, model=ddp)
        codec.momentum_pack_(torch.zeros(1, device=device), torch.zeros(1, device=device))  # compiles
    else:
        state = MeanState(chaos=chaos)
        optimizer = OPTIMIZERS[name](list(ddp.parameters()), lr)
    ddp.register_comm_hook(state, hook)
    return Learner(ddp, optimizer, state, task)


OPTIMIZERS: dict[str, Callable[[Any, float], Any]] = {
    "sgd": lambda parameters, lr: torch.optim.SGD(parameters, lr, momentum=0.9),
    "adam": lambda parameters, lr: torch.optim.Adam(parameters, lr),
    "signum": lambda parameters, lr: Signum(parameters, lr, momentum=0.9),
}


def steps(config: Config, count: int) -> int:
    """Steps of all epochs; what does not fill a batch waits for the next epoch's order."""
    return config.epochs * max(1, count // config.batch)


def rows(config: Config, count: int, step: int) -> Any:
    """Examples of a step, of all workers together: each epoch has an order of its own."""
    epoch, place = divmod(step, max(1, count // config.batch))
    order = torch.randperm(count, generator=torch.Generator().manual_seed(key_of(epoch, config.seed)))
    return order[place * config.batch :][: config.batch]


def rate(lr: float, step: int, total: int) -> float:
    """Rate that falls from ``lr`` to zero by a half cosine.

    Examples
    --------
    >>> [round(rate(0.1, step, 4), 3) for step in range(4)]
    [0.1, 0.085, 0.05, 0.015]
    """
    return lr * (1 + math.cos(math.pi * step / total)) / 2


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
            done.health.append(signsgd_monitors.look(config, learner.task, learner.ddp.module, done.step))
    dist.barrier()


def _same(learner: Learner, step: int) -> bool:
    """Whether all workers have the same bits."""
    try:
        compare(dict(learner.ddp.module.named_parameters()), dist.group.WORLD, step)
    except RuntimeError:
        return False
    return True


def _saved(learner: Learner, done: History, name: str) -> dict[str, Any]:
    gauge = getattr(learner.state, "gauge", None)
    return {
        "model": {key: value.cpu() for key, value in learner.ddp.module.state_dict().items()},
        "optimizer": learner.optimizer.state_dict(),
        "vote": learner.state.state_dict() if name == "vote" else None,
        "history": vars(done),
        "agreement": None if gauge is None else gauge.excess.tolist(),
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
