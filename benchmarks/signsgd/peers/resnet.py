"""ResNet-50, whose 25,557,032 parameters are what a step sends, for pictures as small as wanted.

Source: He, Zhang, Ren and Sun, "Deep residual learning for image recognition", CVPR 2016, table 1, with the
stride in the 3x3 convolution.
"""

from typing import Any

import torch
from torch import nn

STAGES = ((3, 64, 1), (4, 128, 2), (6, 256, 2), (3, 512, 2))


class Block(nn.Module):
    """Bottleneck: 1x1, 3x3 and 1x1 convolutions beside the identity, or beside a projection."""

    def __init__(self, inside: int, width: int, stride: int) -> None:
        super().__init__()
        out = 4 * width
        self.branch = nn.Sequential(
            *_normed(inside, width, 1), nn.ReLU(), *_normed(width, width, 3, stride), nn.ReLU(),
            *_normed(width, out, 1),
        )  # fmt: skip
        same = inside == out and stride == 1
        self.beside = nn.Identity() if same else nn.Sequential(*_normed(inside, out, 1, stride))

    def forward(self, x: Any) -> Any:
        """Feature maps (N, 4 width, H / stride, W / stride)."""
        return torch.relu(self.branch(x) + self.beside(x))


def resnet50(seed: int = 0, classes: int = 1000) -> nn.Sequential:
    """The network; a seed gives its weights.

    Examples
    --------
    >>> sum(p.numel() for p in resnet50().parameters())
    25557032
    """
    torch.manual_seed(seed)
    layers: list[Any] = [*_normed(3, 64, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    inside = 64
    for blocks, width, stride in STAGES:
        for k in range(blocks):
            layers.append(Block(inside, width, 1 if k else stride))
            inside = 4 * width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inside, classes))


def _normed(inside: int, out: int, size: int, stride: int = 1) -> tuple[Any, Any]:
    return nn.Conv2d(inside, out, size, stride, size // 2, bias=False), nn.BatchNorm2d(out)
