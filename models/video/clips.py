"""Clips as a network takes them: checked once, and cut into stretches where they lie."""

from collections.abc import Sequence
from typing import Protocol, TypeGuard

import numpy as np
import torch

from etl.engine.types import Array, Tensor
from etl.handoff import to_torch
from models.sequences.orders import Orders

COLOURS = (1, 3, 4)


class Source(Protocol):
    """Clips by their numbers, such as `etl.video.moving_digits.MovingDigits`; a number's never changes."""

    def clips(self, numbers: range) -> Array | Tensor:
        """Clips (n, frames, channels, height, width), in [0, 1], on the device where they are learnt from."""
        ...


Given = Array | Tensor | Sequence[Array]


def is_source(given: Given | Source) -> TypeGuard[Source]:
    """Whether clips are made by their numbers."""
    return callable(getattr(given, "clips", None))


def as_clips(given: Given, channels: int) -> Tensor:
    """Clips of a shape that the network takes, on the device where they lie.

    Parameters
    ----------
    given : array, tensor or sequence of arrays, shape (n, frames, [channels,] height, width)
        uint8, or floats in [0, 1].
    channels : int
        Of the network.

    Returns
    -------
    Tensor of uint8 or float32, shape (n, frames, channels, height, width)

    Raises
    ------
    ValueError
        Clips differ in size, there is none, or no frame, values are outside [0, 1] or missing, or the network
        takes another number of channels.
    """
    clips = _tensor(given)
    if clips.ndim == 4:
        clips = clips[:, :, None]
    if clips.ndim != 5 or not clips.numel():
        wanted = "(clips, frames, [channels,] height, width), of at least one each"
        raise ValueError(f"clips have a shape {wanted}; got {tuple(clips.shape)}")
    if clips.shape[2] != channels:
        raise ValueError(_channels_told(tuple(clips.shape), channels))
    if clips.dtype == torch.uint8:
        return clips
    if not clips.dtype.is_floating_point:
        raise ValueError(f"clips are of {clips.dtype}; give uint8, or floats from 0 to 1")
    low, high = torch.stack(clips.aminmax()).tolist()
    if not (low >= 0 and high <= 1):
        found = f"clips have values from {low:g} to {high:g}"
        raise ValueError(f"{found}; give floats from 0 to 1 without NaN, or uint8 from 0 to 255")
    return clips.float()


def as_floats(clips: Tensor) -> Tensor:
    """Values in [0, 1] as float32."""
    return clips.float() / 255 if clips.dtype == torch.uint8 else clips.float()


class Stretches:
    """All stretches of some frames of clips, in an order that is drawn anew each time all were given.

    Parameters
    ----------
    held : Tensor, shape (n, frames, channels, height, width)
    span : int
        Frames of a stretch.
    seed : int
        Of the orders. What a number gives depends on nothing else, so that a run can go on at any.

    Raises
    ------
    ValueError
        Clips are shorter than a stretch.
    """

    def __init__(self, held: Tensor, span: int, seed: int = 0) -> None:
        if held.shape[1] < span:
            raise ValueError(
                f"clips have {held.shape[1]} frames, and frames_in + frames_out is {span}; give longer "
                "clips, or ask for fewer frames"
            )
        self.held, self.span = held, span
        self.starts = held.shape[1] - span + 1
        self.orders = Orders(len(held) * self.starts, seed, held.device)

    def clips(self, numbers: range) -> Tensor:
        """Stretches of these numbers, float32, (n, span, channels, height, width)."""
        drawn = self.orders.places(numbers)
        frames = (drawn % self.starts)[:, None] + torch.arange(self.span, device=drawn.device)
        return as_floats(self.held[(drawn // self.starts)[:, None], frames])


def parted(clips: Tensor, span: int) -> tuple[Tensor, Tensor, str]:
    """Training and validation clips, and how they were split: the last 15 %, or the end of one clip.

    Parameters
    ----------
    clips : Tensor, shape (n, frames, channels, height, width)
    span : int
        Frames that are read and predicted.

    Raises
    ------
    ValueError
        There is one clip, which is too short.
    """
    n, frames = clips.shape[:2]
    if n > 1:
        last = max(1, round(0.15 * n))
        return clips[:-last], clips[-last:], f"validated on the last {last} of {n} clips"
    if frames < 2 * span:
        raise ValueError(
            f"one clip of {frames} frames is too short for training and validation, which take "
            f"{2 * span}; give more clips, or clips as validation"
        )
    return clips[:, :-span], clips[:, -span:], f"validated on the last {span} frames of the one clip"


def _tensor(given: Given) -> Tensor:
    if isinstance(given, list | tuple):
        shapes = [tuple(each.shape) for each in given]
        if odd := [at for at, shape in enumerate(shapes) if shape != shapes[0]]:
            first = f"clip 0 has {shapes[0]}, clip {odd[0]} has {shapes[odd[0]]}"
            raise ValueError(f"clips differ in shape: {first}; cut or resize them to one")
        if not given:
            raise ValueError("there is no clip; give at least one")
        stack = torch.stack if isinstance(given[0], torch.Tensor) else np.stack
        return _tensor(stack(list(given)))
    return given if isinstance(given, torch.Tensor) else to_torch(given)


def _channels_told(shape: tuple[int, ...], channels: int) -> str:
    if shape[-1] in COLOURS and shape[2] not in COLOURS:
        return f"clips of shape {shape} have their channels last; move them to axis 2"
    return (
        f"clips of shape {shape} have {shape[2]} channels, and the network takes {channels}; see the "
        "channels of its settings"
    )
