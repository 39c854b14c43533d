"""Classes of new images, texts or vectors by the network that answers taught."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from etl import images
from etl.arrays import load_arrays, save_arrays
from etl.engine import Engine
from etl.engine.types import Array, Frame
from etl.files import kept, numpy_arrays, reading
from etl.handoff import from_arrow, from_host, to_host, to_torch
from etl.machine import cores
from etl.records import Choice, record
from etl.tables import npz
from etl.text import folders as documents
from models.partial.classifier import PartialClassifier
from models.partial.networks import linear, network
from models.partial.text_features import TextFeatures

ARRAYS = "network.arrow"


@dataclass
class PartialModel:
    """A network, and what brings items into its form.

    Attributes
    ----------
    classifier : PartialClassifier
        Fitted.
    classes : list of str
    shape : tuple of int
        Of an item.
    is_linear : bool
    side : int
        Pixels to which images are resized.
    engine : Engine
    texts : TextFeatures, optional
        Where items are texts.
    form : dict
        How files are written: ``encoding``.
    """

    classifier: PartialClassifier
    classes: list[str]
    shape: tuple[int, ...]
    is_linear: bool
    side: int
    engine: Engine
    texts: TextFeatures | None = None
    form: Mapping[str, Any] = field(default_factory=dict)

    def save(self, folder: Path) -> Mapping[str, Any]:
        """Weights as arrays; the rest goes into ``model.json``."""
        weights = self.classifier.module_.state_dict()
        arrays = {f"module.{name}": to_host(value.detach()) for name, value in weights.items()}
        if self.texts:
            arrays |= {"idf": self.texts.idf, "components": self.texts.components}
        save_arrays(folder / ARRAYS, arrays)
        facts = {"classes": self.classes, "shape": self.shape, "is_linear": self.is_linear}
        terms = self.texts.terms if self.texts else None
        return facts | {"side": self.side, "terms": terms, "form": dict(self.form)}

    def predict(self, data: Frame | Path) -> Frame:
        """Class of each item, and the probability of each class.

        Parameters
        ----------
        data : Path
            Folder of images or texts, one such file, or an .npz file with an array ``x`` as in training.

        Returns
        -------
        DataFrame
            ``item, class, probability``, and ``p:NAME`` of each class.
        """
        if not isinstance(data, Path):
            raise TypeError("a model of items takes a path: a folder of images or texts, or an .npz file")
        names, X = self._read(data)
        if tuple(X.shape[1:]) != self.shape:
            raise ValueError(f"{data}: items are of shape {X.shape[1:]}, and were {self.shape} in training")
        P = self.classifier.predict_proba(X)
        known = from_names(self.classes, self.engine)
        columns = {"item": from_names(names, self.engine), "class": known.take(P.argmax(axis=1))}
        columns = {name: column.reset_index(drop=True) for name, column in columns.items()}
        each = {f"p:{name}": P[:, place] for place, name in enumerate(self.classes)}
        return self.engine.df.DataFrame({**columns, "probability": P.max(axis=1), **each})

    def _read(self, data: Path) -> tuple[list[str], Array]:
        if data.suffix == ".npz":
            x = _npz(data)
            X = x[:, None] if x.ndim == 3 else np.moveaxis(x, -1, 1) if x.ndim == 4 else x
            return [str(place) for place in range(len(X))], from_host(X, self.engine)
        root = data if data.is_dir() else data.parent
        paths = sorted(path for path in data.rglob("*") if path.is_file()) if data.is_dir() else [data]
        if self.texts:
            read, kept = documents.read(paths, self.form.get("encoding"))
            X, blank = self.texts.transform(read, self.engine)
            if blank:
                record(Choice(reason=f"texts: {blank:,} hold no word of training, and say nothing"))
        elif len(self.shape) == 3:
            X, kept = images.read(paths, self.engine, self.side, cores())
            X = _coloured(X, self.shape[0])
        else:
            raise ValueError(f"{data}: the run learnt from vectors; give an .npz file with an array x")
        return [paths[place].relative_to(root).as_posix() for place in kept], X


def from_names(names: list[str], engine: Engine) -> Any:
    """Texts as a column on the device."""
    return from_arrow(pa.table({"name": pa.array(names, pa.string())}), engine)["name"]


def _npz(path: Path) -> np.ndarray:
    with reading(path, "an .npz file with an array x", KeyError):
        x = numpy_arrays(path)["x"]
    if x.ndim not in (2, 3, 4) or x.dtype.kind not in "uf":
        raise ValueError(f"{path}: x is {x.dtype} of shape {x.shape}; give images or vectors as in training")
    return npz.finite(x / np.float32(np.iinfo(x.dtype).max) if x.dtype.kind == "u" else x, path)


def _coloured(X: Array, channels: int) -> Array:
    """Images of as many channels as in training."""
    if X.shape[1] == channels:
        return X
    what = "grey as those of training" if channels == 1 else "taken in three equal colours as training's"
    record(Choice(reason=f"images: {len(X):,} are {what}"))
    return X.mean(axis=1, keepdims=True) if channels == 1 else X.repeat(channels, axis=1)


def load(folder: Path, facts: Mapping[str, Any], engine: Engine) -> PartialModel:
    """Read a model again: the facts are what `PartialModel.save` returned."""
    arrays, shape = load_arrays(kept(folder / ARRAYS)), tuple(facts["shape"])
    made = linear if facts["is_linear"] else network
    classifier = PartialClassifier(made)
    weights = {
        name: to_torch(from_host(array, engine)) for name, array in arrays.items() if "module." in name
    }
    module = made(shape, len(facts["classes"]))
    try:
        named = {name.removeprefix("module."): value for name, value in weights.items()}
        module.load_state_dict(named, assign=True)  # a copy would go back to the host
    except RuntimeError as error:  # of many lines
        raise EOFError(f"{ARRAYS} holds another network") from error
    classifier.module_ = module.to(next(iter(weights.values())).device)
    classifier.classes_ = engine.xp.arange(len(facts["classes"]))
    known = facts["terms"]
    texts = TextFeatures(known, arrays["idf"], arrays["components"]) if known else None
    form, is_linear = facts.get("form", {"encoding": None}), facts["is_linear"]
    return PartialModel(classifier, facts["classes"], shape, is_linear, facts["side"], engine, texts, form)
