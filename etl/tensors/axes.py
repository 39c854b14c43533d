"""The labels of a mode in their order, and where they stand on its axis."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from etl.engine import Engine, engine_of
from etl.engine.types import Array, Index
from etl.handoff import from_host, to_host, to_list
from etl.tensors.modes import DAY, Kind


@dataclass(frozen=True, eq=False)
class Axis:
    """A mode.

    Attributes
    ----------
    name : str
    keys : Index, shape (n,)
        Text as written, or int64: whole numbers, or microseconds of dates and times of day.
    kind : {"id", "date", "clock"}
    positions : float64 array, shape (n,), optional
        Where labels stand, on the host; None where they are names in no order.
    """

    name: str
    keys: Index
    kind: Kind
    positions: np.ndarray | None

    def __len__(self) -> int:
        """Number of labels."""
        return len(self.keys)

    @property
    def ordered(self) -> bool:
        """Whether neighbours are near each other."""
        return self.positions is not None

    def places(self) -> np.ndarray:
        """Where labels stand, which are in order."""
        assert self.positions is not None
        return self.positions

    def as_ordered(self, wanted: bool) -> "Axis":
        """The same, ordered or not, whatever its labels look like.

        Parameters
        ----------
        wanted : bool
        """
        if wanted == self.ordered:
            return self
        return replace(self, positions=np.arange(len(self), dtype="float64") if wanted else None)

    def taken(self, places: Array) -> "Axis":
        """The same with some labels alone.

        Parameters
        ----------
        places : int64 array, shape (k,)
            Ascending.
        """
        own = None if self.positions is None else self.positions[to_host(places)]
        return replace(self, keys=self.keys.take(places), positions=own)

    def labels(self) -> pa.Array:
        """The labels on the host as tables have them: text, whole numbers, timestamps, text of times."""
        return as_written(pa.array(to_list(self.keys)), self.kind)

    def words(self) -> list[str]:
        """The labels as a person writes them: days without a time where all are midnight."""
        labels = self.labels()
        if self.kind != "date":
            return [str(each) for each in labels.to_pylist()]
        whole = (labels.cast(pa.int64()).to_numpy() % DAY == 0).all()
        form = "%Y-%m-%d" if whole else "%Y-%m-%d %H:%M"
        return [each.strftime(form) for each in labels.to_pylist()]


def as_written(keys: pa.Array, kind: Kind) -> pa.Array:
    """Keys as a table has them; of times of day seconds are left out where all are whole minutes.

    Parameters
    ----------
    keys : pyarrow array of int64 or string, shape (n,)
    kind : {"id", "date", "clock"}

    Examples
    --------
    >>> as_written(pa.array([300_000_000]), "clock").to_pylist(), str(as_written(pa.array([DAY]), "date")[0])
    (['00:05'], '1970-01-02 00:00:00')
    """
    if kind == "date":
        return keys.cast(pa.int64()).cast(pa.timestamp("us"))
    if kind != "clock":
        return keys
    seconds = np.asarray(keys) // 1_000_000
    form = "{:02}:{:02}:{:02}" if (seconds % 60).any() else "{:02}:{:02}"
    words = [form.format(each // 3600, each // 60 % 60, each % 60) for each in seconds.tolist()]
    return pa.array(words, pa.string())


def axis(name: str, keys: Index, kind: Kind) -> tuple[Axis, Array | None]:
    """An axis of sorted keys, and their order where that is another.

    Dates and times of day are ordered; so are whole numbers, and texts that spell numbers, if half of the
    steps between them are alike: others are taken for names.

    Parameters
    ----------
    name : str
    keys : Index, shape (n,)
        Sorted; none is there twice.
    kind : {"id", "date", "clock"}

    Returns
    -------
    Axis
    order : int64 array, shape (n,), optional
        Old places in the order of the new ones.
    """
    engine = engine_of(keys)
    if kind != "id":
        return Axis(name, keys, kind, to_host(keys.values) / 1e6), None
    is_number = getattr(keys.dtype, "kind", "O") in "iu"
    found = to_host(keys.values).astype("float64") if is_number else numbers(to_list(keys))
    if found is None or not even(np.sort(found)):
        return Axis(name, keys, kind, None), None
    order = np.argsort(found, kind="stable")
    if (order == np.arange(len(order))).all():
        return Axis(name, keys, kind, found), None
    place = from_host(order, engine)
    return Axis(name, keys.take(place), kind, found[order]), place


def numbers(words: Sequence[Any]) -> np.ndarray | None:
    """Numbers that texts spell, all different; None where some spell none.

    Parameters
    ----------
    words : sequence of str

    Examples
    --------
    >>> numbers(["0.5", "10", "2"]).tolist(), numbers(["1", "x"]), numbers(["1", "01"])
    ([0.5, 10.0, 2.0], None, None)
    """
    try:
        found = np.array([float(word) for word in words])
    except ValueError:
        return None
    return found if np.isfinite(found).all() and len(np.unique(found)) == len(found) else None


def even(found: np.ndarray) -> bool:
    """Whether half of the steps between sorted numbers are alike.

    Parameters
    ----------
    found : float array, shape (n,)

    Examples
    --------
    >>> even(np.array([0, 5, 10, 20])), even(np.array([767541.0, 767542, 773869, 780001]))
    (True, False)
    """
    steps = np.diff(found)
    return len(steps) > 0 and bool(2 * np.isclose(steps, np.median(steps), rtol=1e-6).sum() >= len(steps))


def of_places(sizes: Sequence[int], names: Sequence[str], engine: Engine) -> list[Axis]:
    """Axes of an array: places from 0.

    Parameters
    ----------
    sizes : sequence of int
    names : sequence of str
    engine : Engine
    """
    index = engine.df.Index
    return [
        Axis(name, index(engine.xp.arange(size)), "id", np.arange(size, dtype="float64"))
        for name, size in zip(names, sizes, strict=True)
    ]
