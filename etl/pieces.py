"""Work on data that is cut into pieces: lazily composed functions, mapped by an executor, then reduced.

A piece function is ordinary code on one frame. `Pieces.map` composes such functions without running them,
`Pieces.persist` runs them and keeps the frames (in memory, spooled to disk, or on the cluster's workers),
and `Pieces.reduce` sums statistics of them. What pieces record in the journal is replayed in their order.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial, reduce
from pathlib import Path
from typing import Any

from etl.executors import Executor, Threads
from etl.records import Record, Seconds, collect, current, record, replay, stage
from etl.spill import Spilled, load, save

Step = tuple[str, Callable[[Any], Any]]


@dataclass(frozen=True)
class Pieces:
    """A sequence of pieces and the functions to apply to each.

    Parameters
    ----------
    items : list
        Picklable descriptions of pieces, frames, spooled frames, or futures of a cluster.
    steps : tuple of (stage name, function)
        Applied in order; functions must be picklable for a cluster.
    executor : Executor
        Where they run.

    Examples
    --------
    >>> Pieces([1, 2, 3]).map("square", lambda x: x * x).reduce(float, lambda a, b: a + b)
    14.0
    """

    items: list[Any]
    steps: tuple[Step, ...] = ()
    executor: Executor = Threads(1)

    def __len__(self) -> int:
        return len(self.items)

    def map(self, name: str, function: Callable[[Any], Any]) -> "Pieces":
        """Compose one more function, whose time and bridges are booked under the stage ``name``."""
        return replace(self, steps=(*self.steps, (name, function)))

    def persist(self, spool: Path | None = None, parts: int = 0) -> Any:
        """Run the steps and keep each result where the executor puts it.

        The items given are let go one by one, so that old and new need not both fit in memory.

        Parameters
        ----------
        spool : Path, optional
            Directory to write frames to, so that they need not fit in memory.
        parts : int
            If the last step returns a tuple of so many frames, return a tuple of so many `Pieces`.
        """
        work = partial(apply, steps=self.steps, spool=spool)
        kept = []
        for value, entries in self.executor.keep(work, _let_go(self.items)):
            replay(entries)
            kept.append(value)
        if not parts:
            return replace(self, items=kept, steps=())
        return tuple(replace(self, items=self.executor.pick(kept, part), steps=()) for part in range(parts))

    def __iter__(self) -> Iterator[Any]:
        """Yield each piece's result here, in order, a few at a time."""
        for value, entries in self.executor.bring(partial(apply, steps=self.steps), self.items):
            replay(entries)
            yield value

    def reduce(self, statistic: Callable[[Any], Any], merge: Callable[[Any, Any], Any]) -> Any:
        """Statistic of every piece, computed where the piece lies, merged here in order."""
        return reduce(merge, self.map(current() or "reduce", statistic))


def apply(item: Any, steps: tuple[Step, ...], spool: Path | None = None) -> tuple[Any, list[Record]]:
    """Run the steps on one piece.

    Parameters
    ----------
    item : object
        What the first step takes; a `spill.Spilled` frame is read first.
    steps : tuple of (str, callable)
        Stage and function of each, in order.
    spool : Path, optional
        Directory to write the resulting frame, or frames, to.

    Returns
    -------
    value : object
        What the last step returned, or where it lies on disk.
    records : list of Record
        What was recorded on the way.
    """
    with collect() as entries:
        value = load(item) if isinstance(item, Spilled) else item
        for name, function in steps:
            with stage(name):
                started, used = time.perf_counter(), time.thread_time()
                value = function(value)
                record(Seconds(wall=time.perf_counter() - started, cpu=time.thread_time() - used))
        if spool is not None:
            value = tuple(save(v, spool) for v in value) if isinstance(value, tuple) else save(value, spool)
    if isinstance(item, Spilled) and item.begin is None and spool is not None:
        item.path.unlink()
    return value, entries


def _let_go(items: list[Any]) -> Iterator[Any]:
    for place in range(len(items)):
        item, items[place] = items[place], None
        yield item
