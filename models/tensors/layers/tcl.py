"""Tensor contraction layer: each mode of a batch's tensors is multiplied by a small matrix.

Source: Kossaifi and others, "Tensor contraction layers for parsimonious deep nets", CVPR workshops 2017.
"""

from math import prod
from typing import Self

import torch
from torch import nn

from etl.engine.types import Tensor, TorchDevice
from models.tensors.layers.layer import Plan
from models.tensors.layers.maps import Shape, orthonormal, put, ranks
from models.tensors.layers.projection import project, project_flops
from models.tensors.operations import mode_dot, unfold


class TCL(nn.Module):
    """X' = X x_1 V_1 ... x_N V_N, where V_k has shape (rank_k, size_k); the batch is left alone.

    Parameters
    ----------
    input_shape : sequence of int
        Without the batch.
    rank : int or sequence of int
        Sizes that the modes have after; they may be larger than before.
    bias : bool
    gain : float
        The variance of a result is ``gain`` times that of what came in.
    device, dtype
        Of the parameters.

    Examples
    --------
    >>> TCL((4, 3, 3), (2, 1, 1))(torch.ones(5, 4, 3, 3)).shape
    torch.Size([5, 2, 1, 1])
    """

    def __init__(
        self,
        input_shape: Shape,
        rank: int | Shape,
        bias: bool = False,
        gain: float = 1.0,
        device: TorchDevice = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.input_shape, self.gain = tuple(input_shape), gain
        self.rank = ranks(rank, [2**31] * len(self.input_shape), "TCL")
        for at, sizes in enumerate(zip(self.rank, self.input_shape, strict=True)):
            self.register_parameter(
                f"factor_{at}", nn.Parameter(torch.empty(sizes, device=device, dtype=dtype))
            )
        empty = torch.empty(self.rank, device=device, dtype=dtype) if bias else None
        self.bias = None if empty is None else nn.Parameter(empty)
        self.reset_parameters()

    @property
    def factors(self) -> list[Tensor]:
        """Matrices (rank, size), one a mode."""
        return [getattr(self, f"factor_{at}") for at in range(len(self.rank))]

    def reset_parameters(self) -> None:
        """Draw the start again: orthonormal factors keep the variance; the bias starts at zero."""
        for at, factor in enumerate(self.factors):
            scale = 1.0 if at else self.gain**0.5
            with torch.no_grad():
                factor.copy_(orthonormal(factor.shape[1], factor.shape[0], factor.T, scale).T)
        if self.bias is not None:
            nn.init.zeros_(self.bias)

    def init_from(self, x: Tensor) -> Self:
        """Take the leading directions of each mode of a batch, (b, *input_shape): its HOSVD.

        Raises
        ------
        ValueError
            A rank is larger than its mode, which has no more directions.
        """
        ranks(self.rank, self.input_shape, "HOSVD")
        core = x.detach().double()
        for mode, factor in enumerate(self.factors, 1):
            vectors = torch.linalg.eigh(unfold(core, mode) @ unfold(core, mode).T)[1]
            leading = vectors.flip(1)[:, : factor.shape[0]]
            put(factor, leading.T)
            core = mode_dot(core, leading.T, mode)
        return self

    def plan(self, batch: int) -> Plan:
        """Which way ``batch`` tensors go: in factors; the dense map is their Kronecker product."""
        dense = 2 * batch * prod(self.input_shape) * prod(self.rank)
        return Plan("factored", batch * project_flops(self.input_shape, self.rank), dense)

    def forward(self, x: Tensor) -> Tensor:
        """Tensors (b, *input_shape) to (b, *rank)."""
        if x.shape[1:] != self.input_shape:
            raise ValueError(
                f"the layer takes (batch, {', '.join(map(str, self.input_shape))}); it got {tuple(x.shape)}"
            )
        y = project(x, [factor.T for factor in self.factors]).reshape(len(x), *self.rank)
        return y if self.bias is None else y + self.bias

    def extra_repr(self) -> str:
        """Sizes."""
        return f"{self.input_shape} -> {self.rank}, bias={self.bias is not None}"
