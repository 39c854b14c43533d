"""MNIST at half its size, 14 x 14, of which few images are labelled: by a seed, as many of each class."""

from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from etl.engine.types import Module, Tensor
from models.rendering.maxmin import MaxMin

VALIDATED = 2000
"""Last images to learn from that are kept to choose by; none is ever learnt from."""
WIDTHS = 32, 64, 64


class Learnt(NamedTuple):
    """Images as uint8, (n, 1, side, side), and labels, int64."""

    labelled: Tensor
    y: Tensor
    unlabelled: Tensor
    hidden: Tensor
    """Labels of the unlabelled images, for votes of simulated workers."""


class Judged(NamedTuple):
    """Images to judge by."""

    x: Tensor
    y: Tensor


def learnt(folder: Path, seed: int, labels: int = 100, unlabelled: int = 10_000, pool: int = 2) -> Learnt:
    """Images to learn from.

    Parameters
    ----------
    folder : Path
        With train.npz and test.npz, each of x (n, 28, 28) and y.
    seed : int
        Of the choice of images.
    labels, unlabelled : int
    pool : int
        Pixels of a side whose mean is one.
    """
    x, y = _held(folder / "train.npz", pool)
    order = torch.from_numpy(np.random.default_rng(seed).permutation(len(y) - VALIDATED))
    chosen = torch.cat([order[y[order] == c][: labels // 10] for c in range(10)])
    others = order[~torch.isin(order, chosen)][:unlabelled]
    return Learnt(x[chosen], y[chosen], x[others], y[others])


def judged(folder: Path, use: str, pool: int = 2) -> Judged:
    """The 10,000 images to test by, or the last 2,000 of the others to choose by.

    Parameters
    ----------
    folder : Path
    use : {"test", "validation"}
    pool : int
    """
    if use == "test":
        return Judged(*_held(folder / "test.npz", pool))
    x, y = _held(folder / "train.npz", pool)
    return Judged(x[-VALIDATED:], y[-VALIDATED:])


@cache
def _held(path: Path, pool: int) -> tuple[Tensor, Tensor]:
    with np.load(path) as held:
        x = held["x"].reshape(-1, 28 // pool, pool, 28 // pool, pool).mean((2, 4))
        y = held["y"].astype("int64")
    return torch.from_numpy(np.rint(x).astype("uint8"))[:, None], torch.from_numpy(y)


def small(channels: int, classes: int, size: int) -> Module:
    """Three convolutions of 32, 64 and 64 channels.

    Parameters
    ----------
    channels, classes, size : int
    """
    first, second, third = WIDTHS
    return nn.Sequential(
        *_layer(channels, first, 5),
        nn.MaxPool2d(2),
        *_layer(first, second, 3),
        *_layer(second, third, 3),
        nn.AvgPool2d(size // 2),
        nn.Flatten(),
        nn.Linear(third, classes),
    )


def double(channels: int, classes: int, size: int) -> Module:
    """The same as a Max-Min network.

    Parameters
    ----------
    channels, classes, size : int
    """
    return MaxMin(small(channels, classes, size))


def _layer(before: int, after: int, kernel: int) -> list[nn.Module]:
    convolution = nn.Conv2d(before, after, kernel, padding=kernel // 2, bias=False)
    return [convolution, nn.BatchNorm2d(after), nn.LeakyReLU(0.1)]
