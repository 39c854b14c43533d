"""Augmentations of real and made images alike, through which gradients flow, of a batch at once."""

import torch
from torch.nn.functional import pad

from etl.engine.types import Tensor

SHIFT = 1 / 8
"""Of a side, at most."""
CUT = 1 / 2
"""Of a side, which is filled with grey."""


def augmented(images: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Brightness, contrast, a shift and a hole, drawn for each image; the discriminator sees nothing else.

    What a discriminator of few images would learn by heart is taken from it, and as made images go through
    the same, the generator does not learn to make augmented ones. Zhao et al. 2020, "Differentiable
    Augmentation for Data-Efficient GAN Training", section 3.2 (colour, translation, cutout).

    Parameters
    ----------
    images : tensor, shape (n, channels, height, width)
        In [-1, 1], of which 0 is grey.
    generator : torch.Generator, optional
        On the device of the images.

    Returns
    -------
    tensor, as ``images``
    """
    return _cut(_shifted(_coloured(images, generator), generator), generator)


def _draw(images: Tensor, generator: torch.Generator | None) -> Tensor:
    """One number in [0, 1) an image."""
    return torch.rand(len(images), 1, 1, 1, generator=generator, device=images.device, dtype=images.dtype)


def _coloured(images: Tensor, generator: torch.Generator | None) -> Tensor:
    """Brighter or darker by up to a quarter of the range, with .5 to 1.5 times the contrast."""
    images = images + (_draw(images, generator) - 0.5)
    mean = images.mean((1, 2, 3), keepdim=True)
    return (images - mean) * (_draw(images, generator) + 0.5) + mean


def _shifted(images: Tensor, generator: torch.Generator | None) -> Tensor:
    """Moved by whole pixels; what comes in at an edge is grey."""
    height, width = images.shape[-2:]
    rows, most_down = _places(height, SHIFT, images, generator)
    columns, most_right = _places(width, SHIFT, images, generator)
    around = pad(images, (most_right, most_right, most_down, most_down))
    every = torch.arange(len(images), device=images.device)[:, None, None]
    moved = around.permute(0, 2, 3, 1)[every, rows[:, :, None], columns[:, None, :]]
    return moved.permute(0, 3, 1, 2)


def _places(side: int, share: float, images: Tensor, generator: torch.Generator | None) -> tuple[Tensor, int]:
    """Where each pixel of a side is taken from, in the padded side, and by how much that is padded."""
    most = max(1, int(side * share + 0.5))
    moves = torch.randint(0, 2 * most + 1, (len(images), 1), generator=generator, device=images.device)
    return torch.arange(side, device=images.device) + moves, most


def _cut(images: Tensor, generator: torch.Generator | None) -> Tensor:
    """With a grey rectangle whose centre is anywhere."""
    inside = [
        _within(side, axis, images, generator) for axis, side in zip((2, 3), images.shape[-2:], strict=True)
    ]
    return images * ~(inside[0] & inside[1])


def _within(side: int, axis: int, images: Tensor, generator: torch.Generator | None) -> Tensor:
    """Which places along an axis are in the hole of each image."""
    centre = torch.randint(0, side + 1, (len(images), 1), generator=generator, device=images.device)
    apart = torch.arange(side, device=images.device) - centre
    half = int(side * CUT + 0.5) // 2
    held = (apart >= -half) & (apart < half)
    return held[:, None, :, None] if axis == 2 else held[:, None, None, :]
