"""Images of another size, all at once and where they lie."""

import numpy as np

from etl.engine import engine_of
from etl.engine.types import Array
from etl.handoff import from_host


def weights(old: int, new: int) -> np.ndarray:
    """What each pixel of a row gives to each of a longer or shorter row.

    A shorter row holds means over the stretch that a pixel covers, a longer one lines between the middles of
    pixels.

    Parameters
    ----------
    old, new : int
        Pixels.

    Returns
    -------
    float32 array, shape (new, old)
        Rows sum to 1.

    Examples
    --------
    >>> weights(4, 2).tolist(), weights(1, 3).tolist()
    ([[0.5, 0.5, 0.0, 0.0], [0.0, 0.0, 0.5, 0.5]], [[1.0], [1.0], [1.0]])
    """
    at, step = np.arange(new), old / new
    if new <= old:
        edges = np.arange(old)
        ends = np.minimum(edges + 1, ((at + 1) * step)[:, None])
        shared = np.clip(ends - np.maximum(edges, (at * step)[:, None]), 0, None)
        return (shared / step).astype("float32")
    middle = np.clip((at + 0.5) * step - 0.5, 0, old - 1)
    return np.clip(1 - np.abs(middle[:, None] - np.arange(old)), 0, None).astype("float32")


def resize(images: Array, height: int, width: int) -> Array:
    """Images stretched to a size.

    Parameters
    ----------
    images : array of uint8 or float32, shape (..., h, w)
    height, width : int

    Returns
    -------
    float32 array, shape (..., height, width)
        In the units of the images, which are returned as they are where the size is theirs.
    """
    engine, (h, w) = engine_of(images), images.shape[-2:]
    found = images.astype("float32", copy=False)
    if h != height:
        found = from_host(weights(h, height), engine) @ found
    if w != width:
        found = found @ from_host(weights(w, width).T.copy(), engine)
    return found
