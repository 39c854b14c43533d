"""The mortgage model on loans whose outcome is not known yet."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial, reduce
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from etl.engine import Engine
from etl.engine.types import Frame
from etl.executors import Threads
from etl.handoff import assign, column
from etl.mortgage import audit, coding, cut, features, files, read
from etl.mortgage import plan as plans
from etl.mortgage.coding import Unseen, Vocabulary
from etl.mortgage.schema import FEATURES, LOAN
from etl.pieces import Pieces
from etl.records import Choice, collect, of_kind, record, replay
from models import drift
from models.boosting.saved import read_booster
from models.boosting.trees import BoostedTrees

TREES = "trees.ubj"
BAD_SHARE = 0.01
"""Share of lines that may be unreadable, of runs that do not say theirs."""


@dataclass
class MortgageModel:
    """Trees, and what turns loan files into what they read.

    Attributes
    ----------
    trees : BoostedTrees
        Fitted.
    words : dict of str to list of str
        Values of each category, in the order of their codes.
    usual : dict of str to Bins
        What the features were in training, to tell drift by.
    engine : Engine
    form : dict
        ``bad_share`` of the lines of loan files.
    """

    trees: BoostedTrees
    words: Vocabulary
    engine: Engine
    usual: dict[str, drift.Bins] = field(default_factory=dict)
    form: Mapping[str, Any] = field(default_factory=lambda: {"bad_share": BAD_SHARE})

    def save(self, folder: Path) -> Mapping[str, Any]:
        """Trees in XGBoost's own format; the rest goes into ``model.json``."""
        self.trees.booster_.save_model(folder / TREES)
        usual = {name: bins.plain() for name, bins in self.usual.items()}
        return {"features": list(FEATURES), "words": self.words, "usual": usual, "form": dict(self.form)}

    def predict(self, data: Frame | Path) -> Frame:
        """Probability of default within a year, of each loan that is still there, by its last month.

        Parameters
        ----------
        data : Path, or DataFrame
            Loan files as in training, of either layout; or tidy rows of `etl.mortgage.read.read`.

        Returns
        -------
        DataFrame
            ``loan_id`` int64, ``year, month`` int32, ``probability`` float32. Categories that the training
            did not hold are missing, and told.
        """
        if not isinstance(data, Path):
            return self.score([features.latest(data)])
        with TemporaryDirectory() as scratch:
            pieces = Pieces(
                cut.pieces(files.find(data), data, Path(scratch), plans.PIECE), executor=Threads(1)
            )
            loans = pieces.map("read", partial(read.read, engine=self.engine)).map("latest", features.latest)
            with collect() as entries:
                found = self.score(loans)
        replay(entries)
        audit.inspect(entries, self.form["bad_share"], kept="")
        return found

    def score(self, frames: Iterable[Frame]) -> Frame:
        """The same, of rows of `etl.mortgage.features.latest` or ``shape``, each of which is scored.

        Parameters
        ----------
        frames : iterable of DataFrame
        """
        cuts = {name: bins.edges for name, bins in self.usual.items()}
        scored, counts = [], []
        with collect() as entries:
            for frame in frames:
                coded = coding.encode(frame, self.words, unseen="missing")
                counts.append(drift.count(coded, cuts))
                scored.append(self._rows(coded))
        replay(entry for entry in entries if not isinstance(entry, Unseen))
        total = reduce(drift.add, counts)
        for reason in (*_unseen(of_kind(entries, Unseen)), *drift.moved(total, self.usual)):
            record(Choice(reason=reason))
        return scored[0] if len(scored) == 1 else self.engine.df.concat(scored, ignore_index=True)

    def _rows(self, coded: Frame) -> Frame:
        month = column(coded, "month")
        rows = assign(coded[[LOAN]], year=month // 12, month=month % 12 + 1)
        return assign(rows, probability=self.trees.probability(coded))


def _unseen(entries: list[Unseen]) -> Iterator[str]:
    """What to tell of each column with values that the training did not hold."""
    for name in dict.fromkeys(entry.column for entry in entries):
        same = [entry for entry in entries if entry.column == name]
        values = sorted({value for entry in same for value in entry.values})
        rows = sum(entry.rows for entry in same)
        yield f"{name}: {', '.join(values[:3])} were not in training; missing for {rows:,} loans"


def load(folder: Path, facts: Mapping[str, Any], engine: Engine) -> MortgageModel:
    """Read a model again.

    Parameters
    ----------
    folder : Path
    facts : mapping
        What `MortgageModel.save` returned.
    engine : Engine

    Raises
    ------
    ValueError
        It learnt from other features than this version has.
    """
    if facts["features"] != list(FEATURES):
        raise ValueError(f"{folder} learnt from other features than this version makes; train it again")
    trees = BoostedTrees(FEATURES)
    trees.booster_ = read_booster(folder / TREES, engine)
    trees.features_ = list(FEATURES)
    usual = {name: drift.Bins.of(plain) for name, plain in facts["usual"].items()}
    form = facts.get("form", {"bad_share": BAD_SHARE})
    return MortgageModel(trees, facts["words"], engine, usual, form)
