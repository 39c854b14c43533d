"""What the losses of a training were: read by the host once an epoch, and kept in its checkpoints."""

from typing import Any

import torch

from etl.engine.types import Tensor


class History:
    """Means between checks; a `models.sequences.training.Curriculum`.

    Attributes
    ----------
    entries : list of dict
        ``step``, mean ``loss`` since the last one, and what else was measured.
    """

    factor = 1.0

    def __init__(self) -> None:
        self.entries: list[dict[str, float]] = []
        self._sum: Tensor | float = 0.0
        self._steps = 0

    def add(self, loss: Tensor) -> None:
        """Take the loss of a step, which stays on the device until a check.

        Parameters
        ----------
        loss : tensor
        """
        self._sum, self._steps = self._sum + loss.detach(), self._steps + 1

    def note(self, step: int, **measured: Tensor) -> dict[str, float]:
        """The entry of a check, read with one wait.

        Parameters
        ----------
        step : int
        measured : tensor
            Numbers.
        """
        loss = torch.as_tensor(self._sum) / max(self._steps, 1)
        numbers = torch.stack([loss, *(each.to(loss) for each in measured.values())]).tolist()
        self.entries.append({"step": step, **dict(zip(("loss", *measured), numbers, strict=True))})
        self._sum, self._steps = 0.0, 0
        return self.entries[-1]

    def update(self, loss: float) -> None:
        """Nothing changes by a check."""

    def state_dict(self) -> dict[str, Any]:
        """The entries."""
        return {"entries": self.entries}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a `state_dict`."""
        self.entries = list(state["entries"])
