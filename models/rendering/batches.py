"""Images of each step: drawn where they lie, viewed anew, and laid out as is fastest."""

from typing import Literal, NamedTuple

import torch

from etl.engine.types import Tensor
from etl.records import Choice, record
from models.rendering.augment import Views
from models.rendering.images import Pools, as_floats
from models.rendering.objectives import Batch, Weights
from models.sequences.orders import Orders

Layout = Literal["auto", "contiguous", "channels_last"]
FASTER = "images lie channels_last: on a CPU a supervised step of ConvSmall then takes .7 of the time"
UNKNOWN = "; on a GPU this was not measured, and layout='contiguous' is the other"
LAYOUTS = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}


class Sizes(NamedTuple):
    """Labelled images of a step, unlabelled ones to each of these, and their layout.

    Attributes
    ----------
    batch_size, ratio, seed : int
    layout : torch.memory_format
    """

    batch_size: int
    ratio: int
    seed: int
    layout: torch.memory_format


class Batches:
    """Batches by the number of a step, from which alone, and a generator, they follow.

    Parameters
    ----------
    held : Pools
    views : Views
    weights : Weights
        Of the terms, which tell what is needed.
    sizes : Sizes
    """

    def __init__(self, held: Pools, views: Views, weights: Weights, sizes: Sizes) -> None:
        self.held, self.views, self.weights, self.sizes = held, views, weights, sizes
        device = held.labelled.device
        self.labelled = Orders(len(held.labelled), sizes.seed, device)
        self.unlabelled = Orders(len(held.unlabelled), sizes.seed + 1, device)

    def batch(self, step: int, generator: torch.Generator) -> Batch:
        """Views of the images of a step.

        Parameters
        ----------
        step : int
            From 0.
        generator : torch.Generator
            Of the views.
        """
        held, weights, views = self.held, self.weights, self.views
        places = _places(self.labelled, step, self.sizes.batch_size)
        labelled, targets = views.weak(as_floats(held.labelled[places]), generator), held.targets[places]
        if not weights.unlabelled:
            return Batch(self._laid(labelled), targets)
        images = held.unlabelled[_places(self.unlabelled, step, self.sizes.batch_size * self.sizes.ratio)]
        images = as_floats(images)
        weak = views.weak(images, generator)
        strong = self._laid(views.strong(images, generator)) if weights.pseudo else None
        other = self._laid(views.weak(images, generator)) if weights.consistency else None
        return Batch(self._laid(labelled), targets, self._laid(weak), strong, other)

    def _laid(self, images: Tensor) -> Tensor:
        return images.contiguous(memory_format=self.sizes.layout)


def _places(orders: Orders, step: int, size: int) -> Tensor:
    return orders.places(range(step * size, (step + 1) * size))


def chosen(images: Tensor) -> str:
    """Name of the layout that is faster for such images; why is recorded.

    Parameters
    ----------
    images : Tensor, shape (n, channels, h, w)
    """
    record(Choice(reason=FASTER if images.device.type == "cpu" else FASTER + UNKNOWN))
    return "channels_last"
