"""One size and one number of channels for images that may differ."""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from etl.engine.types import Array
from etl.images.files import ERRORS, GREY
from etl.images.resize import resize
from etl.records import Choice, record

LEAST, MOST, SIDE = 8, 64, 28
"""Pixels of a side that are kept as they are, at least and at most, and those that others are brought to."""


def side_of(sizes: Sequence[tuple[int, int]], where: Path) -> int:
    """Pixels of a side that images are brought to; why is recorded where that is not their own.

    Parameters
    ----------
    sizes : sequence of (int, int)
        Width and height of each image, at least one.
    where : Path
        For what is told.

    Examples
    --------
    >>> side_of([(9, 9), (9, 9)], Path("a")), side_of([(9, 9), (9, 8)], Path("a"))
    (9, 28)
    """
    first = sizes[0]
    odd = next((size for size in sizes if size != first), first)
    if odd == first and first[0] == first[1] and LEAST <= first[0] <= MOST:
        return first[0]
    if odd != first:
        why = f"of {_told(first)}, others of {_told(odd)}"
    elif first[0] != first[1]:
        why = f"of {_told(first)}, which is no square"
    else:
        why = f"of {_told(first)}, and {LEAST} to {MOST} a side are kept"
    record(
        Choice(
            reason=f"size: images of {where} are {why}: brought to {SIDE} x {SIDE}; --size takes another side"
        )
    )
    return SIDE


def tell_stretched(sizes: Sequence[tuple[int, int]], side: int) -> None:
    """Record how many images are not of the size to which all are brought.

    Parameters
    ----------
    sizes : sequence of (int, int)
        Width and height of each image.
    side : int
    """
    if odd := [size for size in sizes if size != (side, side)]:
        told = f"{len(odd):,} images are of other sizes, the first of {_told(odd[0])}"
        record(Choice(reason=f"size: {told}; they are brought to {side} x {side}"))


def _told(size: tuple[int, int]) -> str:
    return f"{size[0]} x {size[1]} pixels"


def heads(paths: Sequence[Path]) -> list[tuple[int, int]]:
    """Width and height of the files that Pillow opens; other modes, and further frames, are told.

    Parameters
    ----------
    paths : sequence of Path
    """
    sizes, grey, colour, moving = list[tuple[int, int]](), 0, list[Path](), list[Path]()
    for path in paths:
        try:
            with Image.open(path) as opened:
                sizes.append(opened.size)
                grey += opened.mode in GREY
                if opened.mode not in GREY:
                    colour.append(path)
                if getattr(opened, "is_animated", False):
                    moving.append(path)
        except ERRORS:
            continue  # `images.read` sets it aside, with the reason
    if grey and colour:
        told = f"{grey:,} images are grey and {len(colour):,} are not, the first is {colour[0]}"
        record(Choice(reason=f"colours: {told}; grey ones get three channels"))
    if moving:
        told = f"{len(moving):,} files have several frames, the first is {moving[0]}"
        record(Choice(reason=f"frames: {told}; of each the first frame is taken"))
    return sizes


def fitted(pixels: Array, channels: int, side: int) -> Array:
    """Images with so many channels, stretched to a square; what was changed is recorded.

    Parameters
    ----------
    pixels : array of uint8 or float32, shape (n, c, h, w)
    channels : {1, 3}
    side : int

    Returns
    -------
    array, shape (n, channels, side, side)
        Of the same type where nothing was changed, and float32 in [0, 1] otherwise.
    """
    have, height, width = pixels.shape[1:]
    if (have, height, width) == (channels, side, side):
        return pixels
    found = pixels.astype("float32") / 255 if pixels.dtype == "uint8" else pixels
    if (height, width) != (side, side):
        record(Choice(reason=f"size: images of {width} x {height} pixels are brought to {side} x {side}"))
        found = resize(found, side, side).clip(0, 1)
    if have > channels:
        record(Choice(reason="colours: one channel is read, so images get the mean of their three"))
        found = found.mean(axis=1, keepdims=True)
    elif have < channels:
        record(Choice(reason="colours: three channels are read, so grey images get theirs three times"))
        found = found.repeat(channels, axis=1)
    return found
