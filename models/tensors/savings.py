"""What layers in factors save, counted on the meta device before anything is trained or allocated."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from etl.engine.types import Module, Tensor

TOTAL = "all"


@dataclass(frozen=True)
class Saving:
    """A layer, or all that are replaced, before and after.

    Attributes
    ----------
    name : str
    before, after : str
        Classes.
    parameters : pair of int
        Before and after, biases included.
    weights : pair of int
        Likewise, biases left out: what papers compare.
    bytes : pair of int
        Of parameters.
    flops : pair of int
        Two for each product of a matrix product or convolution, for the whole batch.
    """

    name: str
    before: str
    after: str
    parameters: tuple[int, int]
    weights: tuple[int, int]
    bytes: tuple[int, int]
    flops: tuple[int, int]

    @property
    def percent(self) -> float:
        """Share of the weights that is saved, in percent, of two digits; below 0 there are more."""
        before, after = self.weights
        return round(100 * (1 - after / before), 2) if before else 0.0


def savings(model: Module, spec: Mapping[str, Module], example: Tensor) -> list[Saving]:
    """Count parameters, operations and bytes of layers and of those that would take their places.

    Parameters
    ----------
    model : torch.nn.Module
        On any device; it is left as it is, and its parameters are not copied.
    spec : mapping of str to torch.nn.Module
        What takes the place of each submodule of this name, best made with ``device="meta"``.
    example : Tensor
        A batch for the model, best on the meta device.

    Returns
    -------
    list of Saving
        One a name, and one of the name ``all``, that of the whole model.

    Raises
    ------
    ValueError
        The model has no layer of a name, or it does not run with what takes its place.

    Examples
    --------
    >>> head = nn.Sequential(nn.Flatten(), nn.Linear(64, 10, device="meta"))
    >>> low = nn.Sequential(nn.Linear(64, 2, device="meta"), nn.Linear(2, 10, device="meta"))
    >>> savings(head, {"1": low}, torch.empty(5, 8, 8, device="meta"))[0].percent
    76.88
    """
    old = on_meta(model)
    if lacking := [name for name in spec if name not in dict(old.named_modules()) or not name]:
        raise ValueError(f"the model has no layer {lacking[0]!r}; see its named_modules()")
    new = replaced(old, {name: on_meta(module) for name, module in spec.items()})
    batch = torch.empty_like(example, device="meta")
    counts = _flops(old, batch), _flops(new, batch)
    rows = []
    for name in (*spec, ""):
        pair = old.get_submodule(name), new.get_submodule(name)
        ours = tuple(count.get(name, 0) for count in counts)
        rows.append(_saving(name or TOTAL, pair, (ours[0], ours[1])))
    return rows


def replaced(model: Module, spec: Mapping[str, Module]) -> Module:
    """A copy of a model, which shares its parameters, with other submodules in places.

    Parameters
    ----------
    model : torch.nn.Module
    spec : mapping of str to torch.nn.Module
        A submodule that has further names is replaced under all of them.
    """
    shared = {id(held): held for held in (*model.parameters(), *model.buffers())}
    found = copy.deepcopy(model, shared)
    names = dict(found.named_modules(remove_duplicate=False))
    for name, module in spec.items():
        for alias in [each for each, held in names.items() if held is names[name]]:
            found.set_submodule(alias, module)
    return found


def on_meta(model: Module) -> Module:
    """A copy of a model whose parameters and buffers have shapes and types, but no values."""
    held = {id(each): nn.Parameter(torch.empty_like(each, device="meta")) for each in model.parameters()}
    held |= {id(each): torch.empty_like(each, device="meta") for each in model.buffers()}
    return copy.deepcopy(model, held)


def _flops(model: Module, batch: Tensor) -> dict[str, int]:
    """Of each submodule by its name, that of the model itself being empty."""
    try:
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            model(batch)
    except RuntimeError as error:
        first = str(error).splitlines()[0]
        raise ValueError(
            f"the model does not run on a batch of shape {tuple(batch.shape)}: {first}"
        ) from error
    root = type(model).__name__
    return {
        name.removeprefix(root).removeprefix("."): sum(counts.values())
        for name, counts in counter.get_flop_counts().items()
        if name.split(".")[0] == root
    }


def _saving(name: str, modules: tuple[Module, Module], flops: tuple[int, int]) -> Saving:
    before, after = (dict(module.named_parameters()) for module in modules)
    was, now = (type(module).__name__ for module in modules)
    weights, parameters, sizes = zip(_counts(before), _counts(after), strict=True)
    return Saving(name, was, now, parameters, weights, sizes, flops)


def _counts(held: Mapping[str, Tensor]) -> tuple[int, int, int]:
    """Weights, parameters, bytes."""
    weights = sum(each.numel() for name, each in held.items() if name.split(".")[-1] != "bias")
    return weights, sum(each.numel() for each in held.values()), sum(each.nbytes for each in held.values())
