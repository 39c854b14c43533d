"""Columns of a table as numbers: standard scores, a mark where one is missing, and a column a category."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import pyarrow as pa

from etl.engine import Engine, engine_of
from etl.engine.types import Array, Frame, Series
from etl.handoff import from_arrow, from_host, matrix, to_host, to_list
from etl.ids import factorize, places, tally
from etl.records import Choice, record

LEVELS = 50
"""Categories of a column, at most; rarer ones count as none of them."""
HALF = 0.5
"""Share of the rows that the kept categories must hold."""
LEAST = 5
"""Rows of a category, at least."""
MOST = 1e30
"""Size from which a number counts as missing: its square, or itself, would be none."""


class ColumnFeatures:
    """Numbers and categories of a frame as one matrix.

    Attributes
    ----------
    numbers_ : list of str
    means_ : float64 array, shape (numbers,)
        What stands where a number is missing.
    marks_ : list of str
        Numbers of which some were missing.
    levels_ : dict of str to list
        Categories of each other column.

    Examples
    --------
    >>> import pandas
    >>> frame = pandas.DataFrame({"size": [1.0, None, 3.0] * 5, "kind": ["a", "b", "b"] * 5})
    >>> made = ColumnFeatures().fit(frame)
    >>> made.names, made.transform(frame)[:2].tolist()
    (['size', 'size is missing', 'kind=a', 'kind=b'], [[1.0, 0.0, 1.0, 0.0], [2.0, 1.0, 0.0, 1.0]])
    """

    def fit(self, frame: Frame) -> Self:
        """Learn means and categories; columns that tell nothing, or name each row, are left out and told.

        Parameters
        ----------
        frame : DataFrame, shape (n, columns)
        """
        kinds = {name: getattr(frame[name].dtype, "kind", "O") in "biuf" for name in frame.columns}
        self.numbers_ = [name for name, is_number in kinds.items() if is_number]
        X = self._matrix(frame)
        xp = engine_of(X).xp
        missing = _missing(X)
        there = xp.maximum((~missing).sum(axis=0), 1)
        self.means_ = xp.where(missing, 0.0, X).sum(axis=0) / there
        self._learn_marks(missing, X)
        self.levels_: dict[str, list[str]] = {}
        for name in (name for name, is_number in kinds.items() if not is_number):
            self._learn_levels(name, frame[name])
        return self

    def _learn_marks(self, missing: Array, X: Array) -> None:
        xp = engine_of(X).xp
        endless = missing & ~xp.isnan(X)
        counts = to_host(xp.stack([missing.sum(axis=0), endless.sum(axis=0)])).tolist()
        self.marks_ = [name for name, some in zip(self.numbers_, counts[0], strict=True) if some]
        for name, count in zip(self.numbers_, counts[1], strict=True):
            if count:
                why = "infinite or beyond 1e30, and counted as missing"
                record(Choice(reason=f"column {name}: {count:,} numbers are {why}"))

    def _learn_levels(self, name: str, column: Series) -> None:
        codes, levels = factorize(column.dropna().astype("str"))
        counts = to_host(tally(codes, len(levels)))
        most = [place for place in np.argsort(-counts, kind="stable")[:LEVELS] if counts[place] >= LEAST]
        names = to_list(levels)
        kept = sorted(names[place] for place in most)
        covered = counts[most].sum() / max(len(column), 1)
        if not kept or covered < HALF:
            why = f"{LEAST} rows and more of one kind are less than half of all"
            record(Choice(reason=f"column {name}: left out, as {why}; where it is text, name it as text"))
            return
        self.levels_[name] = kept

    def _matrix(self, frame: Frame) -> Array:
        if not self.numbers_:
            return engine_of(frame).xp.zeros((len(frame), 0))
        whole = frame[self.numbers_].astype("float64").fillna(float("nan"))
        return matrix(whole, self.numbers_, "float64")

    def transform(self, frame: Frame) -> Array:
        """The matrix, float32, shape (n, names).

        Raises
        ------
        ValueError
            A column is not there, or holds no numbers where it did.
        """
        wanted = [*self.numbers_, *self.levels_]
        if lacking := [name for name in wanted if name not in frame.columns]:
            raise ValueError(f"there is no column {', '.join(lacking)}, from which the run learnt; add it")
        try:
            X = self._matrix(frame)
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"columns {', '.join(self.numbers_)} held numbers in training: {error}"
            ) from error
        engine = engine_of(X)
        xp, missing = engine.xp, _missing(X)
        X = xp.where(missing, self.means_, X)
        marked = [missing[:, place][:, None] for place in map(self.numbers_.index, self.marks_)]
        parts = [X, *marked, *(self._one_hot(name, frame[name]) for name in self.levels_)]
        return xp.concatenate([part.astype("float32") for part in parts], axis=1)

    def _one_hot(self, name: str, column: Series) -> Array:
        engine = engine_of(column)
        known = from_arrow(pa.table({"level": pa.array(self.levels_[name], pa.string())}), engine)["level"]
        codes = places(engine.df.Index(known), engine.df.Index(column.astype("str")))
        return codes[:, None] == engine.xp.arange(len(known))

    @property
    def names(self) -> list[str]:
        """Of the columns of the matrix."""
        marks = [f"{name} is missing" for name in self.marks_]
        return [
            *self.numbers_,
            *marks,
            *(f"{name}={level}" for name, own in self.levels_.items() for level in own),
        ]

    def facts(self) -> dict[str, Any]:
        """What was learnt, for a file of JSON."""
        held = {"numbers": self.numbers_, "marks": self.marks_, "levels": self.levels_}
        return held | {"means": to_host(self.means_).tolist()}

    @classmethod
    def of(cls, facts: Mapping[str, Any], engine: Engine) -> Self:
        """Read again what `facts` gave."""
        made = cls()
        made.numbers_, made.marks_, made.levels_ = facts["numbers"], facts["marks"], facts["levels"]
        made.means_ = from_host(np.array(facts["means"], "float64"), engine)
        return made


def _missing(X: Array) -> Array:
    """Where there is no number to learn from."""
    return ~(abs(X) < MOST)
