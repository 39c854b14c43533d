"""Who votes against the others: each worker's agreement with the vote, over time."""

from collections.abc import Sequence
from typing import TypeAlias

import torch
from torch import Tensor

Numbers: TypeAlias = Sequence[float] | Tensor
"""One a worker."""


class WorkerMonitor:
    """Agreement above chance of each worker, as a moving average with an interval.

    A worker that votes by coin agrees with the vote in more than half of the coordinates, because its own
    vote counts. ``close`` of `update` takes that part away: what is left is about 0 for a coin, above for an
    honest worker and below for one that lies. A worker is suspicious when its upper limit is below
    ``share`` of the mean of the larger half. An honest majority and a lying one look alike: see `alarm`.

    Parameters
    ----------
    workers : int
    decay : float
        Of the moving average; its reach is about ``1 / (1 - decay)`` steps.
    z : float
        Half width of an interval in standard errors, which come from the changes from step to step.
    share : float
        Of the larger half's agreement above chance, what an honest worker shows at least. Late in
        training few samples make most of the gradient, and honest workers differ much.
    warm : int
        Steps before anyone is judged.
    patience : int
        Steps in a row before a suspicious worker is expelled, or one that is clear comes back.

    Examples
    --------
    >>> worker_monitor = WorkerMonitor(3, warm=1, patience=1).update(torch.tensor([700, 700, 400]), 1000)
    >>> worker_monitor.suspicious.tolist(), worker_monitor.expelled.tolist()
    ([False, False, True], [False, False, True])
    >>> [round(weight, 3) for weight in worker_monitor.weights().tolist()]
    [0.847, 0.847, 0.0]
    """

    STATE = (
        "agreement_excess",
        "_squares",
        "_weight",
        "_weight2",
        "_chance",
        "_steps",
        "_streak",
        "expelled",
    )

    def __init__(
        self,
        workers: int,
        *,
        decay: float = 0.98,
        z: float = 4.0,
        share: float = 0.1,
        warm: int = 10,
        patience: int = 20,
    ) -> None:
        if not 0 <= decay < 1:
            raise ValueError(f"decay is {decay}; it must be at least 0 and below 1")
        if workers < 3:
            raise ValueError(
                f"there are {workers} workers; a monitor needs 3, as two that differ may both be right"
            )
        self.workers, self.decay, self.z, self.share = workers, decay, z, share
        self.warm, self.patience = warm, patience
        zeros = torch.zeros(workers, dtype=torch.float64)
        self.agreement_excess, self._squares, self._chance = zeros.clone(), zeros.clone(), zeros.clone()
        self._weight, self._weight2 = zeros.clone(), zeros.clone()
        self._steps, self._streak = zeros.long(), zeros.long()
        self.expelled = zeros.bool()

    def update(self, agree: Numbers, n: Numbers | int, close: float = 0.0) -> "WorkerMonitor":
        """Take in one step; itself.

        Parameters
        ----------
        agree : int (M,)
            Coordinates in which each worker's sign was the vote's; one in which the vote abstained is half.
        n : int, or int (M,)
            Coordinates that each voted on; 0 leaves a worker as it was.
        close : float
            Share of votes that one worker could turn: `models.signsgd.monitors.Margins.close`.

        Raises
        ------
        ValueError
            There is not one number a worker, or one agrees in more coordinates than there are.
        """
        agreed, voted = _row(agree, self.workers), _row(n, self.workers)
        wrong = (agreed < 0) | (agreed > voted)
        if bool(wrong.any()):
            worker = int(wrong.nonzero()[0])
            raise ValueError(
                f"worker {worker} agrees in {float(agreed[worker]):g} of {float(voted[worker]):g} coordinates"
            )
        here = voted > 0
        rate = torch.where(here, agreed / voted.clamp(min=1), 0.5)
        # Moving average and variance of what chance leaves over; weights fall by decay a step.
        deviation = rate - self._by_chance(close) - self.agreement_excess
        self._weight = torch.where(here, self.decay * self._weight + 1, self._weight)
        self._weight2 = torch.where(here, self.decay**2 * self._weight2 + 1, self._weight2)
        step = torch.where(here, deviation / self._weight.clamp(min=1), 0.0)
        squares = self.decay * self._squares + deviation * (deviation - step)
        self._squares = torch.where(here, squares, self._squares)
        self._chance = torch.where(here, rate * (1 - rate) / voted.clamp(min=1), self._chance)
        self.agreement_excess = self.agreement_excess + step
        self._steps += here
        self._expel()
        return self

    def _by_chance(self, close: float) -> float:
        """How often a coin agrees with a vote that it takes part in, on average over workers."""
        M = self.workers
        turned = close * (M + 1) / (2 * M) if M % 2 else close
        return 0.5 + turned / 2

    @property
    def error(self) -> Tensor:
        """Standard error of ``agreement_excess``, float64 (M,); at least that of independent coordinates."""
        W, W2 = self._weight.clamp(min=1), self._weight2.clamp(min=1)
        spread = self._squares / (W - W2 / W).clamp(min=1e-12)
        return (torch.maximum(spread, self._chance) * W2).sqrt() / W

    @property
    def suspicious(self) -> Tensor:
        """Workers that show less than honest ones would, bool (M,)."""
        return self._known() & (self.agreement_excess + self.z * self.error < self.share * self._usual())

    def _usual(self) -> Tensor:
        """Mean of the larger half, which is of honest workers as long as they are more than half."""
        known = self.agreement_excess[self._steps >= self.warm]
        return known.topk(len(known) // 2 + 1).values.mean() if len(known) else torch.zeros(())

    def _known(self) -> Tensor:
        """Workers with enough steps, while the larger half is above chance."""
        here = self._steps >= self.warm
        if not bool(here.any()) or bool(self._usual() <= self.z * self.error[here].median()):
            return torch.zeros_like(here)
        return here

    def _expel(self) -> None:
        clear = self._known() & (self.agreement_excess - self.z * self.error > self.share * self._usual())
        wish = torch.where(self.expelled, clear, self.suspicious)
        self._streak = torch.where(wish, self._streak + 1, 0)
        turn = self._streak >= self.patience
        expelled = self.expelled ^ turn
        if int(expelled.sum()) <= (self.workers - 1) // 2:
            self.expelled = expelled
            self._streak[turn] = 0

    def weights(self, limit: float = 2.0, floor: float = 0.0) -> Tensor:
        """Log-odds of agreement above chance, float64 (M,), from ``floor`` to ``limit``; 0 for the expelled.

        All are 1 until ``warm`` steps. A ``floor`` below 0 counts the opposite of what a liar says.
        Source: Park and Lee, "signSGD with federated defense", arXiv 2402.01340, with log-odds as weights.
        """
        if not bool(self._known().any()):
            return torch.where(self.expelled, 0.0, torch.ones_like(self.agreement_excess))
        right = (0.5 + self.agreement_excess).clamp(1e-6, 1 - 1e-6)
        return torch.where(self.expelled, 0.0, right.logit().clamp(floor, limit))

    def alarm(self, trusted: Sequence[int] = ()) -> str | None:
        """Why the vote may not be the honest workers', or None.

        Agreement looks the same with the roles exchanged, so only workers ``trusted`` to be honest, such as
        the one that asks, show that more than half lie. Without them, only a crowd of suspects tells.
        """
        known = torch.as_tensor(list(trusted), dtype=torch.int64)
        upper = (self.agreement_excess + self.z * self.error)[known]
        if len(known) and int(self._steps[known].min()) >= self.warm and bool((upper < 0).all()):
            return (
                "trusted workers disagree with the vote: more than half of all likely lie; stop or invert it"
            )
        count = int((self.suspicious | self.expelled).sum())
        if count >= (self.workers - 1) // 2:
            return f"{count} of {self.workers} workers are suspicious: one or two more would decide the vote"
        return None

    def state_dict(self) -> dict[str, Tensor]:
        """What `load_state_dict` takes, to go on after a checkpoint."""
        return {name: getattr(self, name).clone() for name in self.STATE}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on from a checkpoint of as many workers."""
        if len(state["agreement_excess"]) != self.workers:
            raise ValueError(
                f"the checkpoint has {len(state['agreement_excess'])} workers "
                f"and the worker monitor {self.workers}"
            )
        for name in self.STATE:
            setattr(self, name, state[name].clone())


def _row(value: Numbers | int, workers: int) -> Tensor:
    row = torch.as_tensor(value, dtype=torch.float64).cpu()
    if row.ndim and len(row) != workers:
        raise ValueError(f"{len(row)} numbers were given; there are {workers} workers")
    return row.expand(workers)
