"""How long and how fast a network learns, and what else changes meanwhile."""

import math
from dataclasses import dataclass
from typing import Any, Protocol

WARM = 0.1
"""Share of the steps in which the rate rises."""


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
        Steps between two validations.
    patience : int
        Validations without a better loss after which it stops; 0 never does.
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


class Curriculum(Protocol):
    """What else changes as a network learns, and is saved with it.

    Attributes
    ----------
    factor : float
        Of the rate.
    """

    factor: float

    def update(self, loss: float) -> None:
        """Take the validation loss."""
        ...

    def state_dict(self) -> dict[str, Any]:
        """All that changes."""
        ...

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a `state_dict`."""
        ...
