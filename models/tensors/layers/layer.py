"""What layers with a map in factors share: a bias, two ways to go, and which to take at a batch's size."""

from typing import NamedTuple, Self

import torch
from torch import nn
from torch.nn import functional

from etl.engine.types import Module, Tensor, TorchDevice
from models.tensors.layers.maps import Map, Shape


class Plan(NamedTuple):
    """Which way a batch goes.

    Attributes
    ----------
    way : {"factored", "rebuilt"}
    factored, rebuilt : int
        Floating-point operations of matrix products either way, for the whole batch.
    """

    way: str
    factored: int
    rebuilt: int

    def __str__(self) -> str:
        """The way and its reason."""
        other = max(self.factored, self.rebuilt)
        return f"{self.way}: {min(self.factored, self.rebuilt):,} floating-point operations, not {other:,}"


class Layer(nn.Module):
    """Rows by a map in factors, plus a bias.

    Parameters
    ----------
    weight : Map
    bias : bool
    gain : float
        Entries of the dense weight start with variance ``gain`` / inputs: 1 keeps the variance of a row, 2
        that of one that passed a rectifier (He), 1/3 is `torch.nn.Linear`'s.
    device, dtype
        Of the bias.
    shape : sequence of int
        Of the bias; by default flat.
    """

    def __init__(
        self,
        weight: Map,
        bias: bool,
        gain: float,
        device: TorchDevice = None,
        dtype: torch.dtype | None = None,
        shape: Shape = (),
    ) -> None:
        super().__init__()
        self.weight, self.gain = weight, gain
        empty = torch.empty(shape or weight.fan_out, device=device, dtype=dtype) if bias else None
        self.bias = None if empty is None else nn.Parameter(empty)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the start again; the bias starts at zero."""
        self.weight.draw(self.gain)
        if self.bias is not None:
            nn.init.zeros_(self.bias)

    def plan(self, batch: int) -> Plan:
        """Which way ``batch`` rows go: the one of fewer operations.

        Examples
        --------
        >>> from models.tensors.layers.linear import FactorizedLinear
        >>> print(FactorizedLinear((8, 8), (8, 8), 4).plan(32))
        factored: 65,536 floating-point operations, not 323,584
        """
        factored = self.weight.flops(batch)
        rebuilt = self.weight.rebuild_flops() + 2 * batch * self.weight.fan_in * self.weight.fan_out
        return Plan("factored" if factored <= rebuilt else "rebuilt", factored, rebuilt)

    def rows(self, x: Tensor) -> Tensor:
        """Rows (b, inputs) to rows (b, outputs), the way that `plan` says."""
        if self.plan(x.shape[0]).way == "rebuilt":
            y = functional.linear(x, self.weight.matrix())
        else:
            y = self.weight(x)
        return y if self.bias is None else y + self.bias.reshape(-1)

    def dense(self) -> Module:
        """The `torch.nn.Linear` that does the same."""
        held = self.weight.matrix().detach()
        found = nn.Linear(self.weight.fan_in, self.weight.fan_out, self.bias is not None, device="meta")
        found.weight = nn.Parameter(held)
        if self.bias is not None:
            found.bias = nn.Parameter(self.bias.detach().reshape(-1).clone())
        return found

    def init_from(self, dense: Module) -> Self:
        """Take weight and bias of a dense layer, the weight by its decomposition at these ranks.

        Parameters
        ----------
        dense : torch.nn.Linear or torch.nn.Conv2d

        Raises
        ------
        ValueError
            It has other sizes, or a bias where this has none.
        """
        weight = dense.weight.detach()
        if not bool(torch.isfinite(weight).all()):
            raise ValueError("the dense weight holds NaN or infinite values; mend it before it is decomposed")
        if self.bias is None and dense.bias is not None:
            raise ValueError("the dense layer has a bias, this has none; build it with bias=True")
        self.weight.fill(weight.reshape(len(weight), -1))
        if self.bias is not None:
            with torch.no_grad():
                self.bias.copy_(
                    torch.zeros(()) if dense.bias is None else dense.bias.reshape(self.bias.shape)
                )
        return self

    def extra_repr(self) -> str:
        """Sizes and ranks."""
        rank = self.weight.rank
        return f"{self.weight.inputs} -> {self.weight.outputs}, rank={rank}, bias={self.bias is not None}"
