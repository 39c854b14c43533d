"""How far predicted frames are from true ones: MSE in three units, SSIM in three conventions.

Numbers of papers differ by units and conventions more than by models, so all are given. SSIM: Wang and
others, "Image quality assessment", IEEE TIP 2004. Nothing here reads the device.
"""

import math

import torch

from etl.engine.types import Tensor

UNITS = ("pixel", "milli", "frame")
"""Mean of a pixel; the same in thousandths; sum over a frame's pixels and channels."""
CONVENTIONS = ("range 1", "range 2", "gaussian")
"""A uniform window of 7, with a data range of 1 or of 2 (scikit-image's old one of floats); or a Gaussian."""
K1, K2, SIGMA = 0.01, 0.03, 1.5
WINDOW, RADIUS = 7, 5


def mse(truth: Tensor, predicted: Tensor, unit: str = "frame") -> Tensor:
    """Mean squared error of each frame.

    Parameters
    ----------
    truth, predicted : Tensor, shape (..., channels, height, width)
        Floats in [0, 1], or uint8.
    unit : {"frame", "milli", "pixel"}
        See `UNITS`.

    Returns
    -------
    Tensor of float64, shape (...)

    Examples
    --------
    >>> float(mse(torch.zeros(1, 4, 4), torch.ones(1, 4, 4)))
    16.0
    """
    a, b = _pair(truth, predicted)
    return converted((a - b).square().mean((-3, -2, -1)), "pixel", unit, math.prod(a.shape[-3:]))


def converted(value: Tensor | float, unit: str, to: str, pixels: int) -> Tensor | float:
    """An error in another unit.

    Parameters
    ----------
    value : Tensor or float
    unit, to : {"frame", "milli", "pixel"}
    pixels : int
        Numbers of a frame: channels * height * width.

    Examples
    --------
    >>> round(converted(12.96, "milli", "frame", 64 * 64), 2)
    53.08
    """
    scale = {"pixel": 1.0, "milli": 1000.0, "frame": float(pixels)}
    if lacking := [each for each in (unit, to) if each not in scale]:
        raise ValueError(f"there is no unit {lacking[0]!r}; take one of {', '.join(UNITS)}")
    return value * scale[to] / scale[unit]


def ssim(truth: Tensor, predicted: Tensor, convention: str = "range 1") -> Tensor:
    """Structural similarity of each frame: the mean over channels and over windows inside the frame.

    Parameters
    ----------
    truth, predicted : Tensor, shape (..., channels, height, width)
        Floats in [0, 1], or uint8.
    convention : {"range 1", "range 2", "gaussian"}
        See `CONVENTIONS`. Covariances of a uniform window are those of a sample (divided by 48, not 49), as
        scikit-image has them; those of the Gaussian are not, as in the paper.

    Returns
    -------
    Tensor of float64, shape (...)

    Raises
    ------
    ValueError
        Frames are smaller than the window, or of different shapes.
    """
    if convention not in CONVENTIONS:
        raise ValueError(f"there is no convention {convention!r}; take one of {', '.join(CONVENTIONS)}")
    x, y = _pair(truth, predicted)
    weights = _weights(convention, x)
    if min(x.shape[-2:]) < len(weights):
        size = len(weights)
        raise ValueError(f"SSIM looks at windows of {size} x {size}, and frames are {tuple(x.shape[-2:])}")
    rows, columns = (_band(weights, size) for size in x.shape[-2:])
    mean_x, mean_y, xx, yy, xy = (
        rows.mT @ each @ columns for each in (x, y, x.square(), y.square(), x * y)
    )  # averages over windows
    sample = 1.0 if convention == "gaussian" else WINDOW**2 / (WINDOW**2 - 1)
    var_x, var_y = sample * (xx - mean_x.square()), sample * (yy - mean_y.square())
    covariance = sample * (xy - mean_x * mean_y)
    wide = 2.0 if convention == "range 2" else 1.0
    c1, c2 = (K1 * wide) ** 2, (K2 * wide) ** 2
    above = (2 * mean_x * mean_y + c1) * (2 * covariance + c2)
    below = (mean_x.square() + mean_y.square() + c1) * (var_x + var_y + c2)
    return (above / below).mean((-3, -2, -1))


def black(clips: Tensor, frames: int) -> Tensor:
    """Predicts nothing: frames of zeros after each clip.

    Parameters
    ----------
    clips : Tensor, shape (n, frames before, channels, h, w)
    frames : int
    """
    return torch.zeros_like(clips[:, :1]).expand(-1, frames, -1, -1, -1)


def copy_last(clips: Tensor, frames: int) -> Tensor:
    """Predicts that nothing moves: the last frame of each clip again and again.

    Parameters
    ----------
    clips : Tensor, shape (n, frames before, channels, h, w)
    frames : int
    """
    return clips[:, -1:].expand(-1, frames, -1, -1, -1)


def _pair(truth: Tensor, predicted: Tensor) -> tuple[Tensor, Tensor]:
    """Both in float64, since differences of squares are taken; bytes become numbers in [0, 1]."""
    if truth.shape != predicted.shape or truth.ndim < 3:
        shapes = f"{tuple(truth.shape)} and {tuple(predicted.shape)}"
        raise ValueError(f"frames of one shape (..., channels, height, width) are compared; got {shapes}")
    a, b = (each.double() / (255 if each.dtype == torch.uint8 else 1) for each in (truth, predicted))
    return a, b


def _weights(convention: str, like: Tensor) -> Tensor:
    """Of a window along one axis; they sum to 1."""
    if convention != "gaussian":
        return like.new_full((WINDOW,), 1 / WINDOW)
    places = torch.arange(-RADIUS, RADIUS + 1, device=like.device, dtype=like.dtype)
    weights = (-0.5 * (places / SIGMA).square()).exp()
    return weights / weights.sum()


def _band(weights: Tensor, size: int) -> Tensor:
    """Matrix (size, size - window + 1) whose columns are the window at each place."""
    places = size - len(weights) + 1
    offsets = torch.arange(size, device=weights.device)[:, None] - torch.arange(places, device=weights.device)
    inside = (offsets >= 0) & (offsets < len(weights))
    return torch.where(inside, weights[offsets.clamp(0, len(weights) - 1)], 0.0)
