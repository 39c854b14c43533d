"""Workers that lie, err or stay away, in real runs: faults put in at the hook, by a seed."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import torch
import torch.distributed as dist

from etl.engine.types import ProcessGroup
from models.signsgd.codec import pack
from models.signsgd.vote_protocol import WordLayout
from models.signsgd.zero_signs import key_of, random_words

Who = float | Sequence[int]
"""Share of the workers, drawn by the seed, or their numbers."""
FAULTS = ("flip", "random", "nan", "stale", "drop", "collude", "scale", "garbage")


@dataclass(frozen=True)
class FaultPlan:
    """Which workers do what. Shares draw workers that no other share drew.

    Attributes
    ----------
    flip
        Send the negation of their signs.
    random
        Send a coin for each sign.
    nan
        Their gradient is NaN.
    stale
        Send again what they sent last.
    drop
        Abstain.
    collude
        All send the negation of the honest workers' sum of momentum. It is exact: workers add it up by an
        all-reduce beside the vote, which is not counted in the bytes sent.
    scale
        Their gradient is multiplied by ``factor``, which breaks a mean and is one vote here.
    garbage
        Send random bytes instead of words and flag: any bytes are a valid vote.
    factor : float
    rate : float
        Share of the steps in which a faulty worker is at fault.
    seed : int

    Examples
    --------
    >>> {m: sorted(faults) for m, faults in FaultPlan(flip=1 / 3, nan=[0]).faults(3).items() if faults}
    {0: ['nan'], 2: ['flip']}
    """

    flip: Who = 0.0
    random: Who = 0.0
    nan: Who = 0.0
    stale: Who = 0.0
    drop: Who = 0.0
    collude: Who = 0.0
    scale: Who = 0.0
    garbage: Who = 0.0
    factor: float = -10.0
    rate: float = 1.0
    seed: int = 0

    def faults(self, workers: int) -> dict[int, set[str]]:
        """Faults of each worker.

        Raises
        ------
        ValueError
            A worker does not exist, or the shares ask for more workers than there are.
        """
        faults: dict[int, set[str]] = {worker: set() for worker in range(workers)}
        given = {f.name: getattr(self, f.name) for f in fields(self) if f.name in FAULTS}
        named = {worker for who in given.values() if not isinstance(who, float | int) for worker in who}
        free = [int(w) for w in np.random.default_rng(self.seed).permutation(workers) if w not in named]
        for fault, who in given.items():
            if isinstance(who, float | int):
                count = round(who * workers)
                if not 0 <= count <= len(free):
                    raise ValueError(f"{fault} is {who} of {workers} workers; {len(free)} have no fault yet")
                who, free = free[:count], free[count:]
            for worker in who:
                if worker not in faults:
                    raise ValueError(f"{fault} names worker {worker}; there are workers 0 to {workers - 1}")
                faults[worker].add(fault)
        return faults


class FaultInjector:
    """One worker's faults.

    Parameters
    ----------
    fault_plan : FaultPlan
    worker, workers : int
    group : process group
        Of the workers, over which colluders learn what is honest.
    """

    def __init__(self, fault_plan: FaultPlan, worker: int, workers: int, group: ProcessGroup) -> None:
        faults = fault_plan.faults(workers)
        self.fault_plan, self.worker, self.group = fault_plan, worker, group
        self.faults = faults[worker]
        self.collusion = any("collude" in some for some in faults.values())
        self._sent: dict[WordLayout, torch.Tensor] = {}

    def has(self, fault: str, step: int) -> bool:
        """Whether this worker commits this fault at this step."""
        if fault not in self.faults or self.fault_plan.rate >= 1:
            return fault in self.faults
        draw = key_of(step, key_of(self.worker, self.fault_plan.seed)) % 2**32
        return draw < self.fault_plan.rate * 2**32

    def corrupt(self, gradient: torch.Tensor, step: int) -> None:
        """Make a gradient faulty in place: scaled, or NaN."""
        if self.has("scale", step):
            gradient.mul_(self.fault_plan.factor)
        if self.has("nan", step):
            gradient.fill_(torch.nan)

    def forge(
        self, words: torch.Tensor, flag: bool, honest: Sequence[torch.Tensor], layout: WordLayout, step: int
    ) -> tuple[torch.Tensor, bool]:
        """Words and flag that are sent, instead of what is true.

        Parameters
        ----------
        words : int64 tensor, shape (layout.words,)
        flag : bool
            Whether the worker abstains.
        honest : sequence of tensors
            What was packed.
        layout : WordLayout
        step : int

        Returns
        -------
        words : int64 tensor, shape (layout.words,)
        flag : bool
        """
        if self.collusion:
            against = self._against(honest, flag, step)
            if self.has("collude", step):
                words, flag = torch.cat([pack(part) for part in against.split(list(layout.sizes))]), False
        if self.has("flip", step):
            words = ~words
        if self.has("stale", step):
            words = self._sent.setdefault(layout, words)
        key = key_of(step, key_of(self.worker, self.fault_plan.seed + 1))
        if self.has("random", step) or self.has("garbage", step):
            words = random_words(len(words), key, layout.firsts[0], words.device)
        if self.has("garbage", step):
            flag = bool(key & 1)
        return words, flag or self.has("drop", step)

    def _against(self, honest: Sequence[torch.Tensor], flag: bool, step: int) -> torch.Tensor:
        total = torch.cat([part.reshape(-1) for part in honest])
        if flag or self.faults:
            total.zero_()
        dist.all_reduce(total, group=self.group)
        return total.neg_()
