"""Steps of gradient descent on windows: the best state is kept, and a run that was cut off goes on."""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch.optim import Optimizer

from etl.engine.types import Module, Tensor
from models.sequences import checkpoints
from models.sequences.schedule import Curriculum, Schedule

CLIP = 1.0
"""Largest norm of a gradient."""


@dataclass
class Progress:
    """Where a training stands, without the weights.

    Attributes
    ----------
    step, best_step, stale : int
        Steps made, those of the best weights, and validations since.
    best : float
        Validation loss of the best weights.
    """

    step: int = 0
    best_step: int = 0
    stale: int = 0
    best: float = math.inf


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
    optimizer : torch.optim.Optimizer, optional
        AdamW by default; its rates are set at each step.
    clip : float
        Largest norm of a gradient.

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
        optimizer: Optimizer | None = None,
        clip: float = CLIP,
    ) -> None:
        self.network, self.schedule, self.clip = network, schedule, clip
        self.checkpoint = None if checkpoint is None else Path(checkpoint)
        self.curriculum = curriculum
        self.optimizer = optimizer or torch.optim.AdamW(
            network.parameters(), lr=schedule.learning_rate, weight_decay=schedule.weight_decay
        )
        device = next(network.parameters()).device
        self.told = f"{schedule}, {device.type}, {told}"
        self.generator = torch.Generator(device).manual_seed(schedule.seed)
        self.progress, self.weights = Progress(), _copied(network)
        if self.checkpoint is not None and self.checkpoint.exists():
            self.load_state_dict(checkpoints.load(self.checkpoint, self.told))

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
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.clip)
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
            checkpoints.save(self.checkpoint, self.state_dict())
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

    def state_dict(self) -> dict[str, Any]:
        """All that a training needs to go on, the global generator's state included."""
        return {
            "told": self.told,
            "progress": asdict(self.progress),
            "network": self.network.state_dict(),
            "best": self.weights,
            "optimizer": self.optimizer.state_dict(),
            "random": [self.generator.get_state(), torch.get_rng_state(), *self._of_device()],
            "curriculum": {} if self.curriculum is None else self.curriculum.state_dict(),
        }

    def _of_device(self) -> list[Tensor]:
        """State of the GPU's own generator, of which dropout draws."""
        device = self.generator.device
        return [torch.cuda.get_rng_state(device)] if device.type == "cuda" else []

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a `state_dict`."""
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.weights, self.progress = state["best"], Progress(**state["progress"])
        own_random, everywhere, *of_device = state["random"]
        self.generator.set_state(own_random)
        torch.set_rng_state(everywhere)
        for held in of_device:
            torch.cuda.set_rng_state(held, self.generator.device)
        if self.curriculum is not None:
            self.curriculum.load_state_dict(state["curriculum"])


def _copied(network: Module) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in network.state_dict().items()}
