"""What a trained network sees: renderings of images in the classes that it takes them for."""

from dataclasses import dataclass

import numpy as np
import torch

from etl.engine.types import Module, Tensor
from etl.handoff import on_host
from models.rendering.images import as_floats
from models.rendering.render import Rendering

SHOWN = 10
"""Images beside their renderings."""
AVERAGED = 256
"""Images of which renderings are averaged by class."""


@dataclass(frozen=True, eq=False)
class Seen:
    """Images and what is seen in them, on the host.

    Attributes
    ----------
    images, renderings : float32 array, shape (n, channels, h, w)
    c, truth : int64 array, shape (n,)
        Class that is seen, and the true one.
    means : float32 array, shape (classes, channels, h, w)
        Mean rendering of the images taken for each class; NaN where there is none.
    """

    images: np.ndarray
    renderings: np.ndarray
    c: np.ndarray
    truth: np.ndarray
    means: np.ndarray


@torch.no_grad()
def rendered(network: Module, images: Tensor, truth: np.ndarray, classes: int) -> Seen:
    """Renderings of the first images in their likeliest classes.

    Parameters
    ----------
    network : torch.nn.Module
    images : Tensor, shape (n, channels, h, w)
    truth : int64 array, shape (n,)
    classes : int
    """
    x = as_floats(images[:AVERAGED])
    with Rendering(network) as rendering:
        c = rendering(x).argmax(1)
        h = rendering.render(c)
    one_hot = torch.nn.functional.one_hot(c, classes).to(h.dtype)
    means = torch.einsum("nk,nchw->kchw", one_hot, h) / one_hot.sum(0)[:, None, None, None]
    x, h, c, means = (on_host(each).numpy() for each in (x, h, c, means))
    places = first_of_each(truth[: len(x)], SHOWN)
    return Seen(x[places], h[places], c[places], truth[places], means)


def first_of_each(truth: np.ndarray, most: int) -> np.ndarray:
    """Places of the first images of each class in turns.

    Examples
    --------
    >>> first_of_each(np.array([0, 0, 1, 1, 2]), 4).tolist()
    [0, 2, 4, 1]
    """
    seen: dict[int, int] = {}
    turns = []
    for c in truth.tolist():
        turns.append(seen.get(c, 0))
        seen[c] = turns[-1] + 1
    return np.lexsort((truth, np.array(turns)))[:most]
