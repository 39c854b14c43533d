"""Clips as files: an animated GIF, or arrays."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image


def tiles(frames: np.ndarray, gap: int = 2, least: int = 0) -> np.ndarray:
    """Clips side by side, each a row of them where there are more than a row holds.

    Parameters
    ----------
    frames : uint8 array, shape (rows, columns, t, channels, h, w)
        Channels are 1 or 3.
    gap : int
        Grey pixels between two.
    least : int
        Pixels of a tile's shorter side, to which small frames are enlarged by whole numbers.

    Returns
    -------
    uint8 array, shape (t, height, width, 3)
    """
    scale = max(1, -(-least // min(frames.shape[-2:])))
    large = frames.repeat(scale, axis=-2).repeat(scale, axis=-1)
    rows, columns, t, _, h, w = large.shape
    out = np.full((t, rows * (h + gap) - gap, columns * (w + gap) - gap, 3), 128, "uint8")
    for row in range(rows):
        for column in range(columns):
            top, left = row * (h + gap), column * (w + gap)
            out[:, top : top + h, left : left + w] = large[row, column].transpose(0, 2, 3, 1)
    return out


def gif(path: Path, frames: np.ndarray, seconds: float = 0.2, marks: Sequence[int] = ()) -> None:
    """Write an animated GIF that repeats for ever.

    Parameters
    ----------
    path : Path
    frames : uint8 array, shape (t, height, width, 3)
    seconds : float
        Of a frame.
    marks : sequence of int
        Frames that are shown twice as long, such as the last.
    """
    shown = [Image.fromarray(frame) for frame in frames]
    lasting = [round(1000 * seconds * (2 if at in marks else 1)) for at in range(len(shown))]
    shown[0].save(path, "GIF", save_all=True, append_images=shown[1:], duration=lasting, loop=0, disposal=1)
