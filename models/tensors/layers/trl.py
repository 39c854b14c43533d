"""Tensor regression layer: the inner product of a tensor and a weight in factors, for each output.

Source: Kossaifi and others, "Tensor regression networks", JMLR 21(123), 2020.
"""

from typing import Literal

import torch

from etl.engine.types import Tensor, TorchDevice
from models.tensors.layers.cp import CPMap
from models.tensors.layers.layer import Layer
from models.tensors.layers.maps import Rank, Shape, kind_of
from models.tensors.layers.tt import TTMap
from models.tensors.layers.tucker import TuckerMap

MAPS = {"tucker": TuckerMap, "cp": CPMap, "tt": TTMap}


class TRL(Layer):
    """y = <X, W> + b, where W of shape (*input_shape, *output_shape) is in factors.

    Parameters
    ----------
    input_shape, output_shape : sequence of int
        Without the batch.
    rank : int or sequence of int
        Tucker: one a mode of the weight. CP: one. TT: one a place between two modes.
    factorization : {"tucker", "cp", "tt"}
    bias : bool
    gain : float
        See `models.tensors.layers.layer.Layer`.
    device, dtype
        Of the parameters.

    Examples
    --------
    >>> TRL((4, 3, 3), (10,), (2, 1, 1, 2))(torch.ones(5, 4, 3, 3)).shape
    torch.Size([5, 10])
    """

    def __init__(
        self,
        input_shape: Shape,
        output_shape: Shape,
        rank: Rank,
        factorization: Literal["tucker", "cp", "tt"] = "tucker",
        bias: bool = True,
        gain: float = 1.0,
        device: TorchDevice = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        kind = kind_of(MAPS, factorization, "TRL")
        weight = kind(input_shape, output_shape, rank, device=device, dtype=dtype)
        super().__init__(weight, bias, gain, device, dtype, weight.outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Tensors (b, *input_shape) to (b, *output_shape)."""
        if x.shape[1:] != self.weight.inputs:
            raise ValueError(
                f"the layer takes (batch, {', '.join(map(str, self.weight.inputs))}); it got {tuple(x.shape)}"
            )
        return self.rows(x.reshape(len(x), -1)).reshape(len(x), *self.weight.outputs)
