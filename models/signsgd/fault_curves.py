"""What liars do: many voters in one process, by the words and the count that real ones send."""

from typing import Protocol

import numpy as np
import torch

from etl.engine.types import Module, Tensor, TorchDevice
from models.signsgd.codec import apply_, finite, momentum_pack_, words_of
from models.signsgd.gradients import gradient
from models.signsgd.schedule import Schedule
from models.signsgd.tasks import Task
from models.signsgd.vote_protocol import VoteRules, WordLayout, count_votes, decode
from models.signsgd.worker_monitor import WorkerMonitor
from models.signsgd.zero_signs import key_of

RULES = ("mean", "mean_scaled", "vote", "weighted")
"""The mean, the mean of lies ten times as large, the vote, and the vote weighted by a worker monitor."""
SCALE = 10.0


class Update(Protocol):
    """A step of the network from the gradients of all voters."""

    def step(self, gradients: Tensor, step: int) -> None:
        """Make a step with gradients (M, d)."""
        ...


def score_with_liars(
    task: Task,
    schedule: Schedule,
    device: TorchDevice,
    *,
    rule: str,
    liars: int,
    voters: int,
    lr: float,
) -> float:
    """Score after training by voters of which some lie; each has its share of a batch.

    Parameters
    ----------
    task : Task
    schedule : Schedule
        Its seed is that of the weights, of the liars and of ties too.
    device : torch.device
    rule : str
        One of `RULES`.
    liars, voters : int
    lr : float
        First rate, of SGD for means and of votes for votes.
    """
    torch.manual_seed(schedule.seed)
    network = task.make().to(device)
    lying = np.random.default_rng(schedule.seed).permutation(voters)[:liars].tolist()
    update: Update
    if rule in ("vote", "weighted"):
        update = VoteUpdate(network, schedule, lr, voters, weighted=rule == "weighted")
    else:
        update = MeanUpdate(network, schedule, lr)
    for step in range(schedule.steps):
        rows = schedule.rows(step)
        gradients = torch.stack([gradient(task, network, rows[m::voters]) for m in range(voters)])
        gradients[lying] *= -SCALE if rule == "mean_scaled" else -1
        update.step(gradients, step)
    return task.judge(network)


class MeanUpdate:
    """SGD with momentum on the mean gradient; see `Update`.

    Parameters
    ----------
    network : Module
    schedule : Schedule
    lr : float
    """

    def __init__(self, network: Module, schedule: Schedule, lr: float) -> None:
        self.parameters = list(network.parameters())
        self.schedule, self.lr = schedule, lr
        self.optimizer = torch.optim.SGD(self.parameters, lr, momentum=0.9)

    def step(self, gradients: Tensor, step: int) -> None:
        """See `Update`."""
        self.optimizer.param_groups[0]["lr"] = self.schedule.rate(self.lr, step)
        parts = gradients.mean(0).split([p.numel() for p in self.parameters])
        for p, part in zip(self.parameters, parts, strict=True):
            p.grad = part.view_as(p)
        self.optimizer.step()


class VoteUpdate:
    """Signs of each voter's momentum, counted as `models.signsgd.state.VoteState` counts them; see `Update`.

    Parameters
    ----------
    network : Module
    schedule : Schedule
    lr : float
    voters : int
    weighted : bool
        Whether a worker monitor weighs the voters.
    """

    def __init__(
        self, network: Module, schedule: Schedule, lr: float, voters: int, *, weighted: bool
    ) -> None:
        self.parameters = list(network.parameters())
        self.schedule, self.lr, self.d = schedule, lr, sum(p.numel() for p in self.parameters)
        self.layout = WordLayout((self.d,), (0,))
        self.momenta = torch.zeros(voters, self.d, device=self.parameters[0].device)
        self.worker_monitor = WorkerMonitor(voters) if weighted else None

    def step(self, gradients: Tensor, step: int) -> None:
        """See `Update`."""
        seed = self.schedule.seed
        weights = None if self.worker_monitor is None else self.worker_monitor.weights().tolist()
        rules = VoteRules("rotate", seed, step, weights, self.worker_monitor is not None)
        away = torch.tensor([not finite(row) for row in gradients]).long()
        words = torch.zeros(len(gradients), words_of(self.d), dtype=torch.int64, device=gradients.device)
        for m in (~away.bool()).nonzero().flatten().tolist():
            words[m] = momentum_pack_(self.momenta[m], gradients[m], 0.9, step=step, seed=key_of(m, seed))
        answers = count_votes(words, away, self.layout, 0, rules)[None]
        result = decode(answers, self.layout, "rotate", len(words))
        apply_(self.parameters, result.vote, self.schedule.rate(self.lr, step), mask=result.mask)
        if self.worker_monitor is not None:
            self.worker_monitor.update(result.agree, result.seen, result.close / self.d)
