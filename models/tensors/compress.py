"""A trained network with fewer parameters: layers in factors under one budget, tuned again, and measured.

Source of the steps: Kim and others, "Compression of deep convolutional neural networks for fast and low power
mobile applications", ICLR 2016 (ranks, Tucker form, fine-tuning); the ranks are chosen by `allocation`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from torch import nn

from etl.engine.types import Module, Tensor
from etl.records import Choice, record
from models.tensors.allocation import Option, allocate, options
from models.tensors.candidates import candidates
from models.tensors.latency import Timer, in_pairs, measured
from models.tensors.layers.conv import FactorizedConv2d
from models.tensors.layers.linear import FactorizedLinear
from models.tensors.savings import replaced
from models.tensors.tuning import Examples, accuracy, tune

SHOWN = 256
"""Examples of the batch on which they are."""


@dataclass(frozen=True)
class Row:
    """A layer: what it was, what it is, and why.

    Attributes
    ----------
    name, kind : str
    rank : tuple of int
        Empty where it stays dense.
    parameters : pair of int
        Of the weight, before and after.
    lost : float
        Share of the weight's energy that was lost before tuning.
    seconds : pair of float, optional
        Of one batch, dense and in factors; None of a layer for which factors save nothing at this budget.
    reason : str
    """

    name: str
    kind: str
    rank: tuple[int, ...]
    parameters: tuple[int, int]
    lost: float
    seconds: tuple[float, float] | None
    reason: str


@dataclass(frozen=True)
class Compressed:
    """The network in factors, and what it cost.

    Attributes
    ----------
    model : torch.nn.Module
    rows : list of Row
    parameters : pair of int
        Before and after.
    accuracy : tuple of float
        On held-out examples: dense, in factors, and tuned.
    seconds : pair of float
        Of a batch, before and after.
    met : bool
        Whether the budget was.
    """

    model: Module
    rows: list[Row]
    parameters: tuple[int, int]
    accuracy: tuple[float, float, float]
    seconds: tuple[float, float]
    met: bool


def compress(
    model: Module,
    budget: float,
    data: Examples,
    *,
    epochs: int = 2,
    lr: float = 1e-3,
    batch_size: int = 64,
    slower: float = 1.0,
    random_state: int = 0,
    timer: Timer | None = None,
) -> Compressed:
    """Put linear layers and convolutions in factors, tune, and keep those dense that would be slower.

    Parameters
    ----------
    model : torch.nn.Module
        A trained classifier; it is left as it is.
    budget : float
        Share of its parameters that may stay, between 0 and 1.
    data : Examples
    epochs, lr, batch_size
        Of the tuning, by Adam, whose rate falls to zero by a half cosine.
    slower : float
        How much of the dense layer's time one in factors may take.
    random_state : int
        Of the order of examples.
    timer : callable, optional
        Seconds of a module on a batch; by default measured on the device of the batch.

    Raises
    ------
    ValueError
        The budget is not between 0 and 1, or no layer can be put in factors; then it says why.
    """
    if not 0 < budget < 1:
        raise ValueError(
            f"the budget is {budget}; give the share of parameters that may stay, between 0 and 1"
        )
    measure, model = timer or measured, _copied(model).eval()
    batch = data.x[:SHOWN]
    layers, inputs, others = candidates(model, batch)
    if not layers:
        raise ValueError(none_of(others))
    total = sum(each.numel() for each in model.parameters())
    most = int(budget * total) - total + sum(each.weight.numel() for each in layers.values())
    chosen, made, times = _chosen(layers, inputs, most, slower, measure)
    small = _copied(replaced(model, made))
    first = accuracy(small, data)
    tune(small, data, _passes(epochs, made), lr, batch_size, random_state)
    after = sum(each.numel() for each in small.parameters())
    met = after <= int(budget * total)
    if not met:
        asked = f"more than the share of {budget:.3g} that was asked for"
        record(Choice(reason=f"budget: {after:,} of {total:,} parameters stay, {asked}"))
    rows = [
        _row(name, layer, chosen[name], times.get(name), slower)
        if name in layers
        else _left(name, layer, others)
        for name, layer in model.named_modules()
        if name in layers or name in others
    ]
    scores = accuracy(model, data), first, accuracy(small, data)
    both = in_pairs(model, small, batch, measure)
    return Compressed(small, rows, (total, after), scores, both, met)


def _passes(epochs: int, made: Mapping[str, Module]) -> int:
    """Of the tuning: none where no layer changed, which is told."""
    if epochs and not made:
        record(Choice(reason="tuning: there is none, as no layer is in factors"))
    return epochs if made else 0


def none_of(others: Mapping[str, str]) -> str:
    """What is said of a network without a layer that can be put in factors.

    Parameters
    ----------
    others : mapping of str to str
        Linear layers and convolutions, and why they stay dense.

    Examples
    --------
    >>> none_of({"conv": "it has 4 groups"})
    'no layer can be put in factors: conv stays dense, as it has 4 groups'
    """
    if not others:
        return "the model has no linear layer or convolution that can be put in factors"
    name, why = next(iter(others.items()))
    more = f"; {len(others) - 1} others do, too" * (len(others) > 1)
    return f"no layer can be put in factors: {name} stays dense, as {why}{more}"


def factored(layer: Module, option: Option) -> Module:
    """A layer in factors of an option's ranks, filled from it.

    Parameters
    ----------
    layer : torch.nn.Linear or torch.nn.Conv2d
    option : Option
        Not the dense one.
    """
    if isinstance(layer, nn.Linear):
        return FactorizedLinear.from_dense(layer, option.rank[0])
    return FactorizedConv2d.from_dense(layer, option.rank)


def _chosen(
    layers: Mapping[str, Module], inputs: Mapping[str, Tensor], most: int, slower: float, timer: Timer
) -> tuple[dict[str, Option], dict[str, Module], dict[str, tuple[float, float]]]:
    """Options, layers in factors, and times; slower layers go back to dense, and others pay for them.

    Where they cannot, they stay as they were, and the budget is missed.
    """
    paths = {name: options(layer) for name, layer in layers.items()}
    times: dict[str, tuple[float, float]] = {}
    chosen = allocate(paths, most)
    while True:
        made = {name: factored(layers[name], own) for name, own in chosen.items() if own.rank}
        times |= {name: in_pairs(layers[name], own, inputs[name], timer) for name, own in made.items()}
        late = [name for name in made if times[name][1] > slower * times[name][0]]
        if not late:
            return chosen, made, times
        for name in late:
            paths[name] = paths[name][:1]
        again = allocate(paths, most)
        reached = sum(each.parameters for each in again.values()) <= most
        chosen = again if reached else {**chosen, **{name: paths[name][0] for name in late}}


def _row(name: str, layer: Module, option: Option, seconds: tuple[float, float] | None, slower: float) -> Row:
    if option.rank:
        reason = f"in factors: {option.lost:.1%} of the energy lost"
    elif seconds is not None and seconds[1] > slower * seconds[0]:
        reason = f"dense: in factors it takes {seconds[1] / seconds[0]:.2f} times as long"
    else:
        reason = "dense: its parameters are worth more than others'"
    sizes = layer.weight.numel(), option.parameters
    return Row(name, type(layer).__name__, option.rank, sizes, option.lost, seconds, reason)


def _left(name: str, layer: Module, others: Mapping[str, str]) -> Row:
    size = layer.weight.numel()
    return Row(name, type(layer).__name__, (), (size, size), 0.0, None, f"dense: {others[name]}")


def _copied(model: Module) -> Module:
    """Of its own parameters; those that modules share are shared in the copy, too."""
    found, own = replaced(model, {}), dict[int, nn.Parameter]()
    for module in found.modules():
        for name, held in list(module.named_parameters(recurse=False)):
            if id(held) not in own:
                own[id(held)] = nn.Parameter(held.detach().clone(), held.requires_grad)
            setattr(module, name, own[id(held)])
        for name, held in list(module.named_buffers(recurse=False)):
            setattr(module, name, held.clone())
    return found
