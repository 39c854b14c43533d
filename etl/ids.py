"""Ids of any type as codes from 0, in their order, on the device that holds them."""

from collections.abc import Sequence
from typing import Any

import numpy
import pandas
import pyarrow

from etl.engine import Engine, array_namespace, engine_of
from etl.engine.types import Array, Frame, Index, Series
from etl.handoff import from_arrow

Ids = Series | Index | Sequence[object]

DENSE = 4
"""Whole numbers that span fewer than this many times their count are coded through a table, not sorted."""
SHORT = 32
"""Votes of a task up to which each is compared with those before it; beyond, votes are sorted."""


def check(frame: Frame, columns: tuple[str, ...]) -> None:
    """Refuse a table that lacks a column or a row, or misses a value.

    Parameters
    ----------
    frame : DataFrame
        A vote a row.
    columns : tuple of str
        Columns that it must have, without holes.

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
            row = int(array_namespace(frame).flatnonzero(missing.values)[0])
            raise ValueError(
                f"{int(missing.sum()):,} votes have no {name}, the first in row {row}; "
                "a vote needs all three, so drop them with votes.dropna() first"
            )


def spell(value: Any) -> str:
    """An id as a person would write it, with quotes where it is text."""
    return repr(value.item() if hasattr(value, "item") else value)


def factorize(values: Series, known: Index | None = None) -> tuple[Array, Index]:
    """Codes of values, and the ids that the codes stand for.

    Parameters
    ----------
    values : Series, shape (n,)
        Ids of one type, none missing.
    known : Index, optional
        Ids to code by; those of the values, sorted, by default.

    Returns
    -------
    codes : array of int64, shape (n,)
        Places in ``ids``.
    ids : Index
        ``known``, where it was given.

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


def _dense(array: Array, engine: Engine) -> tuple[Array, Array] | None:
    """Codes and ids of whole numbers of a small range, or of sorted ones; None of others."""
    xp, kind = engine.xp, array.dtype
    array = array if kind.itemsize == 8 else array.astype("int64")  # an int8 holds no distance of 200
    low, high = int(array.min()), int(array.max())
    if high - low < DENSE * len(array) + 1024:
        there = xp.zeros(high - low + 1, dtype=bool)
        there[array - low] = True
        ids = (xp.flatnonzero(there).astype(array.dtype) + low).astype(kind)
        if len(ids) == len(there):
            return (array - low).astype("int64"), ids
        return (xp.cumsum(there) - 1)[array - low], ids
    if bool((array[1:] >= array[:-1]).all()):
        new = xp.ones(len(array), dtype=bool)
        new[1:] = array[1:] != array[:-1]
        return xp.cumsum(new) - 1, array[new].astype(kind)
    return None


def _one_type(values: Series, engine: Engine) -> None:
    if engine.name == "gpu" or values.dtype != object:
        return
    kind = pandas.api.types.infer_dtype(values, skipna=False)
    if not kind.startswith("mixed"):
        return
    types = values.map(type)
    row = int((types != types.iloc[0]).to_numpy().argmax())
    raise ValueError(
        f"column {values.name} mixes types: row 0 holds {spell(values.iloc[0])} and row {row} holds "
        f"{spell(values.iloc[row])}; make them one, as with votes[{values.name!r}].astype(str)"
    )


def _lookup(values: Series, known: Index, engine: Engine) -> Array:
    codes = places(known, values)
    bad = engine.xp.flatnonzero(codes < 0)
    if len(bad):
        row = int(bad[0])
        example = known[0] if len(known) else None
        raise ValueError(
            f"{values.name} {spell(values.iloc[row])} (row {row}) is none of the {len(known):,} known, "
            f"such as {spell(example)}; fit again with these votes, or give ids of the same type"
        )
    return codes


def places(known: Index, values: Ids) -> Array:
    """Where ids of one source are among those of another: a text is no number, and numbers match exactly.

    Parameters
    ----------
    known : Index, shape (k,)
        None is there twice.
    values : Series, Index or, on a CPU, sequence, shape (n,)
        Ids of any type.

    Returns
    -------
    array of int64, shape (n,)
        -1 where the id is not known.

    Examples
    --------
    >>> places(pandas.Index([5, 7]), ["7", "5"]).tolist(), places(pandas.Index([5, 7]), [7.0, 5.5]).tolist()
    ([-1, -1], [1, -1])
    """
    engine = engine_of(known)
    asked: Index = values if hasattr(values, "dtype") else engine.df.Index(values)
    kinds = [_kind(known), _kind(asked)]
    if engine.name == "gpu" and kinds[0] != kinds[1]:  # cuDF would take "07" for 7
        return engine.xp.full(len(asked), -1, dtype="int64")
    if kinds == ["number", "number"] and known.dtype != asked.dtype:
        return _exact_places(known, engine.xp.asarray(asked.values), engine)
    return engine.xp.asarray(known.get_indexer(asked), dtype="int64")


def together(parts: Sequence[Series]) -> Series:
    """Ids of several columns in one; libraries would make int64 and uint64 float64, exact to 2**53 only.

    Parameters
    ----------
    parts : sequence of Series
        At least one.

    Returns
    -------
    Series
        Numbered from 0.

    Raises
    ------
    ValueError
        Some whole numbers are negative and others are 2**63 or more.

    Examples
    --------
    >>> signs = pandas.Series([2**53 + 1]), pandas.Series([2**63], dtype="uint64")
    >>> together(signs).tolist() == [2**53 + 1, 2**63]
    True
    """
    engine = engine_of(parts[0])
    if {_kind(part) for part in parts} == {"number"} and {part.dtype.kind for part in parts} == {"i", "u"}:
        signs = {"i": False, "u": False}
        for part in parts:  # those of 2**63 or more are negative as int64
            signs[part.dtype.kind] |= bool((part.astype("int64") < 0).any())
        if all(signs.values()):
            raise ValueError(
                f"some of {parts[0].name} and {parts[-1].name} are negative and others 2**63 or more, which "
                "no whole numbers hold; make them texts, as with frame.astype(str)"
            )
        parts = [part.astype("uint64" if signs["u"] else "int64") for part in parts]
    return engine.df.concat(parts, ignore_index=True)


def _kind(held: Series | Index) -> str:
    """What ids must share to be compared."""
    dtype = getattr(getattr(held.dtype, "categories", None), "dtype", held.dtype)
    kind: str = getattr(dtype, "kind", "O")
    return "number" if kind in "iuf" and isinstance(dtype, numpy.dtype) else kind


def _exact_places(known: Index, values: Array, engine: Engine) -> Array:
    """`places` of numbers of another type: both libraries would compare as float64, exact to 2**53 only."""
    with numpy.errstate(invalid="ignore"):
        cast = values.astype(known.dtype)
        same = (cast.astype(values.dtype) == values) & ((cast < 0) == (values < 0))
    return engine.xp.where(same, engine.xp.asarray(known.get_indexer(cast), dtype="int64"), -1)


def by_task(task: Array, flat: Array, tasks: int) -> tuple[Array, Array]:
    """Votes in the order of tasks, and of the table within a task.

    Parameters
    ----------
    task : array of int64, shape (votes,)
        Code of each vote's task, from 0 to ``tasks - 1``.
    flat : array of int32 or int64, shape (votes,)
        Code of each vote's worker and label, see `etl.crowd.votes.Votes`.
    tasks : int
        How many tasks there are.

    Returns
    -------
    task, flat : arrays, shape (votes,)
        The same, sorted by task; ``task`` is int64, ``flat`` keeps its type.
    """
    engine = engine_of(task)
    if engine.name == "gpu" or len(task) >= 2**31:
        order = engine.xp.argsort(task, kind="stable")
        return task[order], flat[order]
    places = engine.xp.arange(len(task), dtype="int32")  # makes rows canonical, so that none are summed
    counted = engine.sparse.csr_matrix((flat, (task.astype("int32"), places)), shape=(tasks, len(task)))
    ends = tally(counted.indptr[1:-1], len(task))
    return engine.xp.cumsum(ends), counted.data


def tally(codes: Array, size: int, weights: Array | None = None) -> Array:
    """How often each code is there, or the sum of its weights: ``bincount``, which on a device would wait.

    Parameters
    ----------
    codes : array of int, shape (n,)
        From 0 to ``size - 1``.
    size : int
    weights : float array, shape (n,), optional

    Returns
    -------
    array of int64, or float64 where there are weights, shape (size,)

    Examples
    --------
    >>> import numpy
    >>> tally(numpy.array([0, 2, 2]), 4).tolist()
    [1, 0, 2, 0]
    """
    xp = array_namespace(codes)
    if engine_of(codes).name == "cpu":
        return xp.bincount(codes, weights=weights, minlength=size)
    if weights is None:
        out = xp.zeros(size, dtype="uint64")  # CuPy's atomics do not add int64
        xp.add.at(out, codes, xp.uint64(1))
        return out.astype("int64")
    out = xp.zeros(size)
    xp.add.at(out, codes, weights.astype("float64", copy=False))
    return out


def is_repeated(task: Array, worker: Array) -> Array:
    """Whether the worker of a vote has voted on its task before.

    Parameters
    ----------
    task, worker : arrays of int, shape (votes,)
        Codes; votes are sorted by task, and there is at least one.

    Returns
    -------
    array of bool, shape (votes,)
    """
    xp = array_namespace(task)
    out = xp.zeros(len(task), dtype=bool)
    most = int(tally(task, int(task[-1]) + 1).max())
    if most <= SHORT:
        for back in range(1, most):
            out[back:] |= (task[back:] == task[:-back]) & (worker[back:] == worker[:-back])
        return out
    key = task * (int(worker.max()) + 1) + worker
    by_key = xp.argsort(key, kind="stable")
    out[by_key[1:]] = key[by_key[1:]] == key[by_key[:-1]]
    return out


def gold(truth: Series | Frame, tasks: Index, labels: Index) -> Array:
    """Code of the known label of each task, or the known probabilities of its labels.

    Parameters
    ----------
    truth : Series of labels indexed by task, or DataFrame with columns task and label; or probabilities, a
        DataFrame indexed by task with a column a label
    tasks : Index, shape (tasks,)
        Ids of the tasks to look up; others of ``truth`` are passed over.
    labels : Index, shape (classes,)
        Ids of the labels, in the order of their codes.

    Returns
    -------
    array of int64, shape (tasks,); of probabilities float64, shape (tasks, classes)
        -1, or not a number, where the label is not known.

    Raises
    ------
    ValueError
        A task has two labels, a label is not one that was voted for, or tasks are of another type; or
        probabilities of a task do not sum to 1.
    """
    is_soft = hasattr(truth, "columns") and "label" not in truth.columns
    series = truth.set_index("task")["label"] if hasattr(truth, "columns") and not is_soft else truth
    if not series.index.is_unique:
        twice = series.index[series.index.duplicated()][0]
        raise ValueError(f"task {spell(twice)} has more than one true label; keep one")
    engine = engine_of(series)
    found = places(series.index, tasks)
    if not bool((found >= 0).any()) and len(series) and _kind(series.index) != _kind(tasks):
        raise ValueError(
            f"tasks of the truth, such as {spell(series.index[0])}, are of another type than those voted on, "
            f"such as {spell(tasks[0])}"
        )
    if is_soft:
        known = _shares(truth, labels, engine)
        return engine.xp.where((found >= 0)[:, None], known[found], float("nan"))
    codes, _ = factorize(series.rename("label"), labels)
    return engine.xp.where(found >= 0, codes[found], -1)


def _shares(truth: Frame, labels: Index, engine: Engine) -> Array:
    """Known probabilities in the order of the labels, float64; a label that has no column has none."""
    names = pyarrow.table({"label": pyarrow.array(truth.columns.to_numpy())})
    shares = engine.xp.zeros((len(truth), len(labels)))
    columns = _lookup(from_arrow(names, engine)["label"], labels, engine)
    shares[:, columns] = truth.to_numpy() if engine.name == "cpu" else truth.values
    wrong = (shares < 0).any(axis=1) | ~(abs(shares.sum(axis=1) - 1.0) < 1e-6)
    if bool(wrong.any()):
        row = int(wrong.argmax())
        raise ValueError(
            f"{int(wrong.sum()):,} rows of known probabilities are negative or do not sum to 1, the first of "
            f"task {spell(truth.index[row])}; divide each row by its sum"
        )
    return shares
