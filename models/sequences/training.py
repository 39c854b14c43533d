"""Steps of gradient descent on windows: the best state is kept, and a run that was cut off goes on."""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import torch
from torch.optim import Optimizer

from etl.engine.types import Module, Tensor
from etl.files import reading, whole

WARM = 0.1
"""Share of the steps in which the rate rises."""
CLIP = 1.0
"""Largest norm of a gradient."""


@dataclass(frozen=True)
class Schedule:
    """How long and how fast a network learns.

    Attributes
    ----------
    steps : int
        At most.
    learning_rate : float
        Its peak; the rate rises to it, then falls to 0 as a cosine does.
    check : int
        Steps between two looks at the validation windows.
    patience : int
        Looks without a better one after which it stops; 0 never does.
    weight_decay : float
        Of AdamW.
    seed : int
    cosine : bool
        Whether the rate falls.

    Raises
    ------
    ValueError
        A number is out of its range.
    """

    steps: int = 1000
    learning_rate: float = 3e-3
    check: int = 50
    patience: int = 6
    weight_decay: float = 0.0
    seed: int = 0
    cosine: bool = True

    def __post_init__(self) -> None:
        """Refuse what is no schedule, with a ValueError."""
        for name, least in (("steps", 1), ("check", 1), ("patience", 0)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} is {getattr(self, name)}; it is at least {least}")
        if not self.learning_rate > 0:  # true of NaN, too
            raise ValueError(f"learning_rate is {self.learning_rate}; give a number above 0")

    def rate(self, step: int) -> float:
        """Share of the peak rate at a step.

        Examples
        --------
        >>> [round(Schedule(steps=100).rate(step), 2) for step in (0, 9, 55, 99)]
        [0.1, 1.0, 0.48, 0.0]
        """
        warm = max(1, int(WARM * self.steps))
        if step < warm:
            return (step + 1) / warm
        if not self.cosine:
            return 1.0
        return 0.5 + 0.5 * math.cos(math.pi * (step + 1 - warm) / max(1, self.steps - warm))


@dataclass
class Progress:
    """Where a training stands, without the weights.

    Attributes
    ----------
    step, best_step, stale : int
        Steps made, those of the best state, and looks since.
    best : float
        Loss of the best state.
    """

    step: int = 0
    best_step: int = 0
    stale: int = 0
    best: float = math.inf


class Curriculum(Protocol):
    """What else changes as a network learns, and is saved with it.

    Attributes
    ----------
    factor : float
        Of the rate.
    """

    factor: float

    def update(self, loss: float) -> None:
        """Take the loss of a look at the validation windows."""
        ...

    def state_dict(self) -> dict[str, Any]:
        """All that changes."""
        ...

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a `state_dict`."""
        ...


class Training:
    """A network, its optimiser and all that they need to go on.

    Parameters
    ----------
    network : torch.nn.Module
    schedule : Schedule
    checkpoint : Path or str, optional
        Where the state is written at each check, in one piece, and read at the start if it is there.
    told : str
        What data and options there are; a checkpoint of others is refused.
    curriculum : Curriculum, optional

    Raises
    ------
    ValueError
        The checkpoint is of another network or schedule.
    """

    def __init__(
        self,
        network: Module,
        schedule: Schedule,
        checkpoint: Path | str | None = None,
        told: str = "",
        curriculum: Curriculum | None = None,
    ) -> None:
        self.network, self.schedule = network, schedule
        self.checkpoint = None if checkpoint is None else Path(checkpoint)
        self.curriculum = curriculum
        self.optimizer = torch.optim.AdamW(
            network.parameters(), lr=schedule.learning_rate, weight_decay=schedule.weight_decay
        )
        device = next(network.parameters()).device
        self.told = f"{schedule}, {device.type}, {told}"
        self.generator = torch.Generator(device).manual_seed(schedule.seed)
        self.progress, self.weights = Progress(), _copied(network)
        if self.checkpoint is not None and self.checkpoint.exists():
            self._go_on(self.checkpoint)

    def fit(
        self,
        losses: Callable[[torch.Generator, int], Tensor],
        validation: Callable[[], Tensor],
        after: Callable[[Optimizer, int], None] | None = None,
    ) -> str:
        """Learn until the steps are made or nothing is gained; the network has its best state then.

        Parameters
        ----------
        losses : callable
            ``losses(generator, step)`` is the loss of one batch.
        validation : callable
            Loss by which states are compared.
        after : callable, optional
            ``after(optimizer, steps)`` is called when a step was made, and may change the network.

        Returns
        -------
        str
            Why it stopped.

        Raises
        ------
        ValueError
            No state had a finite loss.
        """
        reason = ""
        while not reason:
            reason = self._ended() or self._step(losses, validation, after)
        if not math.isfinite(self.progress.best):
            raise ValueError(
                f"the loss is not finite at step {self.progress.step:,}; take a smaller learning_rate, now "
                f"{self.schedule.learning_rate}"
            )
        self.network.load_state_dict(self.weights)
        return reason

    def _step(
        self,
        losses: Callable[[torch.Generator, int], Tensor],
        validation: Callable[[], Tensor],
        after: Callable[[Optimizer, int], None] | None,
    ) -> str:
        progress, schedule = self.progress, self.schedule
        self.network.train()
        for group in self.optimizer.param_groups:
            factor = 1.0 if self.curriculum is None else self.curriculum.factor
            group["lr"] = schedule.learning_rate * schedule.rate(progress.step) * factor
        self.optimizer.zero_grad()
        losses(self.generator, progress.step).backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), CLIP)
        self.optimizer.step()
        progress.step += 1
        if after is not None:
            after(self.optimizer, progress.step)
        if progress.step % schedule.check and progress.step < schedule.steps:
            return ""
        self.network.eval()
        with torch.no_grad():
            score = float(validation())
        self._note(score)
        if self.checkpoint is not None:
            self._save(self.checkpoint)
        return "" if math.isfinite(score) else f"loss not finite at step {progress.step:,}"

    def _note(self, score: float) -> None:
        self.progress.stale += 1
        if score < self.progress.best:
            self.progress = replace(self.progress, best=score, best_step=self.progress.step, stale=0)
            self.weights = _copied(self.network)
        if self.curriculum is not None and math.isfinite(score):
            self.curriculum.update(score)

    def _ended(self) -> str:
        progress, schedule = self.progress, self.schedule
        if schedule.patience and progress.stale >= schedule.patience:
            return (
                f"no better validation loss in {progress.stale} checks: best at step {progress.best_step:,}"
            )
        if progress.step >= schedule.steps:
            return f"all steps ({progress.step:,}) were made: best at step {progress.best_step:,}"
        return ""

    def _save(self, path: Path) -> None:
        state = {
            "told": self.told,
            "progress": asdict(self.progress),
            "network": self.network.state_dict(),
            "best": self.weights,
            "optimizer": self.optimizer.state_dict(),
            "random": [self.generator.get_state(), torch.get_rng_state()],
            "curriculum": {} if self.curriculum is None else self.curriculum.state_dict(),
        }
        with whole(path) as partial:
            torch.save(state, partial)

    def _go_on(self, path: Path) -> None:
        with reading(path, "a checkpoint of this training, or a path where nothing is", RuntimeError):
            # Onto the host: AdamW, which keeps its counts of steps where they lie, reads them at each step.
            state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        if state["told"] != self.told:
            raise ValueError(
                f"{path} is the checkpoint of another training ({state['told']}, now {self.told}); give "
                "another path, or remove it to begin anew"
            )
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.weights, self.progress = state["best"], Progress(**state["progress"])
        own_random, everywhere = state["random"]
        self.generator.set_state(own_random)
        torch.set_rng_state(everywhere)
        if self.curriculum is not None:
            self.curriculum.load_state_dict(state["curriculum"])


def _copied(network: Module) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in network.state_dict().items()}
