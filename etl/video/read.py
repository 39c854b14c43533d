"""Clips from a file or a folder; what cannot be read, or is too short, is set aside and counted."""

import os
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from etl import images
from etl.files import DAMAGE, DamagedError, check_exists
from etl.machine import memory_limit, show
from etl.records import Choice, Rejected, record
from etl.video import arrays
from etl.video.frames import (
    ARRAYS,
    FILMS,
    STILLS,
    Form,
    animation,
    coloured,
    film,
    fitted,
    is_grey,
    natural,
    stills,
)

WANTED = (
    "a folder of images, of folders of them or of video files; or a video file, an animated GIF, .npy or .npz"
)
SHARE = 2
"""One part of so many of the free memory may be taken by clips."""


class Clip(NamedTuple):
    """Frames (t, channels, h, w), uint8 or float32 from 0 to 1, and where they are from."""

    name: str
    frames: np.ndarray


def read(path: Path, form: Form, fewest: int = 1) -> list[Clip]:
    """All clips of a path, with as many channels and of one size.

    Parameters
    ----------
    path : Path
        A folder of images is a clip, and so is each folder below that holds some, each video file and each
        GIF; arrays may hold many.
    form : Form
    fewest : int
        Frames of a clip; those with fewer are set aside.

    Returns
    -------
    list of Clip

    Raises
    ------
    FileNotFoundError
    ValueError
        There is no clip, they differ in size and none is asked for, or they do not fit into memory.
    """
    check_exists(path)
    form = replace(form, axes=form.axes.lower())
    room, found, lost = memory_limit().bytes // SHARE, list[Clip](), list[Rejected]()
    for clip in _clips(path, form):
        if isinstance(clip, Rejected) or len(clip.frames) < fewest:
            lost.append(clip if isinstance(clip, Rejected) else _short(clip, fewest))
            record(lost[-1])
            continue
        found.append(clip)
        room -= clip.frames.nbytes
        if room < 0:
            raise ValueError(
                f"the clips of {path} take more than {show(memory_limit().bytes / SHARE)} of memory; give "
                "smaller frames with --size, fewer of them with --every, or fewer clips"
            )
    if not found:
        why = f" ({lost[0].file} {lost[0].reason})" if lost else ""
        raise ValueError(f"{path} holds no clip of {fewest} frames or more{why}; give {WANTED}")
    _check_sizes(found)
    return _of_one_colour(found, form)


def _short(clip: Clip, fewest: int) -> Rejected:
    few = f"has {len(clip.frames)} frame{'s' * (len(clip.frames) != 1)}, and {fewest} are needed"
    return Rejected(file=clip.name, reason=few, unit="frame")


def _clips(path: Path, form: Form) -> Iterator[Clip | Rejected]:
    """Clips as they are read, and what is said of those that cannot be."""
    if not path.is_dir():
        yield from _of_file(path, form)
        return
    for folder, below, names in os.walk(path):
        below[:] = sorted((each for each in below if each[0] != "."), key=lambda name: natural(Path(name)))
        files = sorted((Path(folder, name) for name in names if name[0] != "."), key=natural)
        if frames := [each for each in files if each.suffix.lower() in STILLS]:
            yield from _decoded(Path(folder), stills(frames), form)
        for each in files:
            if each.suffix.lower() in (".gif", *FILMS, *ARRAYS):
                try:
                    yield from _of_file(each, form)
                except DamagedError as error:
                    yield Rejected(file=str(each), reason=error.why, unit="frame")


def _of_file(path: Path, form: Form) -> Iterator[Clip | Rejected]:
    ending = path.suffix.lower()
    if ending in ARRAYS:
        whole = arrays.clips(path, form.axes)[:, :: form.every]
        names = [str(path)] if len(whole) == 1 else [f"{path}:{number}" for number in range(len(whole))]
        yield from (Clip(name, _formed(each, form)) for name, each in zip(names, whole, strict=True))
    elif ending == ".gif":
        yield from _decoded(path, animation(path), form)
    elif ending in FILMS:
        yield from _decoded(path, film(path), form)
    else:
        raise ValueError(f"{path} is no clip by its ending; give {WANTED}")


def _decoded(path: Path, frames: Iterator[np.ndarray], form: Form) -> Iterator[Clip | Rejected]:
    """A clip of frames (h, w, 3) that come one by one."""
    try:
        found = [_formed(frame.transpose(2, 0, 1), form) for frame in islice(frames, 0, None, form.every)]
        sizes = sorted({frame.shape[-2:] for frame in found})
        if len(sizes) > 1:
            raise EOFError(
                f"frames are of {_size(sizes[0])} and of {_size(sizes[1])} pixels; --size makes them one"
            )
    except (*DAMAGE, *images.ERRORS) as error:
        yield Rejected(file=str(path), reason=" ".join(str(error).split()), unit="frame")
        return
    if not found:
        yield Rejected(file=str(path), reason="has no frame", unit="frame")
        return
    yield Clip(str(path), np.stack(found))


def _formed(frames: np.ndarray, form: Form) -> np.ndarray:
    """In the size that is asked for, and grey if that is."""
    return fitted(coloured(frames, 1) if form.colour == "grey" else frames, form)


def _check_sizes(clips: list[Clip]) -> None:
    """Refuse clips of different sizes."""
    first = clips[0].frames.shape[-2:]
    for clip in clips:
        if clip.frames.shape[-2:] != first:
            raise ValueError(
                f"clips differ in size: {clips[0].name} is {_size(first)} (height x width) and {clip.name} "
                f"{_size(clip.frames.shape[-2:])}; bring them to one, as in --size {first[0]} {first[1]}"
            )


def _size(shape: tuple[int, ...]) -> str:
    return f"{shape[0]} x {shape[1]}"


def _of_one_colour(clips: list[Clip], form: Form) -> list[Clip]:
    """All with one channel, or all with three."""
    if form.colour == "auto":
        grey = all(is_grey(clip.frames) for clip in clips)
        record(
            Choice(
                reason=f"colours: {'none, as all frames are grey' if grey else 'kept, as frames have some'}"
            )
        )
        form = replace(form, colour="grey" if grey else "colour")
    channels = 1 if form.colour == "grey" else 3
    return [Clip(clip.name, coloured(clip.frames, channels)) for clip in clips]
