"""Windows of a fixed number of frames from clips of any length."""

from collections.abc import Sequence

import numpy as np

from etl.video.read import Clip


def windows(clips: Sequence[Clip], span: int, stride: int) -> tuple[np.ndarray, np.ndarray]:
    """All windows of clips, a stride of frames apart.

    Parameters
    ----------
    clips : sequence of Clip
        Of one size; those shorter than a window give none.
    span : int
        Frames of a window.
    stride : int
        Frames between the beginnings of two; as many as the span, and none is in two.

    Returns
    -------
    frames : array of uint8, or float32 where a clip has floats, shape (n, span, channels, h, w)
    which : int64 array, shape (n,)
        The clip of each.

    Examples
    --------
    >>> frames, which = windows([Clip("a", np.zeros((7, 1, 2, 2), "uint8"))], span=3, stride=2)
    >>> frames.shape, which.tolist()
    ((3, 3, 1, 2, 2), [0, 0, 0])
    """
    is_float = any(clip.frames.dtype.kind == "f" for clip in clips)
    found, which = [], []
    for place, clip in enumerate(clips):
        frames = (
            np.float32(1 / 255) * clip.frames if is_float and clip.frames.dtype == np.uint8 else clip.frames
        )
        starts = range(0, len(frames) - span + 1, stride)
        found += [frames[start : start + span] for start in starts]
        which += [place] * len(starts)
    if not found:
        return np.empty((0, span, *clips[0].frames.shape[1:]), "uint8"), np.empty(0, "int64")
    return np.stack(found), np.array(which, "int64")
