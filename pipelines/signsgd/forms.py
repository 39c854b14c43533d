"""What networks read of new data, in the forms that they learnt from: images, text, sentences."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from etl.conll import untagged
from etl.engine import Engine, engine_of
from etl.engine.types import Array, Frame, Module
from etl.handoff import from_arrow, from_host, on_device, to_torch
from etl.tables.form import Told
from models.drift import Ranges
from models.signsgd.networks import Characters, convnet, resnet
from models.signsgd.predicted import softmax, table
from models.signsgd.tasks import Pair
from pipelines.signsgd import fresh

if TYPE_CHECKING:
    from models.tagger.saved_tagger import SavedTagger

LIGHT = ("the darkest pixel", "the brightest pixel", "the mean pixel")


@dataclass(frozen=True)
class Images:
    """Square grey images.

    Attributes
    ----------
    classes : list of str
    side : int
        Pixels.
    deep : bool
        Whether the network is a resnet.
    scale : tuple of float
        What pixels of bytes, and of other types, are divided by.
    low, high : list of float
        Ranges of `light` in training.
    """

    classes: list[str]
    side: int
    deep: bool
    scale: tuple[float, float]
    low: list[float]
    high: list[float]

    def network(self) -> Module:
        """A new network, with weights of no meaning."""
        return (resnet if self.deep else convnet)(self.side, len(self.classes))

    def predict(self, network: Module, data: Frame | Path, engine: Engine) -> Frame:
        """A row an image: ``row, class, probability`` and ``p:NAME`` of each class."""
        X = fresh.pixels(data, self.side, self.scale, engine)
        Ranges(np.array(self.low), np.array(self.high)).tell(light(X), LIGHT)
        P = softmax(network, to_torch(X[:, None]))
        return table({"row": engine.xp.arange(len(X))}, P, self.classes, engine)


def light(X: Array) -> Array:
    """Least, largest and mean pixel of each image, (n, 3)."""
    flat = X.reshape(len(X), -1)
    return engine_of(X).xp.stack([flat.min(axis=1), flat.max(axis=1), flat.mean(axis=1)], axis=1)


@dataclass(frozen=True)
class Text:
    """Characters.

    Attributes
    ----------
    alphabet : list of str
    window : int
        Characters that the network read at a time.
    encoding : str, optional
        Of files.
    """

    alphabet: list[str]
    window: int
    encoding: str | None = None

    def network(self) -> Module:
        """A new network, with weights of no meaning."""
        return Characters(len(self.alphabet))

    def predict(self, network: Module, data: Frame | Path, engine: Engine) -> Frame:
        """A row a line: ``line``, the next character and its probability, and ``p:CHARACTER`` of each."""
        lines = fresh.lines(data, self.encoding)
        numbers, codes, lengths = fresh.contexts(lines, self.alphabet, self.window, data)
        rows = to_torch(from_host(codes, engine))
        P = torch.empty(len(codes), len(self.alphabet), device=rows.device)
        for size in np.unique(lengths).tolist():
            places = on_device(np.flatnonzero(lengths == size), rows.device)
            P[places] = softmax(network, rows[places, :size])
        names = [c if c.isprintable() else c.encode("unicode_escape").decode() for c in self.alphabet]
        return table({"line": from_host(numbers, engine)}, P, names, engine)


@dataclass(frozen=True)
class Sentences:
    """Sentences whose words are tagged.

    Attributes
    ----------
    tagger : dict
        See `models.tagger.saved_tagger.SavedTagger.facts`.
    encoding : str, optional
        Of files.
    bad_share : float
        Rows of a table that may be set aside, as a share.
    """

    tagger: Mapping[str, Any]
    encoding: str | None = None
    bad_share: float = 0.5

    def network(self) -> Module:
        """A new network, with weights of no meaning."""
        return self._untrained().model.module_fn()

    def predict(self, network: Module, data: Frame | Path, engine: Engine) -> Frame:
        """A row a word: ``sentence, word, tag, probability``."""
        told = Told(encoding=self.encoding, bad_share=self.bad_share)
        text = (
            untagged.sentences(data, told, named=True) if isinstance(data, Path) else untagged.of_frame(data)
        )
        tagger = self._untrained()
        tagger.model.module_ = network
        return from_arrow(tagger.table(text, engine), engine)

    def _untrained(self) -> "SavedTagger":
        from models.tagger.saved_tagger import SavedTagger

        return SavedTagger.untrained(self.tagger)


Form = Images | Text | Sentences
FORMS: dict[str, type[Form]] = {"images": Images, "text": Text, "sentences": Sentences}


def plain(form: Form) -> dict[str, Any]:
    """For JSON."""
    return {"kind": next(name for name, kind in FORMS.items() if type(form) is kind), **asdict(form)}


def of(plain: Mapping[str, Any]) -> Form:
    """From what `plain` returned."""
    return FORMS[plain["kind"]](**{name: value for name, value in plain.items() if name != "kind"})


def images(train: Pair, deep: bool, scale: tuple[float, float]) -> Images:
    """The form of images that are learnt from.

    Parameters
    ----------
    train : pair of arrays
        Images (n, 1, side, side), and codes of their classes.
    deep : bool
    scale : tuple of float
        See `Images`.
    """
    X, y = train
    seen = Ranges.of(light(X[:, 0].astype("float32")))
    classes = [str(code) for code in range(int(y.max()) + 1)]
    return Images(classes, X.shape[-1], deep, scale, seen.low.tolist(), seen.high.tolist())
