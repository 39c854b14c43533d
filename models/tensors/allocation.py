"""Ranks of many layers under one budget of parameters, by the energy that a parameter saved costs.

Each layer's choices form a path from dense to rank 1; on its lower convex hull the next step always costs at
least as much energy a parameter as the one before, so that taking the cheapest step of all layers, again and
again, loses the least energy for what it saves (Lagrange).
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import log
from typing import NamedTuple

import torch
from torch import nn

from etl.engine.types import Module, Tensor
from models.tensors.operations import mode_dot, unfold

STEPS = 64
"""Ranks of a mode that are looked at, at most."""
MOST_LOST = 0.9
"""Share of its energy that a layer may lose."""


class Option(NamedTuple):
    """One way to hold a layer's weight.

    Attributes
    ----------
    rank : tuple of int
        Tucker ranks of a convolution (output, input, height, width), or one of a linear layer; empty
        where it is dense.
    parameters : int
        Of the weight.
    lost : float
        Share of the weight's energy (sum of squares) that is lost.
    """

    rank: tuple[int, ...]
    parameters: int
    lost: float

    @property
    def cost(self) -> float:
        """Minus the logarithm of the share that is kept: layers follow each other, and shares multiply."""
        return -log(max(1 - self.lost, 1e-12))


def options(layer: Module) -> list[Option]:
    """Ways to hold a layer, the dense one first, then with ever fewer parameters.

    Parameters
    ----------
    layer : torch.nn.Linear or torch.nn.Conv2d
    """
    weight = layer.weight.detach().double()
    dense = Option((), weight.numel(), 0.0)
    if isinstance(layer, nn.Linear):
        (rows, columns), tail = weight.shape, _tail(weight)
        found = [Option((rank,), rank * (rows + columns + 1), tail[rank]) for rank in _ranks(len(tail) - 1)]
    else:
        found = _tucker(weight)
    return [dense, *(each for each in found if each.parameters < dense.parameters and each.lost <= MOST_LOST)]


def _tucker(weight: Tensor) -> list[Option]:
    """From full ranks down, each time by the channels' mode that costs less a parameter saved."""
    out, into, high, wide = weight.shape
    lost = _lost(weight)
    left = [_ranks(len(lost) - 1), _ranks(len(lost[0]) - 1)]

    def option(ranks: Sequence[int]) -> Option:
        core = ranks[0] * ranks[1] * high * wide
        count = core + out * ranks[0] + into * ranks[1] + high**2 + wide**2
        return Option((*ranks, high, wide), count, lost[ranks[0]][ranks[1]])

    found = [option([left[0][0], left[1][0]])]
    while any(len(each) > 1 for each in left):
        ways = []
        for mode in (0, 1):
            if len(left[mode]) > 1:
                next_ranks = [left[at][at == mode] for at in (0, 1)]
                ways.append((_price(found[-1], option(next_ranks)), mode))
        left[min(ways)[1]].pop(0)
        found.append(option([left[0][0], left[1][0]]))
    return found


def _lost(weight: Tensor) -> list[list[float]]:
    """Share of the energy that is not in the leading ranks of the channels' modes, from 0 ranks on."""
    core = weight
    for mode in (0, 1):
        core = mode_dot(core, torch.linalg.svd(unfold(weight, mode), full_matrices=False)[0].T, mode)
    energy = torch.square(core).sum((2, 3)).cumsum(0).cumsum(1)
    kept = torch.nn.functional.pad(energy, (1, 0, 1, 0)) / weight.square().sum().clamp(min=1e-300)
    return (1 - kept).clamp(min=0).tolist()


def _ranks(most: int) -> list[int]:
    """From the most down to 1, at most `STEPS` of them.

    Examples
    --------
    >>> _ranks(3)
    [3, 2, 1]
    """
    step = -(-most // STEPS)
    return [*range(most, 1, -step), 1]


def _tail(matrix: Tensor) -> list[float]:
    """Share of the energy beyond each rank from 0 on."""
    energy = torch.linalg.svdvals(matrix).square()
    kept = torch.cat([energy.new_zeros(1), energy.cumsum(0)]) / energy.sum().clamp(min=1e-300)
    return (1 - kept).clamp(min=0).tolist()


def _price(before: Option, after: Option) -> float:
    """What each parameter saved costs."""
    return (after.cost - before.cost) / max(before.parameters - after.parameters, 1)


def hull(path: Sequence[Option]) -> list[Option]:
    """The options of a path that no mixture of two others beats, the dense one first.

    Parameters
    ----------
    path : sequence of Option
        Of ever fewer parameters.

    Examples
    --------
    >>> [each.parameters for each in hull([Option((), 9, 0.0), Option((3,), 6, 0.5), Option((1,), 3, 0.6)])]
    [9, 3]
    """
    found: list[Option] = []
    for each in path:
        while len(found) > 1 and _price(found[-1], each) <= _price(found[-2], found[-1]):
            found.pop()
        found.append(each)
    return found


def allocate(paths: Mapping[str, Sequence[Option]], most: int) -> dict[str, Option]:
    """Choose an option for each layer so that all together have at most so many parameters.

    Parameters
    ----------
    paths : mapping of str to sequence of Option
    most : int
        Parameters; where it cannot be reached, every layer takes its smallest option.
    """
    hulls = {name: hull(path) for name, path in paths.items()}
    steps = sorted(
        (_price(before, after), name, at)
        for name, path in hulls.items()
        for at, (before, after) in enumerate(pairwise(path), 1)
    )
    chosen = {name: path[0] for name, path in hulls.items()}
    total = sum(each.parameters for each in chosen.values())
    for _, name, at in steps:
        if total <= most:
            break
        total += hulls[name][at].parameters - chosen[name].parameters
        chosen[name] = hulls[name][at]
    return chosen
