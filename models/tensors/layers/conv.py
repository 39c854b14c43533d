"""A convolution whose kernel is in factors: a chain of small convolutions, and never the whole kernel.

Sources: Lebedev and others, "Speeding-up convolutional neural networks using fine-tuned CP-decomposition",
ICLR 2015 (CP: one channel each); Kim and others, "Compression of deep convolutional neural networks for fast
and low power mobile applications", ICLR 2016 (Tucker: between fewer channels).
"""

from typing import Literal, Self

import torch
from torch import nn
from torch.nn import functional

from etl.engine.types import Module, Tensor, TorchDevice
from models.tensors.layers.cp import CPMap
from models.tensors.layers.layer import Layer, Plan
from models.tensors.layers.maps import Rank, kind_of
from models.tensors.layers.tt import TTMap
from models.tensors.layers.tucker import TuckerMap
from models.tensors.operations import mode_dot

Kind = Literal["tucker", "cp", "tt"]
MAPS = {"tucker": TuckerMap, "cp": CPMap, "tt": TTMap}
Pair = int | tuple[int, int]


class FactorizedConv2d(Layer):
    """`torch.nn.Conv2d` of one group with a kernel in factors.

    Parameters
    ----------
    in_channels, out_channels : int
    kernel_size : int or pair
    rank : int or sequence of int
        Tucker: of output, input, height and width. CP: one. TT: one a place between input, height, width and
        output.
    factorization : {"tucker", "cp", "tt"}
    stride, padding, dilation : int or pair
        See `torch.nn.Conv2d`.
    bias : bool
    gain : float
        See `models.tensors.layers.layer.Layer`.
    device, dtype
        Of the parameters.

    Examples
    --------
    >>> FactorizedConv2d(4, 6, 3, (3, 2, 3, 3), padding=1)(torch.ones(2, 4, 8, 8)).shape
    torch.Size([2, 6, 8, 8])
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Pair,
        rank: Rank,
        factorization: Kind = "tucker",
        stride: Pair = 1,
        padding: Pair = 0,
        dilation: Pair = 1,
        bias: bool = True,
        gain: float = 1.0,
        device: TorchDevice = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        kernel = _pair(kernel_size)
        kind, out_first = kind_of(MAPS, factorization, "convolution"), factorization != "tt"
        own = kind((in_channels, *kernel), (out_channels,), rank, out_first, device, dtype)
        super().__init__(own, bias, gain, device, dtype)
        self.in_channels, self.out_channels, self.kernel_size = in_channels, out_channels, kernel
        self.factorization = factorization
        self.stride, self.padding, self.dilation = _pair(stride), _pair(padding), _pair(dilation)

    @classmethod
    def from_dense(cls, dense: Module, rank: Rank, factorization: Kind = "tucker") -> Self:
        """A convolution's like in factors, filled from its kernel.

        Raises
        ------
        ValueError
            It has groups, or pads with other than zeros.
        """
        if dense.groups != 1 or dense.padding_mode != "zeros" or isinstance(dense.padding, str):
            raise ValueError("only convolutions of one group, padded by numbers of zeros, are put in factors")
        sizes = dense.in_channels, dense.out_channels, dense.kernel_size
        moved = dense.stride, dense.padding, dense.dilation
        held = dense.weight
        has = dense.bias is not None
        found = cls(*sizes, rank, factorization, *moved, has, device=held.device, dtype=held.dtype)
        return found.init_from(dense)

    def stages(self) -> list[tuple[Tensor, int, bool, bool]]:
        """Kernels in order: each with its groups, and whether it moves along height and along width."""
        if self.factorization == "tucker":
            out, into, high, wide = self.weight.factors.all()
            core = mode_dot(mode_dot(self.weight.core, high, 2), wide, 3)
            return [(_point(into.T), 1, False, False), (core, 1, True, True), (_point(out), 1, False, False)]
        if self.factorization == "cp":
            out, into, high, wide = self.weight.factors.all()
            each = (high.T[:, :, None] * wide.T[:, None, :])[:, None]
            last = _point(out * self.weight.weights)
            return [(_point(into.T), 1, False, False), (each, len(each), True, True), (last, 1, False, False)]
        into, high, wide, out = self.weight.factors.all()
        return [
            (_point(into[0].T), 1, False, False),
            (high.permute(2, 0, 1)[..., None], 1, True, False),
            (wide.permute(2, 0, 1)[:, :, None], 1, False, True),
            (_point(out[..., 0].T), 1, False, False),
        ]

    def forward(self, x: Tensor) -> Tensor:
        """Images (b, in_channels, h, w) to (b, out_channels, h', w')."""
        if x.ndim != 4 or x.shape[1] != self.in_channels:
            raise ValueError(f"the layer takes (batch, {self.in_channels}, h, w); it got {tuple(x.shape)}")
        stages = self.stages()
        for at, (kernel, groups, tall, broad) in enumerate(stages):
            moves = [
                (own[0] if tall else still, own[1] if broad else still)
                for own, still in ((self.stride, 1), (self.padding, 0), (self.dilation, 1))
            ]
            bias = self.bias if at == len(stages) - 1 else None
            x = functional.conv2d(x, kernel, bias, *moves, groups)
        return x

    def plan(self, batch: int, size: tuple[int, int] = (1, 1)) -> Plan:
        """Which way ``batch`` images go: in factors, whatever the other would cost.

        Parameters
        ----------
        batch : int
        size : pair of int
            Height and width of the result; what comes before the stride is counted at it times the stride.
        """
        places = batch * size[0] * size[1]
        now, factored = [self.stride[0], self.stride[1]], 0
        for kernel, _, tall, broad in self.stages():
            now = [1 if moved else step for moved, step in zip((tall, broad), now, strict=True)]
            factored += 2 * places * now[0] * now[1] * kernel.numel()
        dense = 2 * places * self.weight.fan_in * self.weight.fan_out
        return Plan("factored", factored, dense + self.weight.rebuild_flops())

    def dense(self) -> Module:
        """The `torch.nn.Conv2d` that does the same."""
        moved = self.stride, self.padding, self.dilation
        sizes = self.in_channels, self.out_channels, self.kernel_size
        found = nn.Conv2d(*sizes, *moved, bias=self.bias is not None, device="meta")
        kernel = self.weight.matrix().detach().reshape(found.weight.shape)
        found.weight = nn.Parameter(kernel)
        if self.bias is not None:
            found.bias = nn.Parameter(self.bias.detach().clone())
        return found


def _pair(value: Pair) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else (value[0], value[1])


def _point(matrix: Tensor) -> Tensor:
    """A matrix (out, in) as a kernel of one place."""
    return matrix[:, :, None, None]
