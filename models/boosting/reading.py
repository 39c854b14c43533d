"""How pieces of rows are handed to XGBoost."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import xgboost

from etl.handoff import column, to_xgboost
from etl.pieces import Pieces


@dataclass(frozen=True)
class Reading:
    """Which columns of a piece XGBoost gets, and how.

    Attributes
    ----------
    features : list of str
        Columns, float32.
    types : list of str
        XGBoost's type of each: ``q`` for a quantity, ``c`` for a category's code.
    label : str
        Column of 0 and 1.
    max_bin : int
    cache : Path or None
        Directory for pages on disk.
    """

    features: list[str]
    types: list[str]
    label: str
    max_bin: int
    cache: Path | None


class Batches(xgboost.DataIter):
    """Feeds pieces to XGBoost one after another; none is held longer than XGBoost reads it."""

    def __init__(self, pieces: Pieces, reading: Reading, name: str) -> None:
        self.pieces, self.reading = pieces, reading
        self._frames = iter(pieces)
        super().__init__(cache_prefix=str(reading.cache / name) if reading.cache else None)

    def next(self, input_data: Callable[..., None]) -> bool:
        """Hand over the next piece that has rows."""
        for frame in self._frames:
            if len(frame):
                input_data(
                    data=to_xgboost(frame, self.reading.features),
                    label=column(frame, self.reading.label),
                    feature_types=self.reading.types,
                )
                return True
        return False

    def reset(self) -> None:
        """Begin again with the first piece."""
        self._frames = iter(self.pieces)
