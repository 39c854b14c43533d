"""Generator and discriminator of a class-conditional GAN for small images."""

import torch
from torch import nn
from torch.nn.functional import interpolate, leaky_relu, relu
from torch.nn.utils.parametrizations import spectral_norm

from etl.engine.types import Tensor

SLOPE = 0.2
"""Of the leaky ReLU."""


class ClassNorm(nn.Module):
    """Batch normalisation with a scale and a shift for each class (de Vries et al. 2017).

    Parameters
    ----------
    channels, classes : int
    """

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, affine=False)
        self.scale = nn.Linear(classes, channels, bias=False)
        self.shift = nn.Linear(classes, channels, bias=False)
        nn.init.ones_(self.scale.weight)
        nn.init.zeros_(self.shift.weight)

    def forward(self, x: Tensor, shares: Tensor) -> Tensor:
        """Features (n, channels, height, width) by classes (n, classes)."""
        scale, shift = self.scale(shares)[..., None, None], self.shift(shares)[..., None, None]
        normed: Tensor = self.norm(x)
        return normed * scale + shift


class Generator(nn.Module):
    """From noise and a class to an image, doubling its sides twice.

    Parameters
    ----------
    classes, channels, height, width : int
        Of the images.
    noise : int
        Numbers that an image is made from.
    hidden : int
        Channels before the last doubling; there are twice as many before the first.
    """

    def __init__(self, classes: int, channels: int, height: int, width: int, noise: int, hidden: int) -> None:
        super().__init__()
        self.noise, self.sides = noise, (height, width)
        self.first = -(-height // 4), -(-width // 4)
        self.start = nn.Linear(noise, 2 * hidden * self.first[0] * self.first[1])
        self.norms = nn.ModuleList(ClassNorm(each, classes) for each in (2 * hidden, hidden, hidden // 2))
        self.convs = nn.ModuleList(
            (
                nn.Conv2d(2 * hidden, hidden, 3, padding=1),
                nn.Conv2d(hidden, hidden // 2, 3, padding=1),
                nn.Conv2d(hidden // 2, channels, 3, padding=1),
            )
        )

    def forward(self, noise: Tensor, shares: Tensor) -> Tensor:
        """Images (n, channels, height, width) in (-1, 1) of noise (n, noise) and classes (n, classes)."""
        x = self.start(noise).unflatten(1, (-1, *self.first))
        sizes = [tuple(-(-side // 2) for side in self.sides), self.sides, None]
        for norm, conv, size in zip(self.norms, self.convs, sizes, strict=True):
            x = relu(norm(x, shares))
            if size is not None:
                x = interpolate(x, size=size, mode="nearest")
            x = conv(x)
        return torch.tanh(x)


class Discriminator(nn.Module):
    """How real an image looks, and how like its class: a projection (Miyato and Koyama 2018, eq. 3).

    All weights are divided by their largest singular value (Miyato et al. 2018).

    Parameters
    ----------
    classes, channels, hidden : int
    """

    def __init__(self, classes: int, channels: int, hidden: int) -> None:
        super().__init__()
        self.convs = nn.ModuleList(
            spectral_norm(nn.Conv2d(before, after, size, stride, padding=1))
            for before, after, size, stride in (
                (channels, hidden, 3, 1),
                (hidden, 2 * hidden, 4, 2),
                (2 * hidden, 2 * hidden, 3, 1),
                (2 * hidden, 2 * hidden, 4, 2),
            )
        )
        self.real = spectral_norm(nn.Linear(2 * hidden, 1))
        self.classes = spectral_norm(nn.Linear(classes, 2 * hidden, bias=False))

    def forward(self, images: Tensor, shares: Tensor) -> Tensor:
        """Scores (n,) of images (n, channels, height, width) in [-1, 1] and classes (n, classes)."""
        x = images
        for conv in self.convs:
            x = leaky_relu(conv(x), SLOPE)
        pooled = x.sum((2, 3))
        likeness: Tensor = self.real(pooled)[:, 0] + (self.classes(shares) * pooled).sum(1)
        return likeness
