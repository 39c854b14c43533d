"""Networks that learn from partial feedback: for images, for vectors, and one score a class; need PyTorch."""

import math

from etl.engine.types import Module

HIDDEN = 256
"""Units of the hidden layer for vectors."""


def network(shape: tuple[int, ...], classes: int) -> Module:
    """A small convolutional network for images; for vectors, a hidden layer.

    Parameters
    ----------
    shape : tuple of int
        Of a row: (channels, height, width), or (features,).
    classes : int
    """
    from torch import nn

    if len(shape) == 1:
        return nn.Sequential(
            nn.Linear(shape[0], HIDDEN), nn.ReLU(), nn.Dropout(0.2), nn.Linear(HIDDEN, classes)
        )
    side = math.ceil(shape[1] / 4) * math.ceil(shape[2] / 4)
    return nn.Sequential(
        nn.Conv2d(shape[0], 8, 5, 2, 2),
        nn.ReLU(),
        nn.Conv2d(8, 16, 5, 2, 2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(16 * side, 64),
        nn.ReLU(),
        nn.Linear(64, classes),
    )


def linear(shape: tuple[int, ...], classes: int) -> Module:
    """One score a class, linear in the features.

    Parameters
    ----------
    shape : tuple of int
        Of a row: (features,).
    classes : int
    """
    from torch import nn

    return nn.Linear(shape[0], classes)
