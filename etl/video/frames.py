"""Frames of a clip from images, an animated GIF or a video file, decoded and brought into form one by one."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Literal

import numpy as np
from PIL import Image, ImageSequence

from etl import images
from etl.images.resize import resize

FILMS = tuple(".avi .m4v .mkv .mov .mp4 .mpeg .mpg .ogv .webm".split())
"""Of the names of video files, in lower case."""
STILLS = tuple(ending for ending in images.ENDINGS if ending != ".gif")
ARRAYS = (".npy", ".npz")
LUMA = np.array([0.299, 0.587, 0.114], "float32")
"""Weights of red, green and blue in a grey value (ITU-R BT.601)."""
TINGE = 8
"""Steps of 255 by which red, green and blue of a grey frame may differ after a video's coding."""


@dataclass(frozen=True)
class Form:
    """How clips are read.

    Attributes
    ----------
    size : tuple of int, optional
        Height and width to bring frames to; by default their own.
    crop : bool
        Cut the middle out in the shape of the size first; by default frames are stretched.
    every : int
        Takes one frame of so many.
    colour : {"auto", "grey", "colour"}
        ``auto`` keeps colours where a clip has some.
    axes : str
        Axes of arrays, a letter each of ``n t c h w``; by default they are found.
    """

    size: tuple[int, int] | None = None
    crop: bool = False
    every: int = 1
    colour: Literal["auto", "grey", "colour"] = "auto"
    axes: str = ""


def natural(path: Path) -> list[tuple[int, str]]:
    """A key that sorts frame 2 before frame 10.

    Examples
    --------
    >>> sorted(map(Path, ("f10.png", "f9.png", "e.png")), key=natural)
    [PosixPath('e.png'), PosixPath('f9.png'), PosixPath('f10.png')]
    """
    parts = re.split(r"([0-9]+)", str(path))
    return [(int(part), "") if at % 2 else (0, part) for at, part in enumerate(parts)]


def stills(paths: Sequence[Path]) -> Iterator[np.ndarray]:
    """Frames of images, a file each, uint8 (h, w, 3)."""
    for path in paths:
        with Image.open(path) as opened:
            yield np.asarray(images.as_rgb(opened))


def animation(path: Path) -> Iterator[np.ndarray]:
    """Frames of an animated GIF, uint8 (h, w, 3)."""
    with Image.open(path) as opened:
        for frame in ImageSequence.Iterator(opened):
            yield np.asarray(images.as_rgb(frame))


def film(path: Path) -> Iterator[np.ndarray]:
    """Frames of a video file, uint8 (h, w, 3).

    Raises
    ------
    ValueError
        PyAV is not installed, or the file is damaged.
    EOFError
        It holds no pictures, or fewer than it says.
    """
    av = pyav(path)
    with av.open(str(path)) as container:
        if not container.streams.video:
            raise EOFError("it holds no pictures")
        count = 0
        for frame in container.decode(video=0):
            count += 1
            yield frame.to_ndarray(format="rgb24")
        told = container.streams.video[0].frames
    if told > count:
        raise EOFError(f"it tells of {told} frames, and {count} can be read")


def pyav(path: Path) -> ModuleType:
    """PyAV, which reads video files.

    Raises
    ------
    RuntimeError
        It is not installed.
    """
    try:
        import av
    except ModuleNotFoundError as error:
        raise RuntimeError(
            f"{path} is a video file, and PyAV, which reads it, is not installed; pip install -e '.[video]' "
            "brings it, or save the frames as images"
        ) from error
    return av


def fitted(frame: np.ndarray, form: Form) -> np.ndarray:
    """A frame in the form that is asked for.

    Parameters
    ----------
    frame : array of uint8 or float32, shape (..., h, w)
    form : Form

    Returns
    -------
    array of the same type, shape (..., height, width)
    """
    if form.size is None:
        return frame
    if form.crop:
        frame = _middle(frame, form.size[0] / form.size[1])
    found = resize(frame, *form.size)
    return found if frame.dtype.kind == "f" else np.rint(found).astype("uint8")


def _middle(frame: np.ndarray, shape: float) -> np.ndarray:
    """The largest part of that height by width, from the middle."""
    h, w = frame.shape[-2:]
    high, wide = min(h, max(round(w * shape), 1)), min(w, max(round(h / shape), 1))
    top, left = (h - high) // 2, (w - wide) // 2
    return frame[..., top : top + high, left : left + wide]


def coloured(frame: np.ndarray, channels: int) -> np.ndarray:
    """A frame with one channel or three.

    Parameters
    ----------
    frame : array of uint8 or float32, shape (..., 1 or 3, h, w)
    channels : int
    """
    if frame.shape[-3] == channels:
        return frame
    if channels == 3:
        return np.repeat(frame, 3, axis=-3)
    found = np.einsum("...chw,c->...hw", frame.astype("float32", copy=False), LUMA)[..., None, :, :]
    return found if frame.dtype.kind == "f" else np.rint(found).astype("uint8")


def is_grey(frames: np.ndarray) -> bool:
    """Whether frames, (..., channels, h, w), show no colours."""
    if frames.shape[-3] == 1:
        return True
    steps = TINGE if frames.dtype == np.uint8 else TINGE / 255
    bright, dark = frames.max(axis=-3), frames.min(axis=-3)
    return bool((bright - dark).max(initial=0) <= steps)
