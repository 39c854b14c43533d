"""A frame of codes as a dense tensor, where it lies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Literal

from etl.engine import Engine, engine_of
from etl.engine.types import Array, Frame
from etl.handoff import column, numbers, to_host
from etl.ids import factorize, tally
from etl.machine import device_memory, show
from etl.tensors.axes import Axis, axis
from etl.tensors.modes import Kind

Duplicates = Literal["mean", "error"]
WORK = 8
"""Tensors of the same size that are held while one is worked on."""
LARGE = 1e100
"""Values beyond it are missing: their squares are infinite."""


@dataclass(frozen=True, eq=False)
class Dense:
    """A tensor of three and more modes, or a matrix.

    Attributes
    ----------
    values : float64 array, shape (n_1, ..., n_N)
        NaN where a cell is missing.
    axes : list of Axis
    counts : dict of str to int
        ``rows``; ``rows_without_value``; ``repeated_rows``, beyond the first of their cell.
    """

    values: Array
    axes: list[Axis]
    counts: dict[str, int]

    @property
    def seen(self) -> Array:
        """Cells that are not missing, bool, shape (n_1, ..., n_N)."""
        return self.values == self.values

    @property
    def shape(self) -> dict[str, int]:
        """Labels of each mode."""
        return {one.name: len(one) for one in self.axes}


def refuse_huge(sizes: Mapping[str, int], engine: Engine) -> None:
    """Refuse a tensor for which there is no memory, before any is asked for.

    Parameters
    ----------
    sizes : mapping of str to int
        Labels of each mode.
    engine : Engine

    Raises
    ------
    ValueError
        Names the modes, and the memory that they take.
    """
    cells, limit = prod(sizes.values()), device_memory(engine)
    if 8 * cells * WORK <= limit.bytes:
        return
    modes = " x ".join(f"{name} ({size:,})" for name, size in sizes.items())
    raise ValueError(
        f"{modes} have {cells:,} cells: {show(8 * cells)}, {show(8 * cells * WORK)} to work on it, "
        f"of which {show(limit.bytes)} are there ({limit.reason}); give --modes with fewer labels"
    )


def dense(frame: Frame, kinds: Mapping[str, Kind], value: str, duplicates: Duplicates = "mean") -> Dense:
    """A tensor of a frame with a row a cell.

    Parameters
    ----------
    frame : DataFrame
        A column of keys a mode, and numbers.
    kinds : mapping of str to {"id", "date", "clock"}
        Of the columns of modes, in order.
    value : str
        Column of float64; NaN or null is missing.
    duplicates : {"mean", "error"}
        What is done where a cell has several values.

    Raises
    ------
    ValueError
        There is no value, a cell has several where that is an error, or memory lacks.
    """
    engine = engine_of(frame)
    axes, codes = list[Axis](), list[Array]()
    for name, kind in kinds.items():
        code, keys = factorize(frame[name])
        one, order = axis(name, keys, kind)
        axes.append(one)
        codes.append(code if order is None else engine.xp.argsort(order)[code])
    refuse_huge({one.name: len(one) for one in axes}, engine)
    y = column(frame, value).astype("float64")
    there = engine.xp.abs(y) <= LARGE
    flat = places(codes, [len(one) for one in axes])[there]
    size = prod(len(one) for one in axes)
    count = tally(flat, size)
    mean = tally(flat, size, y[there]) / engine.xp.maximum(count, 1)
    values = engine.xp.where(count > 0, mean, float("nan")).reshape([len(one) for one in axes])
    known, repeated = (int(one) for one in numbers([count.sum(), engine.xp.maximum(count - 1, 0).sum()]))
    if not known:
        raise ValueError(f"no row has a value of {value}; fill in that column, or name another with --value")
    if repeated and duplicates == "error":
        _refuse_twice(axes, count.reshape(values.shape), repeated)
    counts = {"rows": len(frame), "rows_without_value": len(frame) - known, "repeated_rows": repeated}
    return Dense(values, axes, counts)


def places(codes: Sequence[Array], sizes: Sequence[int]) -> Array:
    """Places of cells in the flat tensor.

    Parameters
    ----------
    codes : sequence of int64 arrays, shape (n,)
        One a mode.
    sizes : sequence of int

    Examples
    --------
    >>> import numpy
    >>> places([numpy.array([1]), numpy.array([2])], [2, 3]).tolist()
    [5]
    """
    flat = codes[0]
    for code, size in zip(codes[1:], sizes[1:], strict=True):
        flat = flat * size + code
    return flat


def _refuse_twice(axes: Sequence[Axis], count: Array, repeated: int) -> None:
    place = int(count.ravel().argmax())
    words = list[str]()
    for one in reversed(axes):
        place, own = divmod(place, len(one))
        words.append(f"{one.name} {one.words()[own]}")
    raise ValueError(
        f"{repeated:,} rows repeat the cell of another, such as {', '.join(reversed(words))}, which has "
        f"{int(count.max()):,} values; leave one, or take their mean with --duplicates mean"
    )


def labels_with_values(found: Dense) -> tuple[Dense, list[list[str]]]:
    """The tensor without labels of which no cell has a value, and these by mode.

    Parameters
    ----------
    found : Dense
    """
    values, axes, gone = found.values, list[Axis](), list[list[str]]()
    seen, xp = found.seen, engine_of(found.values).xp
    for mode, one in enumerate(found.axes):
        there = seen.any(tuple(each for each in range(seen.ndim) if each != mode))
        lost = to_host(~there).nonzero()[0]
        gone.append([one.words()[place] for place in lost.tolist()] if len(lost) else [])
        if len(lost):
            values = xp.moveaxis(xp.moveaxis(values, mode, 0)[there], 0, mode)
            one = one.taken(xp.flatnonzero(there))
        axes.append(one)
    return Dense(values, axes, found.counts), gone
