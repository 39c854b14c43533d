"""Scheduled sampling: true frames are read often at first, then seldom, and at last never; then rates fall.

Sources: Bengio and others, "Scheduled sampling for sequence prediction with recurrent neural networks", NIPS
2015; the schedule by plateaus is that of Su and others, arXiv 2002.09131.
"""

import math
from collections.abc import Callable
from typing import Any

import torch

from etl.engine.types import Tensor, TorchDevice

TAUGHT, FALLING, FREE, SLOWING = "taught", "falling", "free", "slowing"


class ScheduledSampling:
    """How often a true frame is read instead of a prediction, and by how much the rate has fallen.

    Phases: ``taught`` (the ratio is 1) until the loss of validation has not improved for ``patience`` checks;
    ``falling``, a step a check, down to 0; ``free`` until the next plateau; ``slowing``, where the rate is
    multiplied by ``decay`` every ``every`` checks. A check is what the trainer calls one: an epoch, say.

    Parameters
    ----------
    patience : int
        Checks without improvement that make a plateau.
    step : float
        Of the ratio, a check.
    decay : float
    every : int
    seed : int
        Of the choice of frames.
    device : str or torch.device
        Where frames are chosen.
    watch : callable, optional
        Called with this after each check, to tell how it goes.

    Attributes
    ----------
    ratio : float
        Share of frames that are true.
    factor : float
        Of the learning rate.
    phase : str
    losses : list of float
        Of all checks.

    Examples
    --------
    >>> curriculum = ScheduledSampling(patience=1, step=0.5)
    >>> for loss in (3.0, 2.0, 2.5):
    ...     curriculum.update(loss)
    >>> curriculum.phase, curriculum.ratio
    ('falling', 0.5)
    """

    def __init__(
        self,
        patience: int = 20,
        step: float = 4e-3,
        decay: float = 0.98,
        every: int = 5,
        seed: int = 0,
        device: TorchDevice = "cpu",
        watch: "Callable[[ScheduledSampling], None] | None" = None,
    ) -> None:
        if patience < 1 or every < 1 or not 0 < step <= 1 or not 0 < decay <= 1:
            given = f"patience {patience}, step {step}, decay {decay}, every {every}"
            raise ValueError(f"a schedule has whole checks of 1 and more, and parts in (0, 1]; got {given}")
        self.patience, self.step, self.decay, self.every = patience, step, decay, every
        self.device, self.watch = torch.device(device), watch
        self.generator = torch.Generator(self.device).manual_seed(seed)
        self.phase, self.ratio, self.factor = TAUGHT, 1.0, 1.0
        self.best, self.waited, self.slowed = math.inf, 0, 0
        self.losses: list[float] = []

    def mask(self, batch: int, frames: int) -> Tensor:
        """Whether the true frame is read: bool, (batch, frames), drawn for each clip and frame anew.

        Parameters
        ----------
        batch : int
        frames : int
        """
        drawn = torch.rand(batch, frames, generator=self.generator, device=self.device)
        return drawn < self.ratio

    def update(self, loss: float) -> None:
        """A check on: take the loss of validation.

        Raises
        ------
        ValueError
            The loss is no number.
        """
        if not math.isfinite(loss):
            raise ValueError(f"the loss of validation is {loss}; take a lower learning rate")
        self.losses.append(loss)
        self.waited = 0 if loss < self.best else self.waited + 1
        self.best = min(self.best, loss)
        if self.phase == TAUGHT and self.waited >= self.patience:
            self.phase = FALLING
        if self.phase == FALLING:
            self._fall()
        elif self.phase == FREE and self.waited >= self.patience:
            self.phase = SLOWING
        elif self.phase == SLOWING:
            self.slowed += 1
            self.factor = self.decay ** (self.slowed // self.every)
        if self.watch is not None:
            self.watch(self)

    def _fall(self) -> None:
        """A step down; at 0 the wait for the next plateau begins afresh."""
        self.ratio = max(round(self.ratio - self.step, 12), 0.0)
        if self.ratio == 0:
            self.phase, self.waited = FREE, 0

    def state_dict(self) -> dict[str, Any]:
        """All that changes, the generator's state included."""
        names = ("phase", "ratio", "factor", "best", "waited", "slowed")
        changing = {name: getattr(self, name) for name in names} | {"losses": list(self.losses)}
        return changing | {"generator": self.generator.get_state()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a `state_dict`."""
        for name, value in state.items():
            if name == "generator":
                self.generator.set_state(value.cpu())
            else:
                setattr(self, name, value)
