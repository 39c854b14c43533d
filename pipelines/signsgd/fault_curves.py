"""What liars do: many voters in one process, by the words and the count that real ones send."""

from itertools import product
from typing import Any

import numpy as np
import torch

from models.signsgd.codec import apply_, finite, momentum_pack_, words_of
from models.signsgd.vote_protocol import VoteRules, WordLayout, count_votes, decode
from models.signsgd.worker_monitor import WorkerMonitor
from models.signsgd.zero_signs import key_of
from pipelines.signsgd import schedule
from pipelines.signsgd.config import Config
from pipelines.signsgd.data import Task
from pipelines.signsgd.monitors import gradient

RULES = ("mean", "mean_scaled", "vote", "weighted")
"""The mean, the mean of lies ten times as large, the vote, and the vote weighted by a worker monitor."""
SCALE = 10.0
Found = tuple[str, int, float]


def share(config: Config, task: Task, device: Any, rank: int, workers: int) -> list[Found]:
    """Rule, number of liars and score, for this worker's share of the curves."""
    jobs = [(rule, n) for n, rule in product(config.liars, RULES) if n or rule != "mean_scaled"]
    return [(rule, n, play(config, task, rule, n, device)) for rule, n in jobs[rank::workers]]


def play(config: Config, task: Task, rule: str, liars: int, device: Any) -> float:
    """Score after training by voters of which some lie; each has its share of a batch."""
    torch.manual_seed(config.seed)
    network, M = task.make().to(device), config.faults.voters
    lying = np.random.default_rng(config.seed).permutation(M)[:liars].tolist()
    total = schedule.steps(config, task.count)
    decide = Vote(config, network, rule, M) if rule in ("vote", "weighted") else Mean(config, network)
    for step in range(total):
        some = schedule.rows(config, task.count, step)
        found = torch.stack([gradient(task, network, some[m::M]) for m in range(M)])
        found[lying] *= -SCALE if rule == "mean_scaled" else -1
        decide.step(found, step, total)
    return task.judge(network)


class Mean:
    """SGD on the mean gradient."""

    def __init__(self, config: Config, network: Any) -> None:
        self.parameters = list(network.parameters())
        self.lr = config.lr("sgd")
        self.optimizer = torch.optim.SGD(self.parameters, self.lr, momentum=0.9)

    def step(self, gradients: Any, step: int, total: int) -> None:
        """Make a step with gradients (M, d)."""
        self.optimizer.param_groups[0]["lr"] = schedule.rate(self.lr, step, total)
        parts = gradients.mean(0).split([p.numel() for p in self.parameters])
        for p, part in zip(self.parameters, parts, strict=True):
            p.grad = part.view_as(p)
        self.optimizer.step()


class Vote:
    """Signs of each voter's momentum, counted as `models.signsgd.state.VoteState` counts them."""

    def __init__(self, config: Config, network: Any, rule: str, voters: int) -> None:
        self.parameters = list(network.parameters())
        self.lr, self.seed, self.d = config.lr("vote"), config.seed, sum(p.numel() for p in self.parameters)
        self.layout = WordLayout((self.d,), (0,))
        self.momenta = torch.zeros(voters, self.d, device=self.parameters[0].device)
        self.worker_monitor = WorkerMonitor(voters) if rule == "weighted" else None

    def step(self, gradients: Any, step: int, total: int) -> None:
        """Make a step with gradients (M, d)."""
        weights = None if self.worker_monitor is None else self.worker_monitor.weights().tolist()
        rules = VoteRules("rotate", self.seed, step, weights, self.worker_monitor is not None)
        away = torch.tensor([not finite(row) for row in gradients]).long()
        words = torch.zeros(len(gradients), words_of(self.d), dtype=torch.int64, device=gradients.device)
        for m in (~away.bool()).nonzero().flatten().tolist():
            seed = key_of(m, self.seed)
            words[m] = momentum_pack_(self.momenta[m], gradients[m], 0.9, step=step, seed=seed)
        answers = count_votes(words, away, self.layout, 0, rules)[None]
        outcome = decode(answers, self.layout, "rotate", len(words))
        apply_(self.parameters, outcome.vote, schedule.rate(self.lr, step, total), mask=outcome.mask)
        if self.worker_monitor is not None:
            self.worker_monitor.update(outcome.agree, outcome.seen, outcome.close / self.d)
