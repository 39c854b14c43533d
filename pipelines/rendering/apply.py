"""New images by the classifier that was kept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from etl.arrays import load_arrays, save_arrays
from etl.engine import Engine
from etl.engine.types import Array, Frame, Module
from etl.files import kept
from etl.handoff import from_arrow, from_host, to_torch
from etl.handoff.columns import matrix
from etl.images.labelled import new
from models.rendering.images import as_floats, as_images
from models.rendering.semi_supervised import NETWORKS
from models.signsgd.predicted import softmax, table

FILE = "network.arrow"


@dataclass(frozen=True, eq=False)
class RenderingModel:
    """A network of images, and their form.

    Attributes
    ----------
    name : str
        Of the network.
    weights : mapping of str to array
        On the host.
    shape : tuple of int
        Channels, height and width that it reads.
    classes : list of str
    engine : Engine
    """

    name: str
    weights: Mapping[str, np.ndarray]
    shape: tuple[int, int, int]
    classes: list[str]
    engine: Engine

    def network(self) -> Module:
        """The network, to predict or to render with.

        Raises
        ------
        ValueError
            The weights are of another one.
        """
        if self.name not in NETWORKS:
            raise ValueError(f"{self.name!r} is no network; there are {', '.join(NETWORKS)}")
        make: Callable[..., Module] = NETWORKS[self.name]
        found = make(self.shape[0], len(self.classes), self.shape[1])
        weights = {name: to_torch(from_host(array, self.engine)) for name, array in self.weights.items()}
        try:
            found.load_state_dict(weights, assign=True)
        except RuntimeError as error:
            why = " ".join(str(error).split())
            raise ValueError(f"{FILE} does not fit {self.name} ({why}); take the run's own") from error
        return found.eval()

    def save(self, folder: Path) -> Mapping[str, Any]:
        """Weights as arrays; the rest goes into ``model.json``."""
        save_arrays(folder / FILE, self.weights)
        return {"network": self.name, "shape": list(self.shape), "classes": self.classes}

    def predict(self, data: Frame | Path) -> Frame:
        """Class of each image, and the probability of each class.

        Parameters
        ----------
        data : Path or DataFrame
            A folder of images, one image, ``.npz`` of ``x``; or a frame with a pixel a column, row by row,
            uint8 or floats in [0, 1].

        Returns
        -------
        DataFrame
            ``row, class, probability`` and ``p:NAME`` of each class; of files ``file`` first.
        """
        if isinstance(data, Path):
            pixels, names = new(data, self.engine, self.shape[1], self.shape[0])
        else:
            pixels, names = self._of_frame(data), None
        P = softmax(self.network(), as_floats(as_images(pixels)))
        first = {"row": self.engine.xp.arange(len(pixels))}
        if names is not None:
            held = from_arrow(pa.table({"file": pa.array(names, pa.string())}), self.engine)["file"]
            first = {"file": held} | first
        return table(first, P, self.classes, self.engine)

    def _of_frame(self, data: Frame) -> Array:
        names = list(data.columns)
        if len(names) != prod(self.shape):
            raise ValueError(f"the frame has {len(names)} columns; the network reads {prod(self.shape)}")
        is_bytes = all(str(data[name].dtype) == "uint8" for name in names)
        return matrix(data, names).reshape(len(data), *self.shape) / np.float32(255 if is_bytes else 1)


def load(folder: Path, facts: Mapping[str, Any], engine: Engine) -> RenderingModel:
    """Read a model again.

    Parameters
    ----------
    folder : Path
    facts : mapping
        What `RenderingModel.save` returned.
    engine : Engine
    """
    channels, height, width = facts["shape"]
    weights = load_arrays(kept(folder / FILE))
    found = RenderingModel(facts["network"], weights, (channels, height, width), facts["classes"], engine)
    found.network()  # what is wrong is told before new data are read
    return found
