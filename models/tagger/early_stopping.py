"""Which pass of a fit was the best, and when to stop waiting for a better one."""

import copy
from dataclasses import dataclass

from etl.engine.types import Module, Tensor


@dataclass
class EarlyStopping:
    """The best of the passes seen.

    Parameters
    ----------
    patience : int
        Passes without a better score after which `note` says to stop; 0 never does.

    Examples
    --------
    >>> import torch
    >>> stopping = EarlyStopping(patience=1)
    >>> [stopping.note(score, torch.nn.Linear(1, 1)) for score in (0.5, 0.7, 0.6)]
    [False, False, True]
    >>> stopping.best
    2
    """

    patience: int
    score: float = -float("inf")
    passes: int = 0
    best: int = 0
    weights: dict[str, Tensor] | None = None

    def note(self, score: float, module: Module) -> bool:
        """Remember the module's weights if the score is the best one; whether to stop."""
        self.passes += 1
        if score > self.score:
            self.score, self.best, self.weights = score, self.passes, copy.deepcopy(module.state_dict())
        return bool(self.patience) and self.passes - self.best >= self.patience

    def restore_best(self, module: Module) -> None:
        """Give the module its best weights, where there were any."""
        if self.weights is not None:
            module.load_state_dict(self.weights)
