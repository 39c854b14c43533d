"""New items by the model that a run chose: a label and its probability each."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa

from etl.engine import Engine
from etl.engine.types import Array, Estimator, Frame
from etl.executors import Threads
from etl.handoff import from_arrow, to_pandas
from etl.ids import spell
from pipelines.crowd.apply import table
from pipelines.run import told_of
from pipelines.topics.apply import Bare
from pipelines.trinity import learners
from pipelines.trinity.items import Form, Items, read
from pipelines.trinity.shape import Shaper
from pipelines.trinity.state import State


@dataclass(frozen=True)
class TrinityModel:
    """The chosen model, how items are made features, and what the next round goes on from.

    Attributes
    ----------
    model : classifier
    learner : str
    labels : list
        Of its classes.
    shaper : Shaper
    engine : Engine
    form : dict
        How files of items are written: ``text, id, encoding, bad_share``.
    state : State, optional
        Of the run itself; None where a model is only applied.
    """

    model: Estimator
    learner: str
    labels: list[Any]
    shaper: Shaper
    engine: Engine
    form: Mapping[str, Any]
    state: State | None = None

    def save(self, folder: Path) -> Mapping[str, Any]:
        """Write all files; what it returns is kept in ``model.json``."""
        assert self.state is not None
        learners.save(self.model, self.learner, folder)
        return {"learner": self.learner, "labels": self.labels} | dict(self.state.save(folder))

    def predict(self, data: Frame | Path) -> Frame:
        """Label of each item by its text, columns or vector.

        Parameters
        ----------
        data : Path, DataFrame or matrix
            Items as in training.

        Returns
        -------
        DataFrame
            ``task, label, probability`` and a column a label.
        """
        with TemporaryDirectory() as scratch:
            items = self._read(data, Path(scratch))
            features = self.shaper.transform(items, self.engine, sparse=self.learner == "words")
            q = self.model.predict_proba(features.of(self.learner))
        return self._frame(items, self.engine.xp.asarray(q))

    def _read(self, data: Frame | Path, scratch: Path) -> Items:
        desk = Bare(self.engine, scratch, Threads(1))
        form = Form(tuple(self.form["text"]), self.form["id"], told_of(self.form))
        if isinstance(data, Path):
            return read(data, form, desk)
        if not hasattr(data, "columns"):
            return Items(pa.array(range(data.shape[0])), vectors=data)
        place = scratch / "items.parquet"
        to_pandas(data).to_parquet(place, index=False)
        return read(place, form, desk)

    def _frame(self, items: Items, q: Array) -> Frame:
        df = self.engine.df
        names = from_arrow(pa.table({"label": pa.array(self.labels)}), self.engine)["label"]
        label = names.take(q.argmax(axis=1)).reset_index(drop=True)
        tasks = df.Series(items.index(self.engine)).reset_index(drop=True)
        columns = [name if isinstance(name, str) else spell(name) for name in self.labels]
        return table(tasks, label, df.DataFrame(q, columns=columns))


def load(folder: Path, facts: Mapping[str, Any], engine: Engine) -> TrinityModel:
    """Read a model again.

    Parameters
    ----------
    folder : Path
    facts : mapping
        What `TrinityModel.save` returned.
    engine : Engine
    """
    known = {"learner": facts["learner"], "classes": len(facts["labels"])}
    model = learners.load(folder, known, engine)
    shaper = Shaper.load(folder, facts["features"], engine)
    return TrinityModel(model, facts["learner"], facts["labels"], shaper, engine, facts["form"])
