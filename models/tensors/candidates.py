"""Which layers of a network can be put in factors: those that it calls, and whose weights are their own."""

from collections import defaultdict
from collections.abc import Mapping

import torch
from torch import nn

from etl.engine.types import Module, Tensor
from models.tensors.latency import inputs_of
from models.tensors.savings import replaced

FEW = 2
"""Examples that a network is tried on."""
FAILS = (AttributeError, TypeError, RuntimeError, ValueError)
"""What a network raises that finds no weight where it looks for one."""


class Called(nn.Module):
    """A layer that is called as ever, and whose weight is not there for others."""

    def __init__(self, layer: Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor) -> Tensor:
        """What the layer makes of its input."""
        return self.layer(x)


def candidates(model: Module, batch: Tensor) -> tuple[dict[str, Module], dict[str, Tensor], dict[str, str]]:
    """Layers that can be put in factors, what each is given, and why others of their kind cannot.

    Parameters
    ----------
    model : torch.nn.Module
        In the state in which it is applied.
    batch : Tensor
        Examples.

    Returns
    -------
    layers : dict of str to torch.nn.Module
    inputs : dict of str to Tensor
    others : dict of str to str
        Linear layers and convolutions that stay dense, and why.
    """
    every = {name: each for name, each in model.named_modules() if isinstance(each, nn.Linear | nn.Conv2d)}
    others = {name: why for name, each in every.items() if (why := unlike(each))}
    others |= {name: why for name, why in shared(model, every).items() if name not in others}
    layers = {name: each for name, each in every.items() if name not in others}
    given = inputs_of(model, layers, batch)
    others |= {name: "the network never calls it" for name in layers if name not in given}
    layers = {name: each for name, each in layers.items() if name in given}
    taken = weights_taken(model, layers, batch[:FEW])
    others |= dict.fromkeys(taken, "the network takes its weight beside calling it")
    layers = {name: each for name, each in layers.items() if name not in taken}
    return layers, {name: given[name] for name in layers}, others


def unlike(layer: Module) -> str:
    """Why a layer is not one that factors can do the work of; empty where they can.

    Parameters
    ----------
    layer : torch.nn.Linear or torch.nn.Conv2d
    """
    kind = nn.Linear if isinstance(layer, nn.Linear) else nn.Conv2d
    own = [getattr(type(layer), name, None) for name in ("forward", "_conv_forward")]
    if own != [getattr(kind, name, None) for name in ("forward", "_conv_forward")]:
        return f"a {type(layer).__name__} computes something of its own"
    hooks = layer._forward_pre_hooks or layer._forward_hooks
    if (
        hooks
        or not isinstance(layer.weight, nn.Parameter)
        or torch.nn.utils.parametrize.is_parametrized(layer)
    ):
        return "it has hooks, or its weight is made of other parameters"
    if kind is nn.Linear:
        return ""
    if layer.groups > 1:
        return f"it has {layer.groups} groups"
    if isinstance(layer.padding, str):
        return f"its padding is {layer.padding!r}, not a number"
    return "" if layer.padding_mode == "zeros" else f"it pads by {layer.padding_mode}, not by zeros"


def shared(model: Module, layers: Mapping[str, Module]) -> dict[str, str]:
    """Layers whose weight another module holds too.

    Parameters
    ----------
    model : torch.nn.Module
    layers : mapping of str to torch.nn.Module
    """
    owners = defaultdict[int, list[str]](list)
    for name, module in model.named_modules():
        for held in module._parameters.values():
            owners[id(held)].append(name)
    found = {}
    for name, layer in layers.items():
        if another := [each for each in owners[id(layer.weight)] if each != name]:
            found[name] = f"its weight is that of {another[0]}, too"
    return found


def weights_taken(model: Module, layers: Mapping[str, Module], batch: Tensor) -> list[str]:
    """Layers without whose weight the network does not run, though they are called, as in fast paths.

    Parameters
    ----------
    model : torch.nn.Module
    layers : mapping of str to torch.nn.Module
    batch : Tensor
    """

    def runs(names: list[str]) -> bool:
        hidden = replaced(model, {name: Called(layers[name]) for name in names})
        try:
            with torch.no_grad():
                hidden(batch)
        except FAILS:
            return False
        return True

    every = list(layers)
    return [] if runs(every) else [name for name in every if not runs([name])]
