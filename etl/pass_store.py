"""Arrays kept between passes over pieces: in memory, or in a folder that all workers see."""

from dataclasses import dataclass, field
from pathlib import Path

from etl.engine import Engine, engine_of
from etl.spill import load_array, save_array
from etl.typing import Array


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
    >>> import numpy as np
    >>> store = PassStore()
    >>> store.put(0, 1, np.ones(2))
    >>> store.get(0, 1)
    array([1., 1.])
    """

    folder: Path | None = None
    _held: dict[tuple[int, int], Array] = field(default_factory=dict, repr=False)

    def get(self, piece: int, turn: int) -> Array:
        """What this piece left in this pass."""
        if self.folder is None:
            return self._held[piece, turn]
        path = next(self.folder.glob(f"{piece}-{turn}.*.tensor"))
        return Engine(path.name.split(".")[1], "kept from there").xp.asarray(load_array(path))

    def put(self, piece: int, turn: int, array: Array) -> None:
        """Keep the array, and let go what the piece left two passes ago."""
        if self.folder is None:
            self._held[piece, turn] = array
            self._held.pop((piece, turn - 2), None)
            return
        path = self.folder / f"{piece}-{turn}.{engine_of(array).name}.tensor"
        partial = path.with_suffix(".partial")
        save_array(array, partial)
        partial.rename(path)
        for old in self.folder.glob(f"{piece}-{turn - 2}.*.tensor"):
            old.unlink()
