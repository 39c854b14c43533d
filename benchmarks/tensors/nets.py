"""Heads of one small network: what turns (50, 4, 4) maps into scores of classes, and how it learns."""

import warnings
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional

from models.tensors.layers.tcl import TCL
from models.tensors.layers.trl import TRL

MAPS, CLASSES = (50, 4, 4), (10,)
BATCH, RATE = 64, 1e-3


class Images(NamedTuple):
    """Images (n, 1, side, side), standardised, and their classes (n,)."""

    x: torch.Tensor
    y: torch.Tensor


def _peer(rank: int | tuple[int, ...], kind: str) -> nn.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from tltorch import TRL as Peer

        return Peer(MAPS, CLASSES, bias=True, rank=rank, factorization=kind)


def _flat(*layers: nn.Module) -> nn.Module:
    return nn.Sequential(nn.Flatten(), *layers)


HEADS: dict[str, Callable[[], nn.Module]] = {
    "dense, 500 hidden": lambda: _flat(nn.Linear(800, 500), nn.ReLU(), nn.Linear(500, 10)),
    "dense": lambda: _flat(nn.Linear(800, 10)),
    "pooling and dense": lambda: nn.Sequential(nn.AdaptiveAvgPool2d(1), _flat(nn.Linear(50, 10))),
    "TCL (25, 3, 3) and dense": lambda: nn.Sequential(TCL(MAPS, (25, 3, 3)), _flat(nn.Linear(225, 10))),
    "TRL Tucker (10, 3, 3, 10)": lambda: TRL(MAPS, CLASSES, (10, 3, 3, 10)),
    "TRL TT 10": lambda: TRL(MAPS, CLASSES, 10, "tt"),
    "TRL CP 10": lambda: TRL(MAPS, CLASSES, 10, "cp"),
    "tltorch TRL Tucker (10, 3, 3, 10)": lambda: _peer((10, 3, 3, 10), "tucker"),
    "tltorch TRL TT 10": lambda: _peer((1, 10, 10, 10, 1), "tt"),
    "tltorch TRL CP 10": lambda: _peer(10, "cp"),
}
"""Makers of heads by name; all learn behind the same convolutions."""


def network(side: int, head: Callable[[], nn.Module], seed: int) -> nn.Module:
    """Two convolutions that leave (50, 4, 4), their start the same for every head of a seed, and a head.

    Parameters
    ----------
    side : int
        Of the images: 28 are halved twice, 8 once.
    head : callable
    seed : int
    """
    torch.manual_seed(seed)
    if side == 28:
        first, second = nn.Conv2d(1, 20, 5), nn.Conv2d(20, 50, 5)
        body = [first, nn.MaxPool2d(2), nn.ReLU(), second, nn.MaxPool2d(2), nn.ReLU()]
    else:
        first, second = nn.Conv2d(1, 20, 3, padding=1), nn.Conv2d(20, 50, 3, padding=1)
        body = [first, nn.ReLU(), second, nn.MaxPool2d(2), nn.ReLU()]
    return nn.Sequential(*body, head())


def train(net: nn.Module, images: Images, epochs: int, seed: int) -> None:
    """Adam, in an order that is the same for every head of a seed.

    Parameters
    ----------
    net : torch.nn.Module
    images : Images
    epochs : int
    seed : int
    """
    generator = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.Adam(net.parameters(), RATE)
    for _ in range(epochs):
        for rows in torch.randperm(len(images.y), generator=generator).split(BATCH):
            optimiser.zero_grad()
            functional.cross_entropy(net(images.x[rows]), images.y[rows]).backward()
            optimiser.step()


def accuracy(net: nn.Module, images: Images) -> float:
    """Share of images whose class has the highest score."""
    with torch.no_grad():
        right = [
            int((net(x).argmax(1) == y).sum())
            for x, y in zip(images.x.split(500), images.y.split(500), strict=True)
        ]
    return sum(right) / len(images.y)
