"""New votes by confusions that were learnt before: posteriors of their tasks, and nothing is learnt.

Workers whom nobody knows vote as all workers together do; votes for labels that nobody knows say nothing of
those that are known, and are set aside.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.crowd.votes import Votes
from etl.engine import Engine
from etl.engine.types import Array, Frame, Index, Series
from etl.handoff import from_arrow, from_host, to_host, to_list
from etl.ids import spell, tally
from etl.pieces import Pieces
from etl.records import Choice, record
from models.crowd.dawid_skene import ConfusionModel, DawidSkene
from models.crowd.one_coin import OneCoin
from models.crowd.pooled import PooledDawidSkene, of_all

METHODS: dict[str, type[DawidSkene]] = {"pooled_dawid_skene": PooledDawidSkene, "one_coin": OneCoin}
SHOWN = 3


@dataclass(frozen=True)
class FoldIn:
    """What votes were taught by, for votes to come.

    Attributes
    ----------
    params : ConfusionModel
        Of each worker and, last, of whoever is unknown; of one-coin a number a worker.
    workers, labels : pyarrow arrays of int64 or string
        Ids, in the order of their codes.
    method : str
        A key of `METHODS`.
    engine : Engine
    """

    params: ConfusionModel
    workers: pa.Array
    labels: pa.Array
    method: str
    engine: Engine

    @classmethod
    def of(cls, fitted: DawidSkene) -> Self:
        """From an aggregator that was fitted."""
        xp, confusion = fitted._engine.xp, fitted._params.confusion
        if isinstance(fitted, PooledDawidSkene) and fitted._counts is not None:
            stranger = of_all(fitted._counts[0].reshape(confusion.shape))
        else:
            confusion = confusion if confusion.ndim == 1 else confusion[:, 0, 0]
            stranger = xp.average(confusion, weights=fitted.votes_.values)
        both = xp.concatenate([confusion, stranger[None]])
        workers, labels = (pa.array(to_list(index)) for index in (fitted.workers_, fitted.classes_))
        method = next(name for name, kind in METHODS.items() if isinstance(fitted, kind))
        return cls(ConfusionModel(both, fitted._params.priors), workers, labels, method, fitted._engine)

    def arrays(self) -> dict[str, np.ndarray]:
        """Parameters, for a file."""
        return {name: to_host(value) for name, value in self.params._asdict().items()}

    def classes(self) -> Index:
        """Labels where the engine holds them."""
        found = from_arrow(pa.table({"id": self.labels}), self.engine)["id"]
        return self.engine.df.Index(found, name="label")

    def posterior(self, pieces: Pieces) -> tuple[Series, Frame]:
        """Label of each task, and the probability of each label, by task.

        Parameters
        ----------
        pieces : Pieces of Votes
            That share their workers and labels.
        """
        workers, classes = self.engine.df.RangeIndex(len(self.workers) + 1), self.classes()
        model = METHODS[self.method].of(self.params, workers, classes)
        known = Pieces(list(self._known(pieces, workers, classes)))
        return model.predict(known), model.predict_proba(known)

    def _known(self, pieces: Pieces, workers: Index, classes: Index) -> Iterable[Votes]:
        """The votes in codes of the learnt ids; what is not known is told."""
        held = list(pieces)
        (worker, strangers), (label, others) = (
            _codes(ids, known)
            for ids, known in ((held[0].workers, self.workers), (held[0].labels, self.labels))
        )
        worker = np.where(worker < 0, len(self.workers), worker)
        maps = (from_host(worker, self.engine), from_host(label, self.engine))
        found = [_recoded(votes, *maps, workers, classes) for votes in held]
        if strangers:
            votes = sum(int((votes.worker == len(self.workers)).sum()) for votes in found)
            _tell("workers", strangers, f"their {votes:,} votes count as those of all workers together do")
        if others:
            lost = sum(map(len, held)) - sum(map(len, found))
            _tell("labels", others, f"{lost:,} votes for them are set aside")
            if bare := sum(int((votes.starts[1:] == votes.starts[:-1]).sum()) for votes in found):
                record(Choice(reason=f"tasks: {bare:,} have no other votes, and get the shares of all tasks"))
        return found


def _tell(what: str, ids: list[object], fate: str) -> None:
    shown = ", ".join(map(spell, ids[:SHOWN])) + (f" and {len(ids) - SHOWN:,} more" * (len(ids) > SHOWN))
    record(Choice(reason=f"{what}: {shown} {'was' if len(ids) == 1 else 'were'} not in training; {fate}"))


def _codes(ids: Index, known: pa.Array) -> tuple[np.ndarray, list[object]]:
    """Places of ids among those known, -1 where there is none, and these ids; as texts are written."""
    own = pa.array(to_list(ids))
    found = pc.index_in(own.cast(pa.string()), value_set=known.cast(pa.string()))
    return found.fill_null(-1).to_numpy().astype("int64"), own.filter(found.is_null()).to_pylist()


def _recoded(votes: Votes, worker: Array, label: Array, workers: Index, classes: Index) -> Votes:
    xp, labels = votes.engine.xp, label[votes.label]
    kept = labels >= 0
    flat = worker[votes.worker] * len(classes) + labels
    flat = flat.astype("int32" if len(workers) * len(classes) < 2**31 else "int64")
    starts = xp.zeros_like(votes.starts)
    starts[1:] = xp.cumsum(tally(votes.task[kept], len(votes.tasks)))
    return replace(votes, starts=starts, flat=flat[kept], workers=workers, labels=classes)
