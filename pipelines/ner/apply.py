"""New sentences tagged by a run's tagger."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from etl.conll import untagged, written
from etl.conll.corpus import Corpus
from etl.engine import Engine
from etl.engine.types import Frame
from etl.files import kept
from etl.handoff import from_arrow
from etl.tables.form import Told
from models.tagger.saved_tagger import SavedTagger

WEIGHTS = "weights.arrow"


@dataclass(frozen=True)
class NerModel:
    """A tagger, and how files of sentences are written.

    Attributes
    ----------
    tagger : SavedTagger
    engine : Engine
    form : dict
        ``word`` (its column in CoNLL's form), ``text`` (column of a table), ``encoding, bad_share``.
    """

    tagger: SavedTagger
    engine: Engine
    form: Mapping[str, Any]
    writers: ClassVar[Mapping[str, Callable[[Frame, Path], None]]] = written.WRITERS
    """Forms of files for tagged sentences, beside those of every table."""

    def save(self, folder: Path) -> Mapping[str, Any]:
        """Weights as arrays; the rest goes into ``model.json``."""
        (folder / WEIGHTS).write_bytes(self.tagger.model.state())
        return {"tagger": self.tagger.facts(), "form": dict(self.form)}

    def predict(self, data: Frame | Path) -> Frame:
        """Tags of sentences; those that they have are not read.

        Parameters
        ----------
        data : Path or DataFrame
            Files as `etl.conll.untagged.sentences` reads them; or a frame with a column of texts, or with
            ``sentence`` and ``word``.

        Returns
        -------
        DataFrame
            A row a word: ``sentence, word, tag, probability``, and ``id`` of the sentence where it has one.
            Words that are unknown are told.
        """
        return from_arrow(self.tagger.table(self._read(data), self.engine), self.engine)

    def _read(self, data: Frame | Path) -> Corpus:
        form = self.form
        if not isinstance(data, Path):
            return untagged.of_frame(data, form["text"])
        told = Told(encoding=form["encoding"], bad_share=form["bad_share"])
        return untagged.sentences(data, told, form["text"], form["word"], named=True)


def form(word: int, encoding: str | None) -> dict[str, Any]:
    """How new sentences are written, as in training.

    Parameters
    ----------
    word : int
        Column of the word in CoNLL's form.
    encoding : str, optional
    """
    return {"word": word, "text": "text", "encoding": encoding, "bad_share": 0.5}


def load(folder: Path, facts: Mapping[str, Any], engine: Engine) -> NerModel:
    """Read a model again.

    Parameters
    ----------
    folder : Path
    facts : mapping
        What `NerModel.save` returned.
    engine : Engine
    """
    return NerModel(
        SavedTagger.of(facts["tagger"], kept(folder / WEIGHTS).read_bytes()), engine, facts["form"]
    )
