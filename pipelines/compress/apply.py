"""New images or rows by the network in factors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from etl.arrays import load_arrays, save_arrays
from etl.engine import Engine
from etl.engine.types import Frame, Module
from etl.files import kept
from etl.handoff import from_arrow, from_host, to_torch
from models.signsgd.predicted import softmax, table
from pipelines.compress.inputs import Inputs
from pipelines.compress.networks import filled, in_factors, made

ARRAYS = "network.arrow"


@dataclass(frozen=True, eq=False)
class CompressedModel:
    """A network in factors, and what brings new data into its form.

    Attributes
    ----------
    name : str
        Of what makes the dense network, ``module:name``.
    keywords : dict
    ranks : dict of str to sequence of int
        Of the layers in factors.
    weights : dict of str to array
        On the host.
    inputs : Inputs
    classes : list of str
    engine : Engine
    asked : bool
        Whether the user named the network.
    """

    name: str
    keywords: Mapping[str, Any]
    ranks: Mapping[str, Sequence[int]]
    weights: Mapping[str, np.ndarray]
    inputs: Inputs
    classes: list[str]
    engine: Engine
    asked: bool = False

    def network(self) -> Module:
        """The network that is applied.

        Raises
        ------
        ValueError
            Its name is not trusted, or the weights are of another network.
        """
        found = in_factors(made(self.name, self.keywords, self.asked), self.ranks)
        weights = {name: to_torch(from_host(array, self.engine)) for name, array in self.weights.items()}
        return filled(found, weights, ARRAYS, assign=True)

    def save(self, folder: Path) -> Mapping[str, Any]:
        """Weights as arrays; the rest goes into ``model.json``."""
        save_arrays(folder / ARRAYS, self.weights)
        ranks = {name: list(rank) for name, rank in self.ranks.items()}
        told = {"network": self.name, "keywords": dict(self.keywords), "ranks": ranks}
        return told | {"inputs": self.inputs.plain(), "classes": self.classes}

    def predict(self, data: Frame | Path) -> Frame:
        """Class of each row, and the probability of each class.

        Parameters
        ----------
        data : Path or DataFrame
            ``.npz`` with ``x``, a folder of images or one of them, or a frame with a pixel a column.

        Returns
        -------
        DataFrame
            ``row, class, probability`` and ``p:NAME`` of each class; of files ``file`` first.
        """
        X, files = self.inputs.read(data, self.engine)
        P = softmax(self.network(), to_torch(X))
        first = {"row": self.engine.xp.arange(len(X))}
        if files is not None:
            names = from_arrow(pa.table({"file": pa.array(files, pa.string())}), self.engine)["file"]
            first = {"file": names} | first
        return table(first, P, self.classes, self.engine)


def load(folder: Path, facts: Mapping[str, Any], engine: Engine) -> CompressedModel:
    """Read a model again.

    Parameters
    ----------
    folder : Path
    facts : mapping
        What `CompressedModel.save` returned.
    engine : Engine
    """
    inputs = Inputs(**{name: tuple(held) for name, held in facts["inputs"].items()})
    weights = load_arrays(kept(folder / ARRAYS))
    told = facts["network"], facts["keywords"], facts["ranks"]
    found = CompressedModel(*told, weights, inputs, facts["classes"], engine)
    found.network()  # what is wrong is told before new data are read
    return found
