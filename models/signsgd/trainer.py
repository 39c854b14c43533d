"""Training by one worker among others, through the hooks of real processes."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
import torch.distributed as dist
from tqdm.auto import tqdm

from models.signsgd.gradients import gradient_health
from models.signsgd.learner import Learner
from models.signsgd.schedule import Schedule
from models.signsgd.tasks import Task
from models.signsgd.zero_signs import key_of

POINTS = 12
"""Times that a model is judged."""


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
        See `models.signsgd.gradients.gradient_health`.
    """

    step: int = 0
    seconds: float = 0.0
    sent: int = 0
    points: list[list[float]] = field(default_factory=list)
    health: list[dict[str, float]] = field(default_factory=list)


def train(learner: Learner, task: Task, schedule: Schedule, history: History, last: int) -> None:
    """Train with the other workers from where the history ends to a step, and note it.

    Parameters
    ----------
    learner : Learner
    task : Task
    schedule : Schedule
    history : History
        Written to.
    last : int
        Step at which to stop; the model is judged `POINTS` times on the way there.
    """
    judged = {round(last * k / POINTS) for k in range(1, POINTS + 1)}
    for step in _bar(range(history.step, last), learner.name):
        train_step(learner, task, schedule, history, step)
        if step + 1 in judged:
            judge(learner, task, schedule, history)


def _bar(span: range, name: str) -> Iterator[int]:
    quiet = True if dist.get_rank() else None
    return iter(tqdm(span, desc=name, leave=False, disable=quiet))


def train_step(learner: Learner, task: Task, schedule: Schedule, history: History, step: int) -> None:
    """A step on this worker's share of the batch; see `train`.

    Parameters
    ----------
    learner : Learner
    task : Task
    schedule : Schedule
    history : History
        Written to.
    step : int
    """
    rank = dist.get_rank()
    rows = schedule.rows(step)[rank :: dist.get_world_size()]
    sent, began = learner.state.bytes_sent_, time.perf_counter()
    torch.manual_seed(key_of(step, key_of(rank, schedule.seed)))  # dropout goes on as it would have
    for group in learner.optimizer.param_groups:
        group["lr"] = schedule.rate(group.setdefault("first", group["lr"]), step)
    x, truth = task.batch(rows)
    learner.optimizer.zero_grad()
    task.loss(learner.ddp(x), truth).backward()
    learner.optimizer.step()
    history.seconds += time.perf_counter() - began
    history.sent += learner.state.bytes_sent_ - sent
    history.step = step + 1


def judge(learner: Learner, task: Task, schedule: Schedule, history: History) -> None:
    """Note the score, by rank 0 while the others wait, and of votes the health of the gradients.

    Parameters
    ----------
    learner : Learner
    task : Task
    schedule : Schedule
    history : History
        Written to.
    """
    if dist.get_rank() == 0:
        network = learner.ddp.module
        history.points.append([history.step, history.seconds, history.sent, task.judge(network)])
        if learner.name == "vote":
            workers = dist.get_world_size()
            found = gradient_health(task, network, history.step, batch=schedule.batch, workers=workers)
            history.health.append(found)
    dist.barrier()
