"""A linear layer whose weight, with rows and columns cut into modes, is in factors."""

from typing import Literal, Self

import torch

from etl.engine.types import Module, Tensor, TorchDevice
from models.tensors.layers.block_tt import BlockTTMap
from models.tensors.layers.cp import CPMap
from models.tensors.layers.layer import Layer
from models.tensors.layers.maps import Rank, Shape, kind_of
from models.tensors.layers.tucker import TuckerMap

Kind = Literal["tucker", "cp", "block_tt"]
MAPS = {"tucker": TuckerMap, "cp": CPMap, "block_tt": BlockTTMap}


class FactorizedLinear(Layer):
    """`torch.nn.Linear` with a weight of shape (*out_shape, *in_shape) in factors.

    Parameters
    ----------
    in_shape, out_shape : sequence of int
        Their products are the features that come in and go out.
    rank : int or sequence of int
        Tucker: one a mode of the weight, outputs first. CP: one. Block TT: one a place between two cores.
    factorization : {"tucker", "cp", "block_tt"}
    bias : bool
    gain : float
        See `models.tensors.layers.layer.Layer`.
    device, dtype
        Of the parameters.

    Examples
    --------
    >>> FactorizedLinear((4, 4), (3, 3), 2, "block_tt")(torch.ones(5, 16)).shape
    torch.Size([5, 9])
    """

    def __init__(
        self,
        in_shape: Shape,
        out_shape: Shape,
        rank: Rank,
        factorization: Kind = "tucker",
        bias: bool = True,
        gain: float = 1.0,
        device: TorchDevice = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        own = kind_of(MAPS, factorization, "linear layer")(in_shape, out_shape, rank, True, device, dtype)
        super().__init__(own, bias, gain, device, dtype)
        self.in_features, self.out_features = own.fan_in, own.fan_out

    @classmethod
    def from_dense(cls, dense: Module, rank: int) -> Self:
        """A linear layer as two of a rank: the Tucker form of a matrix, filled from its weight."""
        held = dense.weight
        shape = (dense.in_features,), (dense.out_features,)
        found = cls(*shape, rank, "cp", dense.bias is not None, device=held.device, dtype=held.dtype)
        return found.init_from(dense)

    def forward(self, x: Tensor) -> Tensor:
        """(..., in_features) to (..., out_features)."""
        if x.shape[-1] != self.in_features:
            raise ValueError(f"the layer takes {self.in_features} features; it got {x.shape[-1]}")
        return self.rows(x.reshape(-1, self.in_features)).reshape(*x.shape[:-1], self.out_features)
