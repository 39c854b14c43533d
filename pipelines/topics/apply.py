"""New documents by the topics that a run found: the share of each topic in each."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from etl.engine import Engine
from etl.engine.types import Frame
from etl.executors import Executor, Threads
from etl.handoff import from_arrow, to_pandas
from etl.records import Choice, record
from models.topics import saved_topics
from models.topics.saved_topics import FILE, Topics
from pipelines.topics.config import Columns, Config
from pipelines.topics.corpus import Corpus, count
from pipelines.topics.data import load as documents


@dataclass(frozen=True)
class Bare:
    """What the readers need of a run, where there is none."""

    engine: Engine
    scratch: Path
    executor: Executor

    def say(self, choice: str) -> None:
        """Record it."""
        record(Choice(reason=choice))


@dataclass(frozen=True)
class TopicModel:
    """Topics, and how files of documents are written.

    Attributes
    ----------
    topics : Topics
    form : dict
        ``text, id, names`` of the columns, ``encoding, bad_share``, and whether there was a ``vocabulary``.
    """

    topics: Topics
    engine: Engine
    form: Mapping[str, Any]

    def save(self, folder: Path) -> Mapping[str, Any]:
        """Topics in NumPy's format; the form of files goes into ``model.json``."""
        saved_topics.save(folder / FILE, self.topics)
        return {"form": dict(self.form)}

    def predict(self, data: Frame | Path) -> Frame:
        """Shares of the topics in each document.

        Parameters
        ----------
        data : Path or DataFrame
            Texts or counts as in training.

        Returns
        -------
        DataFrame
            ``id`` and, float32, ``topic_0`` and so on, as in ``documents.parquet`` of the run. Those
            without a word that the model knows are told.
        """
        with TemporaryDirectory() as scratch:
            place = Path(scratch)
            if not isinstance(data, Path):
                asked = data[self._columns(data)]
                data = place / "documents.parquet"
                to_pandas(asked).to_parquet(data, index=False)
            return self._shares(Bare(self.engine, place, Threads(1)), data)

    def _columns(self, frame: Frame) -> list[str]:
        named = [*self.form["text"], *([self.form["id"]] if self.form["id"] else [])]
        if lacking := [name for name in named if name not in frame.columns]:
            raise ValueError(f"there is no column {', '.join(lacking)}, which the run read; add it")
        return named

    def _shares(self, desk: Bare, data: Path) -> Frame:
        form = self.form
        columns = Columns(text=tuple(form["text"]), id=form["id"], names=tuple(form["names"]))
        words = None
        if form["vocabulary"]:
            words = desk.scratch / "words.txt"
            words.write_text("\n".join(self.topics.terms) + "\n", encoding="utf-8")
        told = {"encoding": form["encoding"], "bad_share": form["bad_share"]}
        config = Config(data=str(data), columns=columns, vocabulary=words, **told)
        corpus = count(config, desk, documents(config, desk), self.topics)
        if empty := int((corpus.lengths == 0).sum()):
            size = len(corpus.lengths)
            desk.say(f"documents: {empty:,} of {size:,} hold no word of the model, and get its usual shares")
        return self._frame(corpus)

    def _frame(self, corpus: Corpus) -> Frame:
        xp = self.engine.xp
        shares = xp.concatenate(list(self.topics.model.transform(corpus.counts))).astype("float32")
        frame = from_arrow(corpus.about.select(["id"]), self.engine)
        return frame.assign(**{f"topic_{k}": shares[:, k] for k in range(shares.shape[1])})


def load(folder: Path, facts: Mapping[str, Any], engine: Engine) -> TopicModel:
    """Read a model again.

    Parameters
    ----------
    folder : Path
    facts : mapping
        What `TopicModel.save` returned.
    engine : Engine
    """
    return TopicModel(saved_topics.load(folder / FILE, engine), engine, facts["form"])
