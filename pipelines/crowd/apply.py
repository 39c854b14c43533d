"""New votes by the workers' learnt confusions, and new tasks by the classifier that the votes trained."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from etl.arrays import load_arrays, save_arrays
from etl.crowd import read
from etl.crowd.exports.detect import detect
from etl.crowd.votes import COLUMNS, encode
from etl.engine import Engine, engine_of
from etl.engine.types import Frame, Series
from etl.handoff import from_host
from etl.pieces import Pieces
from etl.tables.read import names
from models.crowd.dawid_skene import ConfusionModel
from models.crowd.fold_in import FoldIn
from pipelines.crowd.classifier import Classifier
from pipelines.run import told_of

WORKERS, CONFUSIONS = "workers.parquet", "confusions.arrow"
MOST = 1000
"""Labels that have a column each."""


@dataclass(frozen=True)
class CrowdModel:
    """What a crowd taught.

    Attributes
    ----------
    crowd : FoldIn
    classifier : Classifier, optional
        Where the run had features or text.
    form : dict
        How files of votes are written, as in training: ``columns, wide, repeated, encoding, bad_share``.
    """

    crowd: FoldIn
    classifier: Classifier | None = None
    form: Mapping[str, Any] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        """Those of the votes."""
        return tuple(self.form.get("columns", COLUMNS))

    def save(self, folder: Path) -> Mapping[str, Any]:
        """Arrays and ids of workers in Arrow's formats; the rest goes into ``model.json``."""
        save_arrays(folder / CONFUSIONS, self.crowd.arrays())
        pyarrow.parquet.write_table(pa.table({"worker": self.crowd.workers}), folder / WORKERS)
        facts = {
            "method": self.crowd.method,
            "labels": self.crowd.labels.to_pylist(),
            "form": dict(self.form),
        }
        return facts | {"classifier": self.classifier.save(folder) if self.classifier else None}

    def predict(self, data: Frame | Path) -> Frame:
        """Label of each task, by new votes on it; or by its features or text, where these are given.

        Parameters
        ----------
        data : Path or DataFrame
            Votes as in training, or features or texts of tasks; told apart by their columns.

        Returns
        -------
        DataFrame
            ``task, label, probability`` and, of up to 1,000 labels, the probability of each.
        """
        if self.classifier and self.classifier.takes(data, self._names(data), self.columns):
            tasks, q = self.classifier.predict(data, told_of(self.form, self.classifier.table))
            classes = self.crowd.classes()
            label = self.crowd.engine.df.Series(classes.take(q.argmax(axis=1)))
            frame = self.crowd.engine.df.DataFrame(q, columns=self.crowd.labels.to_pylist())
            return table(tasks, label, frame)
        return posterior_table(*self.crowd.posterior(self._votes(data)))

    def _names(self, data: Frame | Path) -> Sequence[str]:
        if not isinstance(data, Path):
            return [str(name) for name in data.columns]
        if data.suffix in (".npy", ".txt") or not self.classifier:
            return []
        told, other = (told_of(self.form, table) for table in (self.classifier.table, "votes"))
        if detect(data, self.columns, other):
            return self.columns
        try:
            return names(data, "features", told)
        except ValueError:
            if told == other:
                raise
            return names(data, "votes", other)

    def _votes(self, data: Frame | Path) -> Pieces:
        repeated = self.form.get("repeated", "first")
        if not isinstance(data, Path):
            if lacking := [name for name in self.columns if name not in data.columns]:
                asked = ", ".join(self.columns)
                raise ValueError(f"there is no column {', '.join(lacking)}; name the votes' columns {asked}")
            frame = data.rename(columns=dict(zip(self.columns, COLUMNS, strict=True)))
            return Pieces([encode(frame, duplicates=repeated)])
        told = replace(told_of(self.form, "votes"), wide=self.form.get("wide", False))
        with TemporaryDirectory() as scratch:
            found = read.pieces(
                data, self.crowd.engine, Path(scratch), self.columns, told=told, repeated=repeated
            )
            return Pieces(list(found))


def posterior_table(label: Series, probability: Frame) -> Frame:
    """The table of results, of labels and probabilities by task."""
    tasks = engine_of(probability).df.Series(probability.index)
    return table(tasks, label.reset_index(drop=True), probability.reset_index(drop=True))


def table(tasks: Series, label: Series, probability: Frame) -> Frame:
    """``task, label, probability`` and a column a label, which has an underscore more where that is taken.

    Parameters
    ----------
    tasks, label : Series, shape (n,)
    probability : DataFrame, shape (n, labels)
        Numbered from 0, as both are.
    """
    columns = {"task": tasks, "label": label, "probability": probability.values.max(axis=1)}
    for own in probability.columns if len(probability.columns) <= MOST else ():
        name = str(own)
        while name in columns:
            name += "_"
        columns[name] = probability[own]
    return engine_of(probability).df.DataFrame(columns)


def load(folder: Path, facts: Mapping[str, Any], engine: Engine) -> CrowdModel:
    """Read a model again.

    Parameters
    ----------
    folder : Path
    facts : mapping
        What `CrowdModel.save` returned.
    engine : Engine

    Raises
    ------
    ValueError
        Its files do not fit together.
    """
    arrays = load_arrays(folder / CONFUSIONS)
    workers = pyarrow.parquet.read_table(folder / WORKERS)["worker"].combine_chunks()
    labels = pa.array(facts["labels"])
    shape = (len(workers) + 1, len(labels), len(labels))
    held = arrays["confusion"].shape
    if held not in (shape, shape[:1]) or arrays["priors"].shape != (len(labels),):
        raise EOFError(f"confusions of shape {held} are not of {len(workers):,} workers")
    params = ConfusionModel(*(from_host(arrays[name], engine) for name in ("confusion", "priors")))
    crowd = FoldIn(params, workers, labels, facts["method"], engine)
    known = facts["classifier"]
    classifier = Classifier.load(folder, known, len(labels), engine) if known else None
    return CrowdModel(crowd, classifier, facts["form"])
