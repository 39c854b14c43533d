"""Max-Min networks: a branch that takes what is largest and one that takes what is smallest, of one weight.

Source: Ho and others, arXiv 1811.02657. (Max-Min networks of Blot, Cord and Thome, arXiv 1610.07882, are
another thing: they double the maps of a layer.)
"""

import copy
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from etl.engine.types import Module, Tensor

T = torch.Tensor
TURNED = {
    *(F.relu, torch.relu, T.relu, F.leaky_relu),
    *(F.max_pool1d, F.max_pool2d, torch.max_pool1d, torch.max_pool2d),
    *(F.adaptive_max_pool1d, F.adaptive_max_pool2d),
}
"""Functions f that the min branch has as -f(-x)."""
IN_PLACE = {torch.relu_, T.relu_}


class Turned(TorchFunctionMode):
    """Within it rectifiers and max pools f(x) are -f(-x)."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Tensor, ...] = (),
        kwargs: dict[str, Tensor] | None = None,
    ) -> Any:
        """Turn a function of `TURNED`, and do any other."""
        told = kwargs or {}
        if func in IN_PLACE:
            raise ValueError(
                "a min branch takes torch.relu, and not torch.relu_, which writes over its input"
            )
        if func not in TURNED:
            return func(*args, **told)
        x, *rest = args or (told.pop("input"),)
        return -func(-x, *rest, **told)


class MinBranch(torch.nn.Module):
    """A network whose rectifiers and max pools f(x) are -f(-x).

    Parameters
    ----------
    network : Module
    """

    def __init__(self, network: Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> Tensor:
        """What the network gives."""
        with Turned():
            return self.network(x)


class MaxMin(torch.nn.Module):
    """Two branches with the same weights; each has its own running statistics of batch norm.

    To render, give a branch to `models.rendering.render.Rendering`: ``largest`` or ``smallest``.

    Parameters
    ----------
    network : Module
        Gives logits (batch, classes).

    Attributes
    ----------
    largest : Module
        The network itself.
    smallest : MinBranch

    Examples
    --------
    >>> network = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 3))
    >>> both = MaxMin(network)
    >>> both(torch.ones(2, 4)).exp().sum(1).allclose(torch.ones(2))
    True
    >>> len(list(both.parameters()))
    4
    """

    def __init__(self, network: Module) -> None:
        super().__init__()
        self.largest = network
        shared = {id(each): each for each in network.parameters()}
        self.smallest = MinBranch(copy.deepcopy(network, shared))

    def branches(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Logits of both branches, (batch, classes) each."""
        return self.largest(x), self.smallest(x)

    def forward(self, x: Tensor) -> Tensor:
        """The log of the average of both branches' probabilities, (batch, classes)."""
        return mixed(*self.branches(x))


def mixed(largest: Tensor, smallest: Tensor) -> Tensor:
    """The log of the average of both branches' probabilities.

    Parameters
    ----------
    largest, smallest : Tensor, shape (batch, classes)
        Logits.
    """
    both = torch.stack([F.log_softmax(largest, 1), F.log_softmax(smallest, 1)])
    return both.logsumexp(0) - torch.log(both.new_full((), 2.0))
