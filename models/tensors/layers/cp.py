"""A map whose tensor is a sum of outer products (CP)."""

from collections.abc import Sequence
from math import prod

import torch
from torch import nn

from etl.engine.types import Tensor, TorchDevice
from models.tensors.cp import parafac
from models.tensors.layers.maps import Factors, Map, Rank, put, ranks
from models.tensors.operations import khatri_rao

SWEEPS = 50
RIDGE = 1e-10
"""Of the mean square of a component: two that have become one do not stop the solver."""


class CPMap(Map):
    """Rows are contracted with each component's inputs, weighted, and spread by its outputs.

    Parameters
    ----------
    rank : int
        Components; more than the smaller side of the dense weight would be of no use.
    """

    def build(self, rank: Rank, device: TorchDevice, dtype: torch.dtype | None) -> None:
        """Make the parameters of a rank, not filled yet."""
        if not isinstance(rank, int):
            raise ValueError(f"CP takes one rank, a whole number; it got {rank}")
        (self.rank,) = ranks(rank, [self.fan_in * self.fan_out], "CP")
        self.weights = nn.Parameter(torch.empty(self.rank, device=device, dtype=dtype))
        self.factors = Factors([(size, self.rank) for size in self.shape], device, dtype)

    def forward(self, x: Tensor) -> Tensor:
        """Rows (b, inputs) to rows (b, outputs)."""
        into, out = self.parted(self.factors.all())
        return (_components(x, into) * self.weights) @ khatri_rao(out).T

    def matrix(self) -> Tensor:
        """The dense weight (outputs, inputs)."""
        into, out = self.parted(self.factors.all())
        return (khatri_rao(out) * self.weights) @ khatri_rao(into).T

    def fill(self, matrix: Tensor) -> None:
        """Take the factors from a dense weight (outputs, inputs): by least squares, or a matrix's SVD.

        Factors of a component have equal lengths, so that all learn alike.
        """
        tensor = self.as_tensor(matrix)
        found = _singular(tensor, self.rank) if tensor.ndim == 2 else _least_squares(tensor, self.rank)
        for own, each in zip(self.factors.all(), found, strict=True):
            put(own, each)
        with torch.no_grad():
            self.weights.fill_(1.0)

    def draw(self, gain: float) -> None:
        """Components of a row keep its variance; the outputs' sum has ``gain`` times it."""
        into, out = self.parted(self.factors.all())
        with torch.no_grad():
            for factor in into:
                factor.normal_(0, factor.shape[0] ** -0.5)
            for factor in out:
                factor.normal_()
            self.weights.fill_((gain / self.rank) ** 0.5)

    def flops(self, rows: int) -> int:
        """Of `forward`."""
        return 2 * rows * self.rank * (self.fan_in + self.fan_out)

    def rebuild_flops(self) -> int:
        """Of `matrix`."""
        return 2 * self.fan_in * self.fan_out * self.rank


def _components(x: Tensor, factors: Sequence[Tensor]) -> Tensor:
    """Rows (b, inputs) to (b, rank): of many rows by all modes at once, of few by the longest mode first."""
    sizes = [factor.shape[0] for factor in factors]
    longest = sizes.index(max(sizes))
    if x.shape[0] > sizes[longest]:
        return x.reshape(x.shape[0], -1) @ khatri_rao(factors)
    own, before, after = factors[longest], prod(sizes[:longest]), prod(sizes[longest + 1 :])
    apart = (own.T @ x.reshape(-1, sizes[longest], after)).reshape(x.shape[0], before, -1, after)
    others = [factor for at, factor in enumerate(factors) if at != longest]
    if not others:
        return apart.reshape(x.shape[0], -1)
    beside = khatri_rao(others).reshape(before, after, -1).transpose(1, 2)
    return (apart * beside).sum((1, 3))


def _singular(matrix: Tensor, rank: int) -> list[Tensor]:
    """Of a matrix the best factors are its singular vectors; the rest of a rank that is too large is zero."""
    u, s, vt = torch.linalg.svd(matrix, full_matrices=False)
    short = max(rank - len(s), 0)
    sides = ((u * s.sqrt())[:, :rank], (vt.T * s.sqrt())[:, :rank])
    return [torch.nn.functional.pad(side, (0, short)) for side in sides]


def _least_squares(tensor: Tensor, rank: int) -> list[Tensor]:
    """Of any tensor factors by alternating least squares."""
    weights, factors = parafac(tensor, rank, SWEEPS, ridge=RIDGE)
    sign, length = weights.sign(), weights.abs() ** (1 / len(factors))
    return [factor * length * (sign if not at else 1) for at, factor in enumerate(factors)]
