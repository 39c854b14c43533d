"""Ridge regression on windows in closed form: sums piece by piece, the penalty by validation windows."""

import math
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

import torch

from etl.engine.types import Tensor
from models.sequences.base import OverWindows
from models.sequences.split import Split
from models.sequences.windows import Batch, Windows

STRENGTHS = tuple(10.0**power for power in range(-8, 2))
"""Shares of the mean square of the features."""
PIECE = 64 * 2**20
"""Bytes, about, of the largest part of a sum."""


@dataclass(frozen=True)
class Sums:
    """Sufficient statistics of a regression of H values on P features.

    Attributes
    ----------
    gram : tensor, shape (1 or H, P, P)
        Sums of products of features; by value where some are missing.
    cross : tensor, shape (H, P)
    square, count : tensor, shape (H,)
    """

    gram: Tensor
    cross: Tensor
    square: Tensor
    count: Tensor

    def __add__(self, other: "Sums") -> "Sums":
        """Those of both."""
        return Sums(*(getattr(self, name) + getattr(other, name) for name in vars(self)))

    def solve(self, strength: float) -> Tensor:
        """Weights (H, P) of least squares and ``strength`` times the mean square of the features.

        Parameters
        ----------
        strength : float
            Of all features but the last.
        """
        diagonal = self.gram.diagonal(dim1=1, dim2=2)
        size = diagonal[:, :-1].contiguous().mean(1, keepdim=True)
        size = torch.where(size > 0, size, 1.0)
        last = torch.arange(diagonal.shape[1], device=size.device) == diagonal.shape[1] - 1
        penalty = strength * size * torch.where(last, STRENGTHS[0], 1.0)
        return torch.linalg.solve(self.gram + torch.diag_embed(penalty), self.cross[..., None])[..., 0]

    def error(self, weights: Tensor) -> Tensor:
        """Mean squared error of weights (H, P)."""
        seen = (self.gram @ weights[..., None])[..., 0]
        total = (weights * seen).sum(1) - 2 * (weights * self.cross).sum(1) + self.square
        return total.sum() / self.count.sum()


def sums(design: Tensor, target: Tensor, holed: bool) -> Sums:
    """Statistics of a piece.

    Parameters
    ----------
    design : tensor, shape (B, P)
    target : tensor, shape (B, H)
        NaN is missing.
    holed : bool
        Whether any target of any piece is missing.
    """
    seen = (~torch.isnan(target)).to(design.dtype)
    values = target.nan_to_num()
    gram = torch.einsum("bh,bp,bq->hpq", seen, design, design) if holed else (design.T @ design)[None]
    return Sums(gram, values.T @ design, values.square().sum(0), seen.sum(0))


class RidgeForecaster(OverWindows):
    """A linear map of features of a window; a subclass gives ``_design(batch)``.

    ``weights_`` are (steps, features), ``strength_`` the penalty that was chosen.
    """

    strengths: tuple[float, ...] | None
    weights_: Tensor
    strength_: float
    n_iter_: int
    stop_reason_: str

    def state_dict(self) -> dict[str, Tensor]:
        """See `OverWindows.state_dict`; the weights, too."""
        return super().state_dict() | {"weights": self.weights_}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """See `OverWindows.load_state_dict`.

        Parameters
        ----------
        state : mapping of str to tensor
        """
        super().load_state_dict(state)
        self.weights_ = state["weights"]

    def _check(self) -> None:
        super()._check()
        if not all(0 <= strength < math.inf for strength in self.strengths or STRENGTHS):
            raise ValueError(f"strengths are {self.strengths}; give finite numbers that are not negative")

    @abstractmethod
    def _design(self, batch: Batch) -> Tensor:
        """Features in deviations of the series, (B, P); the last is 1."""

    def _target(self, batch: Batch) -> Tensor:
        """What is learnt, in deviations of the series, (B, H)."""
        return batch.target * batch.unit

    def _learn(self, made: Windows, parts: Split) -> None:
        holed = bool(torch.isnan(made.y[:, : -self.horizon]).any())
        train = self._summed(made, parts.train, holed)
        tried = self.strengths or STRENGTHS
        found = [train.solve(strength) for strength in tried]
        errors = self._errors(made, parts.validation, holed, found)
        best = min(range(len(tried)), key=errors.__getitem__)
        self.weights_, self.strength_, self.validation_ = found[best], tried[best], errors[best]
        self._judge(made, parts.validation)
        whole = self._summed(made, made.usable().nonzero().T, holed)
        self.weights_ = whole.solve(self.strength_)
        self.n_iter_ = len(tried)
        self.stop_reason_ = f"strength {self.strength_:.0e} has the least error of {len(tried)}"

    def _errors(self, made: Windows, at: Tensor, holed: bool, found: list[Tensor]) -> list[float]:
        """Mean squared errors of weights on the validation windows."""
        late = self._summed(made, at, holed)
        return torch.stack([late.error(weights) for weights in found]).nan_to_num(torch.inf).tolist()

    def _summed(self, made: Windows, at: Tensor, holed: bool) -> Sums:
        width = self._design(made.cut(*at[:, :1])).shape[1]
        size = max(1, PIECE // (8 * width * (width if holed else 1)))
        pieces = zip(*(part.split(size) for part in at), strict=True)
        batches = (made.cut(series, start) for series, start in pieces)
        each = (sums(self._design(batch), self._target(batch), holed) for batch in batches)
        return sum(each, next(each))

    def _scaled(self, batch: Batch) -> Tensor:
        return ((self._design(batch) @ self.weights_.T) / batch.unit)[None]

    def _beside(self, batch: Batch) -> list[Tensor]:
        """Phases of the first step to come, covariates of all steps to come, and 1."""
        waves = 2 * sum(period > 1 for period in self.periods())
        known = batch.known
        return [known[:, 0, :waves], known[:, :, waves:].flatten(1), torch.ones_like(batch.unit)]
