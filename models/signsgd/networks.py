"""Small networks that are trained by votes; none has batch statistics, which would differ between workers."""

from collections import OrderedDict

import torch
from torch import nn

from etl.engine.types import Module, Tensor

RANGE = 5.0
"""Deviations: a rare column's few large values would rule steps that are all of one size."""


def convnet(side: int, classes: int, hidden: int = 0) -> Module:
    """Two convolutions and a layer, for images (b, 1, side, side) to scores (b, classes).

    Parameters
    ----------
    side : int
        Pixels.
    classes : int
    hidden : int
        Units of a layer before the scores; 0 leaves it out.

    Examples
    --------
    >>> sum(p.numel() for p in convnet(8, 10).parameters())
    9930
    """
    early: list[Module] = [nn.MaxPool2d(2)] if side > 16 else []
    left = 32 * (side // 2 // (2 if early else 1)) ** 2
    wide: list[Module] = [nn.Linear(left, hidden), nn.ReLU()] if hidden else []
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), *early,
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), *wide, nn.Linear(hidden or left, classes),
    )  # fmt: skip


class Residual(nn.Module):
    """Two convolutions beside a shortcut. Source: He and others, 2016, figure 2.

    Parameters
    ----------
    before, after : int
        Channels.
    stride : int
        Of the first convolution, and of the shortcut.
    """

    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        self.residual = nn.Sequential(
            nn.Conv2d(before, after, 3, stride, 1, bias=False), nn.GroupNorm(4, after), nn.ReLU(),
            nn.Conv2d(after, after, 3, 1, 1, bias=False), nn.GroupNorm(4, after),
        )  # fmt: skip
        self.shortcut: Module = nn.Identity()
        if before != after or stride != 1:
            self.shortcut = nn.Conv2d(before, after, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Images (b, before, h, w) to (b, after, h / stride, w / stride)."""
        return (self.residual(x) + self.shortcut(x)).relu()


def resnet(side: int, classes: int) -> Module:
    """Three residual blocks with group normalisation, for images (b, 1, side, side) to scores (b, classes).

    Parameters
    ----------
    side : int
        Pixels.
    classes : int
    """
    early = 2 if side > 16 else 1
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, early, 1, bias=False),
        nn.GroupNorm(4, 16),
        nn.ReLU(),
        Residual(16, 16, 1),
        Residual(16, 32, 2),
        Residual(32, 64, 2),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(64, classes),
    )


class Characters(nn.Module):
    """An LSTM that says which character is next.

    Parameters
    ----------
    characters : int
    size, width : int
        Numbers of a character's vector, and of the state.
    """

    def __init__(self, characters: int, size: int = 32, width: int = 128) -> None:
        super().__init__()
        self.embedding = nn.Embedding(characters, size)
        self.lstm = nn.LSTM(size, width, batch_first=True)
        self.out = nn.Linear(width, characters)

    def forward(self, codes: Tensor) -> Tensor:
        """Codes, int64 (b, n), to scores (b, characters, n)."""
        return self.out(self.lstm(self.embedding(codes))[0]).transpose(1, 2)


class Standardised(nn.Module):
    """Columns less their mean, by their deviation, and no further out than `RANGE` deviations.

    Parameters
    ----------
    columns : int
        Their moments are zero and one until `learn`.
    """

    def __init__(self, columns: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(columns))
        self.register_buffer("deviation", torch.ones(columns))

    def learn(self, rows: Tensor) -> None:
        """Take the moments of these rows, (n, columns); a constant column's deviation is 1."""
        deviation, self.mean = torch.std_mean(rows, dim=0, correction=0)
        self.deviation = torch.where(deviation > 1e-6 * self.mean.abs(), deviation, 1.0)

    def forward(self, x: Tensor) -> Tensor:
        """Rows (b, columns) to rows."""
        return ((x - self.mean) / self.deviation).clamp(-RANGE, RANGE)


def perceptron(
    columns: int, hidden: int, classes: int, dropout: float = 0.0, input_dropout: float = 0.0
) -> Module:
    """Standardised columns, a layer of hidden units where there are any, and a score a class.

    Parameters
    ----------
    columns, hidden, classes : int
    dropout, input_dropout : float
        Share of hidden units, and of columns, that are left out in training.

    Examples
    --------
    >>> [name for name, _ in perceptron(4, 0, 3).named_parameters()]
    ['scores.weight', 'scores.bias']
    """
    layers: dict[str, Module] = {"standardised": Standardised(columns), "columns": nn.Dropout(input_dropout)}
    if hidden:
        layers |= {"hidden": nn.Linear(columns, hidden), "relu": nn.ReLU(), "units": nn.Dropout(dropout)}
    scores = nn.Linear(hidden or columns, classes)
    if not hidden:
        nn.init.zeros_(scores.weight)  # steps of one size would take long to undo a random start
    return nn.Sequential(OrderedDict(layers, scores=scores))
