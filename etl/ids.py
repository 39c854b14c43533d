"""Ids of any type as codes from 0, in their order, on the device that holds them."""

from typing import Any

import pandas

from etl.engine import Engine, array_namespace, engine_of

DENSE = 4
"""Whole numbers that span fewer than this many times their count are coded through a table, not sorted."""
SHORT = 32
"""Votes of a task up to which each is compared with those before it; beyond, votes are sorted."""


def check(frame: Any, columns: tuple[str, ...]) -> None:
    """Refuse a table that lacks a column or a row, or misses a value.

    Raises
    ------
    ValueError
        Names the column, the count and the first row.
    """
    lacking = [name for name in columns if name not in frame.columns]
    if lacking:
        raise ValueError(
            f"the votes have no column {', '.join(lacking)}; rename {list(frame.columns)} to {list(columns)}"
        )
    if not len(frame):
        raise ValueError("the table of votes is empty; nothing can be learnt from it")
    for name in columns:
        missing = frame[name].isna()
        if bool(missing.any()):
            place = int(array_namespace(frame).flatnonzero(missing.to_numpy())[0])
            raise ValueError(
                f"{int(missing.sum()):,} votes have no {name}, the first in row {place}; "
                "a vote needs all three, so drop them with votes.dropna() first"
            )


def spell(value: Any) -> str:
    """An id as a person would write it, with quotes where it is text."""
    return repr(value.item() if hasattr(value, "item") else value)


def factorize(values: Any, known: Any = None) -> tuple[Any, Any]:
    """Codes of values, int64, shape (n,), and the sorted ids they stand for, an Index.

    Parameters
    ----------
    values : Series
    known : Index, optional
        Ids to code by.

    Raises
    ------
    ValueError
        Values of several types, or one that is not known.
    """
    engine = engine_of(values)
    _one_type(values, engine)
    if known is not None:
        return _lookup(values, known, engine), known
    if getattr(values.dtype, "kind", "O") in "iu":
        array = values.to_numpy() if engine.name == "cpu" else values.values
        found = _dense(array, engine)
        if found is not None:
            return found[0], engine.df.Index(found[1], name=values.name)
    codes, ids = engine.df.factorize(values, sort=True)
    return engine.xp.asarray(codes, dtype="int64"), engine.df.Index(ids, name=values.name)


def _dense(array: Any, engine: Engine) -> tuple[Any, Any] | None:
    """Codes and ids of whole numbers of a small range, or of sorted ones; None of others."""
    xp = engine.xp
    low, high = int(array.min()), int(array.max())
    if high - low < DENSE * len(array) + 1024:
        there = xp.zeros(high - low + 1, dtype=bool)
        there[array - low] = True
        ids = xp.flatnonzero(there) + low
        if len(ids) == len(there):
            return (array - low).astype("int64"), ids.astype(array.dtype)
        return (xp.cumsum(there) - 1)[array - low], ids.astype(array.dtype)
    if bool((array[1:] >= array[:-1]).all()):
        new = xp.ones(len(array), dtype=bool)
        new[1:] = array[1:] != array[:-1]
        return xp.cumsum(new) - 1, array[new]
    return None


def _one_type(values: Any, engine: Engine) -> None:
    if engine.name == "gpu" or values.dtype != object:
        return
    kind = pandas.api.types.infer_dtype(values, skipna=False)
    if not kind.startswith("mixed"):
        return
    types = values.map(type)
    other = int((types != types.iloc[0]).to_numpy().argmax())
    raise ValueError(
        f"column {values.name} mixes types: row 0 holds {spell(values.iloc[0])} and row {other} holds "
        f"{spell(values.iloc[other])}; make them one, as with votes[{values.name!r}].astype(str)"
    )


def _lookup(values: Any, known: Any, engine: Engine) -> Any:
    codes = known.get_indexer(values)
    bad = engine.xp.flatnonzero(engine.xp.asarray(codes) < 0)
    if len(bad):
        place = int(bad[0])
        example = known[0] if len(known) else None
        raise ValueError(
            f"{values.name} {spell(values.iloc[place])} (row {place}) is none of the {len(known):,} known, "
            f"such as {spell(example)}; fit again with these votes, or give ids of the same type"
        )
    return engine.xp.asarray(codes, dtype="int64")


def by_task(task: Any, flat: Any, tasks: int) -> tuple[Any, Any]:
    """Tasks and votes in the order of tasks, and of the table within a task."""
    engine = engine_of(task)
    if engine.name == "gpu" or len(task) >= 2**31:
        order = engine.xp.argsort(task, kind="stable")
        return task[order], flat[order]
    places = engine.xp.arange(len(task), dtype="int32")  # makes rows canonical, so that none are summed
    counted = engine.sparse.csr_matrix((flat, (task.astype("int32"), places)), shape=(tasks, len(task)))
    ends = engine.xp.bincount(counted.indptr[1:-1], minlength=len(task))
    return engine.xp.cumsum(ends), counted.data


def is_repeated(task: Any, worker: Any) -> Any:
    """Whether a worker has voted on the task before, of votes sorted by task; bool, shape (n,)."""
    xp = array_namespace(task)
    out = xp.zeros(len(task), dtype=bool)
    most = int(xp.bincount(task).max())
    if most <= SHORT:
        for back in range(1, most):
            out[back:] |= (task[back:] == task[:-back]) & (worker[back:] == worker[:-back])
        return out
    key = task * (int(worker.max()) + 1) + worker
    by_key = xp.argsort(key, kind="stable")
    out[by_key[1:]] = key[by_key[1:]] == key[by_key[:-1]]
    return out


def gold(truth: Any, tasks: Any, labels: Any) -> Any:
    """Code of the known label of each task, int64, -1 where there is none.

    Raises
    ------
    ValueError
        A task has two labels, or a label is not one that was voted for.
    """
    series = truth.set_index("task")["label"] if hasattr(truth, "columns") else truth
    if not series.index.is_unique:
        twice = series.index[series.index.duplicated()][0]
        raise ValueError(f"task {spell(twice)} has more than one true label; keep one")
    engine = engine_of(series)
    places = engine.xp.asarray(series.index.get_indexer(tasks), dtype="int64")
    if not bool((places >= 0).any()) and len(series) and type(series.index[0]) is not type(tasks[0]):
        raise ValueError(
            f"tasks of the truth, such as {spell(series.index[0])}, are of another type than those voted on, "
            f"such as {spell(tasks[0])}"
        )
    codes, _ = factorize(series.rename("label"), labels)
    return engine.xp.where(places >= 0, codes[places], -1)
