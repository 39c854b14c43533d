"""Votes of many workers on many tasks, coded and sorted by task, on whichever device holds the table."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any, Literal

from etl import ids
from etl.engine import Engine, array_namespace, engine_of
from etl.engine.types import Array, Csr, Frame, Index, Series
from etl.handoff import to_host
from etl.records import Repeated, record

Duplicates = Literal["first", "last", "keep", "raise"]

COLUMNS = ("task", "worker", "label")
BLOCK = 1 << 17
"""Votes worked on at a time: their scores stay in a core's cache."""


@dataclass(frozen=True)
class Votes:
    """Votes of one piece: all votes of each of its tasks.

    Attributes
    ----------
    starts : array of int64, shape (tasks + 1,)
        Where the votes of each task begin; the last entry is the number of votes.
    flat : array of int32 or int64, shape (votes,)
        ``worker code * classes + label code`` of each vote.
    tasks, workers, labels : Index
        Ids, sorted; workers and labels are those of all pieces.
    gold : array of int64, shape (tasks,), or float64, shape (tasks, classes), optional
        Code of each task's known label, -1 where it is not known; or known probabilities of its labels, not a
        number where they are not known.
    first : int
        Number of tasks in the pieces before this one.
    """

    starts: Array
    flat: Array
    tasks: Index
    workers: Index
    labels: Index
    gold: Array | None = None
    first: int = 0

    def __len__(self) -> int:
        return len(self.flat)

    def __getstate__(self) -> dict[str, Any]:
        return {name: self.__dict__[name] for name in self.__dataclass_fields__}

    @property
    def engine(self) -> Engine:
        """Engine of the arrays."""
        return engine_of(self.flat)

    @property
    def worker(self) -> Array:
        """Code of each vote's worker, shape (votes,)."""
        return self.flat // len(self.labels)

    @property
    def label(self) -> Array:
        """Code of each vote's label, shape (votes,)."""
        return self.flat % len(self.labels)

    @property
    def task(self) -> Array:
        """Place of each vote's task, int64, shape (votes,)."""
        return self.engine.xp.cumsum(ids.tally(self.starts[1:-1], len(self)))

    @property
    def is_known(self) -> Array:
        """Whether each task's label is known, or the probabilities of its labels, shape (tasks,)."""
        if self.gold is None:
            return self.engine.xp.zeros(len(self.tasks), dtype=bool)
        return self.gold >= 0 if self.gold.ndim == 1 else ~self.engine.xp.isnan(self.gold[:, 0])

    def unaware(self, rows: Array | None = None) -> "Votes":
        """The same votes; what is known of these tasks, or of all, is passed over."""
        if self.gold is None:
            return self
        if rows is None:
            return replace(self, gold=None)
        gold = self.gold.copy()
        gold[rows] = -1 if gold.ndim == 1 else float("nan")
        return replace(self, gold=gold)

    @cached_property
    def most(self) -> int:
        """Votes of the task that has most."""
        return int(self.engine.xp.diff(self.starts).max())

    @cached_property
    def blocks(self) -> list[tuple[slice, Csr, Csr]]:
        """Tasks of each block, and its votes as a sparse matrix of ones, (tasks, workers * classes), twice.

        The second is the transpose, which shares its memory. On the CPU indices are views of `flat`, so that
        blocks cost 4 bytes a task; on a GPU, whose products need them sorted, a copy.
        """
        xp, on_gpu = self.engine.xp, self.engine.name == "gpu"
        size, found = len(self.workers) * len(self.labels), []
        for (begin, first), (end, last) in pairwise(self._cuts(max(1 << 26 if on_gpu else BLOCK, size))):
            pointers = (self.starts[begin : end + 1] - first).astype(self.flat.dtype)
            flat = self.flat[first:last]
            entries = (xp.ones(last - first), flat.copy() if on_gpu else flat, pointers)
            matrix = self.engine.sparse.csr_matrix(entries, shape=(end - begin, size))
            if on_gpu:
                matrix.sum_duplicates()  # which each product would do for itself, and for the transpose again
            found.append((slice(begin, end), matrix, matrix.T))
        return found

    def _cuts(self, votes: int) -> list[tuple[int, int]]:
        """Tasks that end runs of about so many votes, and the votes before them; from (0, 0) on."""
        xp, ends = self.engine.xp, [(0, 0), (len(self.tasks), len(self))]
        if len(self) <= votes:
            return ends
        places = xp.searchsorted(self.starts, xp.arange(votes, len(self), votes), side="left")
        return sorted({*ends, *map(tuple, to_host(xp.stack([places, self.starts[places]], axis=1)).tolist())})

    def on(self, tasks: Index) -> "Votes":
        """Votes on those of these tasks that are here; labels that were known are passed over."""
        return replace(self._where(self.engine.xp.asarray(self.tasks.isin(tasks))), gold=None)

    def corroborated(self) -> "Votes":
        """Votes on tasks that have two and more, or a known label; the others say nothing of who errs."""
        chosen = self.engine.xp.diff(self.starts) > 1
        chosen = chosen | self.is_known
        return self if bool(chosen.all()) else self._where(chosen)

    def _where(self, chosen: Array) -> "Votes":
        sizes = self.engine.xp.diff(self.starts)[chosen]
        starts = self.engine.xp.zeros(len(sizes) + 1, dtype="int64")
        starts[1:] = self.engine.xp.cumsum(sizes)
        gold = None if self.gold is None else self.gold[chosen]
        flat, tasks = self.flat[chosen[self.task]], self.tasks[chosen]
        return Votes(starts, flat, tasks, self.workers, self.labels, gold)

    def with_truth(self, truth: Series | Frame) -> "Votes":
        """The same votes with the known labels of some tasks.

        Parameters
        ----------
        truth : Series indexed by task, or DataFrame with columns task and label; or probabilities, a
            DataFrame indexed by task with a column a label
            Tasks that are not in this piece are passed over.

        Raises
        ------
        ValueError
            A task has two labels, or one that nobody voted for; probabilities do not sum to 1.
        """
        return replace(self, gold=ids.gold(truth, self.tasks, self.labels))


def encode(
    frame: Frame,
    workers: Index | None = None,
    labels: Index | None = None,
    duplicates: Duplicates = "first",
) -> Votes:
    """Code a long table of votes and sort it by task.

    Parameters
    ----------
    frame : DataFrame
        Columns ``task, worker, label`` of any type; others are passed over.
    workers, labels : Index, optional
        Ids to code by; those of the table by default.
    duplicates : {"first", "last", "keep", "raise"}
        What to do where a worker voted on a task twice.

    Raises
    ------
    ValueError
        The table is empty, lacks a column, misses a value, mixes types, or holds an id that is not among
        those given.

    Examples
    --------
    >>> import pandas
    >>> votes = encode(pandas.DataFrame({"task": [7, 7, 3], "worker": ["a", "b", "a"], "label": [1, 0, 1]}))
    >>> votes.tasks.tolist(), votes.workers.tolist(), votes.starts.tolist()
    ([3, 7], ['a', 'b'], [0, 1, 3])
    """
    ids.check(frame, COLUMNS)
    task, tasks = ids.factorize(frame["task"])
    worker, workers = ids.factorize(frame["worker"], workers)
    label, labels = ids.factorize(frame["label"], labels)
    wide = "int32" if len(workers) * len(labels) < 2**31 else "int64"
    return votes_from_codes(
        task, worker.astype(wide) * len(labels) + label.astype(wide), tasks, workers, labels, duplicates
    )


def votes_from_codes(
    task: Array, flat: Array, tasks: Index, workers: Index, labels: Index, duplicates: Duplicates = "first"
) -> Votes:
    """Votes from codes in any order.

    Parameters
    ----------
    task : array of int64, shape (votes,)
        Code of each vote's task, a place in ``tasks``.
    flat : array of int32 or int64, shape (votes,)
        ``worker code * classes + label code`` of each vote.
    tasks, workers, labels : Index
        Ids, in the order of their codes.
    duplicates : {"first", "last", "keep", "raise"}
        What to do where a worker voted on a task twice.

    Raises
    ------
    ValueError
        A worker voted on a task twice, and ``duplicates`` is "raise".
    """
    xp = array_namespace(flat)
    if not bool((task[1:] >= task[:-1]).all()):
        task, flat = ids.by_task(task, flat, len(tasks))
    if duplicates != "keep":
        worker = flat // len(labels)
        repeated = _is_dropped(task, worker, duplicates)
        if bool(repeated.any()):
            _report(repeated, task, worker, tasks, workers, duplicates)
            task, flat = task[~repeated], flat[~repeated]
    starts = xp.zeros(len(tasks) + 1, dtype="int64")
    starts[1:] = xp.cumsum(ids.tally(task, len(tasks)))
    return Votes(starts, flat, tasks, workers, labels)


def together(parts: Sequence[Votes]) -> Votes:
    """Votes of pieces that share their workers and labels as one.

    Parameters
    ----------
    parts : sequence of Votes
        At least one; each has all votes of its tasks.

    Returns
    -------
    Votes
        In the order of the pieces, with what is known of their tasks.
    """
    first = parts[0]
    if len(parts) == 1:
        return first
    xp, known = first.engine.xp, [part.gold for part in parts if part.gold is not None]
    sizes = xp.concatenate([xp.diff(part.starts) for part in parts])
    starts = xp.zeros(len(sizes) + 1, dtype="int64")
    starts[1:] = xp.cumsum(sizes)
    tasks = first.tasks.append([part.tasks for part in parts[1:]])
    flat = xp.concatenate([part.flat for part in parts])
    gold = xp.concatenate(known) if len(known) == len(parts) else None
    return Votes(starts, flat, tasks, first.workers, first.labels, gold, first.first)


def _is_dropped(task: Array, worker: Array, duplicates: str) -> Array:
    """Votes whose worker has another on the task: an earlier one or, where the last counts, a later one."""
    if duplicates != "last" or not len(task):
        return ids.is_repeated(task, worker)
    return ids.is_repeated((task[-1] - task)[::-1], worker[::-1])[::-1]


def _report(
    repeated: Array, task: Array, worker: Array, tasks: Index, workers: Index, duplicates: str
) -> None:
    count, vote = int(repeated.sum()), int(repeated.argmax())
    if duplicates == "raise":
        who, what = ids.spell(workers[int(worker[vote])]), ids.spell(tasks[int(task[vote])])
        raise ValueError(
            f"{count:,} votes repeat an earlier one of the same worker on the same task, the first of worker "
            f"{who} on task {what}; drop them, or pass "
            'duplicates="first" or "keep"'
        )
    record(Repeated(rows=count, what="votes"))
