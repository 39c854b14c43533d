"""The networks of the paper's experiments, for images of 8 x 8 and more.

Source: Ho and others, arXiv 1811.02657; sizes are those of the experiments' code, by a description of it.
Batch norm is followed by a bias of its own, b: the parameter of the prior over switches.
"""

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional as F

from etl.engine.types import Module, Tensor


class Bias(nn.Module):
    """Adds b, one number a channel.

    Parameters
    ----------
    channels : int
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, h, w) to the same."""
        return x + self.bias[:, None, None]


def _block(taken: int, given: int, kernel: int, padding: int, slope: float) -> list[Module]:
    """Convolution, batch norm, bias, rectifier."""
    layer = nn.Conv2d(taken, given, kernel, padding=padding, bias=False)
    return [layer, nn.BatchNorm2d(given), Bias(given), _rectifier(slope)]


def _rectifier(slope: float) -> Module:
    """A leaky rectifier, or one that is off below zero."""
    return nn.LeakyReLU(slope) if slope else nn.ReLU()


def conv_small(
    channels: int,
    classes: int,
    size: int | Sequence[int],
    widths: Sequence[int] = (32, 64, 64, 128),
    slope: float = 0.1,
    dropout: float = 0.0,
) -> Module:
    """ConvSmall, for MNIST: 5x5 full, pool, 3x3 valid, 3x3 full, pool, 3x3 valid, average, classifier.

    Parameters
    ----------
    channels, classes : int
    size : int or (int, int)
        Height and width of the images, at least 8.
    widths : sequence of int
        Channels of the four convolutions.
    slope : float
        Of the leaky rectifiers; 0 is ReLU.
    dropout : float
        Probability, after each pool.

    Returns
    -------
    Module
        (batch, channels, height, width) to logits (batch, classes).

    Raises
    ------
    ValueError
        The images are smaller than 8 x 8, or there are not four widths.
    """
    _check(channels, classes, size)
    if len(widths) != 4:
        raise ValueError(f"ConvSmall has four convolutions; widths are {tuple(widths)}")
    a, b, c, d = widths
    parts = [
        *(*_block(channels, a, 5, 4, slope), nn.MaxPool2d(2), nn.Dropout(dropout)),
        *(*_block(a, b, 3, 0, slope), *_block(b, c, 3, 2, slope), nn.MaxPool2d(2), nn.Dropout(dropout)),
        *(*_block(c, d, 3, 0, slope), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(d, classes)),
    ]
    return nn.Sequential(*parts)


def conv_large(
    channels: int,
    classes: int,
    size: int | Sequence[int],
    width: int = 128,
    slope: float = 0.1,
    dropout: float = 0.5,
    last_kernel: int = 3,
) -> Module:
    """ConvLarge (AllConv13), for CIFAR-10 and SVHN: 3 x width, pool, 3 x 2 width, pool, 4, 2 and 1 width.

    Parameters
    ----------
    channels, classes, size, slope, dropout
        See `conv_small`.
    width : int
        Channels of the first convolution.
    last_kernel : {1, 3}
        Of the last two convolutions: 3 as released, 1 in networks of the same name elsewhere.

    Returns
    -------
    Module
        (batch, channels, height, width) to logits (batch, classes).

    Raises
    ------
    ValueError
        The images are smaller than 8 x 8.
    """
    _check(channels, classes, size)
    smallest = size if isinstance(size, int) else min(size)
    valid = 0 if smallest // 4 >= 3 else 1  # two pools leave too little of a small image for a valid kernel
    parts, taken = [], channels
    for given in (width, 2 * width):
        for each in (taken, given, given):
            parts += _block(each, given, 3, 1, slope)
        parts += [nn.MaxPool2d(2), nn.Dropout(dropout)]
        taken = given
    parts += _block(taken, 4 * width, 3, valid, slope)
    parts += _block(4 * width, 2 * width, last_kernel, last_kernel // 2, slope)
    parts += _block(2 * width, width, last_kernel, last_kernel // 2, slope)
    return nn.Sequential(*parts, nn.AdaptiveAvgPool2d(1), nn.Conv2d(width, classes, 1), nn.Flatten())


class Residual(nn.Module):
    """Batch norm, rectifier, 3x3, batch norm, rectifier, 3x3, beside the input or a 1x1 of it.

    Parameters
    ----------
    taken, given : int
        Channels.
    stride : int
    slope : float
    """

    def __init__(self, taken: int, given: int, stride: int, slope: float) -> None:
        super().__init__()
        self.slope = slope
        self.first_norm, self.second_norm = nn.BatchNorm2d(taken), nn.BatchNorm2d(given)
        self.first = nn.Conv2d(taken, given, 3, stride, 1, bias=False)
        self.second = nn.Conv2d(given, given, 3, 1, 1, bias=False)
        is_same = (taken, 1) == (given, stride)
        self.shortcut = None if is_same else nn.Conv2d(taken, given, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, taken, h, w) to (batch, given, h / stride, w / stride)."""
        on = F.leaky_relu(self.first_norm(x), self.slope)
        inner = F.leaky_relu(self.second_norm(self.first(on)), self.slope)
        return self.second(inner) + (x if self.shortcut is None else self.shortcut(on))


def wide_resnet_28_2(
    channels: int,
    classes: int,
    size: int | Sequence[int],
    depth: int = 28,
    width: int = 2,
    slope: float = 0.1,
) -> Module:
    """WRN-28-2, on which consistency methods are compared; b is the shift of batch norm.

    Source: Zagoruyko and Komodakis, "Wide Residual Networks", 2016, arXiv 1605.07146.

    Parameters
    ----------
    channels, classes, size, slope
        See `conv_small`.
    depth : int
        6 n + 4, with n residual blocks in each of three groups.
    width : int
        Times 16, 32 and 64 channels.

    Returns
    -------
    Module
        (batch, channels, height, width) to logits (batch, classes).

    Raises
    ------
    ValueError
        The depth is another, or the images are smaller than 8 x 8.
    """
    _check(channels, classes, size)
    if depth < 10 or (depth - 4) % 6:
        raise ValueError(f"a wide residual network has a depth of 6 n + 4, such as 10, 16, 28; got {depth}")
    parts, taken = [nn.Conv2d(channels, 16, 3, padding=1, bias=False)], 16
    for given, stride in ((16 * width, 1), (32 * width, 2), (64 * width, 2)):
        for at in range((depth - 4) // 6):
            parts.append(Residual(taken, given, 1 if at else stride, slope))
            taken = given
    end = [nn.BatchNorm2d(taken), _rectifier(slope), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    return nn.Sequential(*parts, *end, nn.Linear(taken, classes))


def _check(channels: int, classes: int, size: int | Sequence[int]) -> None:
    """Raise ValueError for images or classes that fit no network."""
    sides = (size, size) if isinstance(size, int) else tuple(size)
    if channels < 1 or classes < 2:
        raise ValueError(
            f"a network takes 1 channel and gives 2 classes or more; got {channels} and {classes}"
        )
    if len(sides) != 2 or min(sides) < 8:
        raise ValueError(f"images are at least 8 x 8; got {sides}")
