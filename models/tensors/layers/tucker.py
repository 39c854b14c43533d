"""A map whose tensor is a core times a matrix a mode (Tucker)."""

from math import prod

import torch
from torch import nn

from etl.engine.types import Tensor, TorchDevice
from models.tensors.layers.maps import Factors, Map, Rank, orthonormal, put, ranks
from models.tensors.layers.projection import project, project_flops
from models.tensors.operations import mode_dot
from models.tensors.tucker import tucker

SPREAD = 2.0
"""Adam's steps are of one size, so that a smaller core learns faster. Of 1, 1.5, 2 and 3, after an epoch of
20,000 images of MNIST, on 10,000 that are neither learnt nor tested: .957, .963, .967, .967 (one seed)."""


class TuckerMap(Map):
    """Rows are projected by the inputs' factors, multiplied by the core, and spread by the outputs' factors.

    Source: Kossaifi and others, "Tensor regression networks", JMLR 21(123), 2020, equation 11: the
    input, not the weight, is multiplied by the factors.

    Parameters
    ----------
    rank : int or sequence of int
        One a mode of the tensor, in its order.
    """

    def build(self, rank: Rank, device: TorchDevice, dtype: torch.dtype | None) -> None:
        """Make the parameters of a rank, not filled yet."""
        self.rank = ranks(rank, self.shape, "Tucker")
        self.core = nn.Parameter(torch.empty(self.rank, device=device, dtype=dtype))
        self.factors = Factors(zip(self.shape, self.rank, strict=True), device, dtype)

    def forward(self, x: Tensor) -> Tensor:
        """Rows (b, inputs) to rows (b, outputs)."""
        into, out = self.parted(self.factors.all())
        inside = prod([factor.shape[1] for factor in into])
        core = self.core.reshape(-1, inside).T if self.out_first else self.core.reshape(inside, -1)
        return project(project(x, into) @ core, [factor.T for factor in out])

    def matrix(self) -> Tensor:
        """The dense weight (outputs, inputs)."""
        tensor = self.core
        for mode, factor in enumerate(self.factors.all()):
            tensor = mode_dot(tensor, factor, mode)
        return self.as_matrix(tensor)

    def fill(self, matrix: Tensor) -> None:
        """Take the factors from the sequentially truncated HOSVD of a dense weight (outputs, inputs)."""
        core, factors = tucker(self.as_tensor(matrix), self.rank, n_iter_max=0)
        for own, found in zip(self.factors.all(), factors, strict=True):
            put(own, found)
        put(self.core, core)

    def draw(self, gain: float) -> None:
        """Orthonormal factors keep the length of a row; the core's variance is ``gain`` / its inputs.

        The inputs' factors are `SPREAD` times as long, and the core makes up for it.
        """
        into, out = self.parted(self.factors.all())
        inside = prod([factor.shape[1] for factor in into])
        with torch.no_grad():
            for factor in into:
                size, rank = factor.shape
                factor.copy_(orthonormal(size, rank, factor, SPREAD))
            for factor in out:
                size, rank = factor.shape
                factor.copy_(orthonormal(size, rank, factor, (size / rank) ** 0.5))
            self.core.normal_(0, (gain / inside) ** 0.5 / SPREAD ** len(into))

    def flops(self, rows: int) -> int:
        """Of `forward`."""
        into, out = self.parted(self.shape)
        inside, outside = self.parted(self.rank)
        core = 2 * prod(self.rank)
        return rows * (project_flops(into, inside) + core + project_flops(outside, out))

    def rebuild_flops(self) -> int:
        """Of `matrix`."""
        now, total = list(self.rank), 0
        for mode, size in enumerate(self.shape):
            total += 2 * prod(now) * size
            now[mode] = size
        return total
