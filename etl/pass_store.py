"""Arrays kept between passes over pieces: in memory, or in a folder that all workers see."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from etl.engine import Engine, engine_of
from etl.handoff import to_host


@dataclass(frozen=True)
class PassStore:
    """What each piece left behind in each pass.

    A pass reads what the one before wrote and writes under its own number, so that a piece worked on twice,
    after a worker was lost, leaves the same.

    Parameters
    ----------
    folder : Path, optional
        Needed for workers in other processes, and for more than memory holds.

    Examples
    --------
    >>> shelf = Shelf()
    >>> shelf.put(0, 1, np.ones(2))
    >>> shelf.get(0, 1)
    array([1., 1.])
    """

    folder: Path | None = None
    _held: dict[tuple[int, int], Any] = field(default_factory=dict, repr=False)

    def get(self, piece: int, turn: int) -> Any:
        """What this piece left in this pass."""
        if self.folder is None:
            return self._held[piece, turn]
        name = next(self.folder.glob(f"{piece}-{turn}.*.npy"))
        return Engine(name.name.split(".")[1], "kept from there").xp.asarray(np.load(name))

    def put(self, piece: int, turn: int, array: Any) -> None:
        """Keep the array, and let go what the piece left two passes ago."""
        if self.folder is None:
            self._held[piece, turn] = array
            self._held.pop((piece, turn - 2), None)
            return
        name = self.folder / f"{piece}-{turn}.{engine_of(array).name}.npy"
        part = name.with_suffix(".partial")
        with part.open("wb") as file:
            np.save(file, to_host(array))
        part.rename(name)
        for old in self.folder.glob(f"{piece}-{turn - 2}.*.npy"):
            old.unlink()
