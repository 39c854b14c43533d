"""New images by the classifier that was kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from etl.engine import Engine
from etl.engine.types import Array, Frame, Module
from etl.files import kept
from etl.handoff import from_arrow
from etl.handoff.columns import matrix
from etl.images.labelled import new
from models.rendering.images import as_floats, as_images
from models.rendering.semi_supervised import SemiSupervised
from models.signsgd.predicted import softmax, table

FILE = "network.arrow"


@dataclass(frozen=True, eq=False)
class RenderingModel:
    """A classifier of images, and the names of its classes.

    Attributes
    ----------
    classifier : SemiSupervised
        That has learnt.
    classes : list of str
    engine : Engine
    """

    classifier: SemiSupervised
    classes: list[str]
    engine: Engine

    def network(self) -> Module:
        """The network, to render with."""
        return self.classifier.network_.eval()

    def save(self, folder: Path) -> Mapping[str, Any]:
        """What the classifier learnt, as arrays; the rest goes into ``model.json``."""
        (folder / FILE).write_bytes(self.classifier.state())
        return {"classes": self.classes}

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
            channels, height, _ = self.classifier.shape_
            pixels, names = new(data, self.engine, height, channels)
        else:
            pixels, names = self._of_frame(data), None
        P = softmax(self.network(), as_floats(as_images(pixels)))
        first = {"row": self.engine.xp.arange(len(pixels))}
        if names is not None:
            held = from_arrow(pa.table({"file": pa.array(names, pa.string())}), self.engine)["file"]
            first = {"file": held} | first
        return table(first, P, self.classes, self.engine)

    def _of_frame(self, data: Frame) -> Array:
        names, shape = list(data.columns), self.classifier.shape_
        if len(names) != prod(shape):
            raise ValueError(f"the frame has {len(names)} columns; the network reads {prod(shape)}")
        is_bytes = all(str(data[name].dtype) == "uint8" for name in names)
        return matrix(data, names).reshape(len(data), *shape) / np.float32(255 if is_bytes else 1)


def load(folder: Path, facts: Mapping[str, Any], engine: Engine) -> RenderingModel:
    """Read a model again.

    Parameters
    ----------
    folder : Path
    facts : mapping
        What `RenderingModel.save` returned.
    engine : Engine
    """
    classifier = SemiSupervised().restore(kept(folder / FILE).read_bytes())
    return RenderingModel(classifier, facts["classes"], engine)
