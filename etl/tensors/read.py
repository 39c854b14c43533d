"""Files as tensors: a long table by the door for tables, or an array of NumPy."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.engine import Engine
from etl.files import numpy_arrays, reading
from etl.handoff import from_host
from etl.records import Choice, record
from etl.tables import dates, values
from etl.tables.form import Told
from etl.tables.npz import WRONG
from etl.tables.read import Column, joined, sources
from etl.tables.whole import Whole, whole
from etl.tensors.axes import of_places
from etl.tensors.dense import Dense, refuse_huge
from etl.tensors.modes import Cells, Kind, Mode, cells

WHAT = "cells of a tensor"
LOOKED_AT = 1000
"""Labels that are looked at for dates."""
ARRAYS = "numbers of two modes or more, as np.save or np.savez write them"


@dataclass(frozen=True)
class Long:
    """Rows of cells.

    Attributes
    ----------
    table : pyarrow Table
        A column of keys a mode, by its name, and ``value`` where one was asked for.
    kinds : dict of str to {"id", "date", "clock"}
        Of the modes, in order.
    """

    table: pa.Table
    kinds: dict[str, Kind] = field(default_factory=dict)


def long(
    path: Path,
    modes: Sequence[Mode],
    value: str | None,
    told: Told | None = None,
    form: str | None = None,
    known: Mapping[str, Kind] | None = None,
) -> Long:
    """The rows of a table, or of a folder of tables, that name a cell; others are set aside.

    Parameters
    ----------
    path : Path
    modes : sequence of Mode
    value : str, optional
        Column of numbers; a row without one names a cell that is missing.
    told : Told, optional
    form : str, optional
        Of dates, see `etl.tensors.modes.cells`.
    known : mapping of str to {"id", "date", "clock"}, optional
        What the labels of modes were before.

    Raises
    ------
    FileNotFoundError, ValueError
        See `etl.tables.read.batches`.
    """
    names = list(dict.fromkeys(mode.column for mode in modes))
    asked = [Column(name, "any") for name in names]
    asked += [Column(value, "number", needed=False)] if value else []
    files: list[Whole] = []
    for source, losses in sources(path, [one.name for one in asked], WHAT, told):
        if file := whole(source, asked, losses, "--modes and --value"):
            files.append(file)
    if not files:
        raise ValueError(f"{path} holds no row that names a cell; fill in {', '.join(names)}")
    found = of_table(joined([file.table for file in files]), modes, value, form, str(path), known)
    if known is None:
        tell_dates(found[0], modes, {name: one.kind for name, one in found[1].items()}, form, path)
    good = np.ones(len(found[0]), bool)
    starts = np.cumsum([0, *(len(file.lines) for file in files)])
    for mode, one in found[1].items():
        for file, (start, end) in zip(files, pairwise(starts), strict=True):
            own = np.flatnonzero(one.wrong[start:end] & good[start:end])
            if len(own):
                file.set_aside({int(row): (f"its {mode} is {one.why}", "") for row in own})
        good &= ~one.wrong
    return Long(found[0].filter(pa.array(good)), {mode: one.kind for mode, one in found[1].items()})


def tell_dates(
    table: pa.Table, modes: Sequence[Mode], kinds: Mapping[str, Kind], form: str | None, path: Path
) -> None:
    """Say which labels stay text and are dates by another form; refuse a form that reads no column.

    Parameters
    ----------
    table : pyarrow Table
        A column of keys a mode.
    modes : sequence of Mode
    kinds : mapping of str to {"id", "date", "clock"}
    form : str, optional
    path : Path

    Raises
    ------
    ValueError
        There is a form, and no column of dates in it.
    """
    if form and "date" not in kinds.values() and not any(mode.part for mode in modes):
        raise ValueError(
            f"--date-format {form} reads no column of {path} that --modes names; leave it out, or mend it"
        )
    for mode in modes:
        labels = values.flat(table[mode.name])
        if kinds[mode.name] != "id" or mode.part or not values.is_text(labels.type):
            continue
        first = labels.drop_null()[:LOOKED_AT]
        if len(first) and (likely := dates.likely(first, form)):
            told = f"{mode.name}: labels such as {first[0]} are names, in no order; if they are dates"
            record(Choice(reason=f"{told}, say how they are written, as in --date-format {likely}"))


def of_table(
    table: pa.Table,
    modes: Sequence[Mode],
    value: str | None,
    form: str | None,
    where: str,
    known: Mapping[str, Kind] | None = None,
) -> tuple[pa.Table, dict[str, Cells]]:
    """Keys and values of a table in memory, and what each mode's cells are.

    Parameters
    ----------
    table : pyarrow Table
    modes : sequence of Mode
    value : str, optional
    form : str, optional
    where : str
        For messages.
    known : mapping of str to {"id", "date", "clock"}, optional

    Raises
    ------
    ValueError
        A column is not there, or values are no numbers.
    """
    wanted = [*(mode.column for mode in modes), *([value] if value else [])]
    if lacking := [name for name in dict.fromkeys(wanted) if name not in table.column_names]:
        raise ValueError(
            f"{where} has no column {', '.join(lacking)}; it has {', '.join(table.column_names)}: name the "
            "columns of modes with --modes, and that of numbers with --value"
        )
    found = {
        mode.name: cells(
            table[mode.column],
            mode.part,
            form,
            f"{where}, column {mode.column}",
            (known or {}).get(mode.name),
        )
        for mode in modes
    }
    columns = {name: one.keys for name, one in found.items()}
    if value:
        columns["value"] = _numbers(table[value], f"{where}, column {value}")
    return pa.table(columns), found


def in_memory(
    table: pa.Table,
    modes: Sequence[Mode],
    value: str | None,
    form: str | None,
    known: Mapping[str, Kind] | None = None,
) -> pa.Table:
    """Keys and values of a table that comes from no file; what `long` sets aside is an error.

    Parameters
    ----------
    table : pyarrow Table
    modes : sequence of Mode
    value : str, optional
    form : str, optional
    known : mapping of str to {"id", "date", "clock"}, optional

    Raises
    ------
    ValueError
        See `of_table`; or a row has no label of a mode, or a wrong one.
    """
    found, read = of_table(table, modes, value, form, "the frame", known)
    for name, one in read.items():
        bad = one.wrong.astype(bool) | ~np.asarray(one.keys.is_valid(), bool)
        if bad.any():
            row = int(bad.argmax())
            why = one.why if one.wrong[row] else "missing"
            raise ValueError(f"the frame, row {row + 1}: its {name} is {why}; mend or drop it")
    return found


def _numbers(column: pa.ChunkedArray, where: str) -> pa.Array:
    flat = values.flat(column)
    if not (pa.types.is_floating(flat.type) or pa.types.is_integer(flat.type) or pa.types.is_null(flat.type)):
        raise ValueError(f"{where} holds {flat.type}; give numbers, and leave what is missing empty")
    flat = flat.cast(pa.float64(), safe=False)
    return pc.if_else(pc.is_finite(flat), flat, None)


def array(
    path: Path, engine: Engine, names: Sequence[str] = (), value: str = "tensor", usual: str = "tensor"
) -> Dense:
    """The tensor of an ``.npy`` or ``.npz`` file; NaN is missing, and so is what ``mask`` says is False.

    Parameters
    ----------
    path : Path
        Of an ``.npz``: the array ``value`` or, where that was not asked for, ``tensor``, or the first, which
        is told where there are more; and ``mask``, if it is there.
    engine : Engine
    names : sequence of str
        Of the modes; by default ``mode_0`` and so on.
    value : str
    usual : str
        ``value`` where none was asked for.

    Raises
    ------
    FileNotFoundError
    ValueError
        The file is damaged, lacks the array, or holds no real numbers of two modes or more, or infinite ones.
    """
    with reading(path, ARRAYS, *WRONG):
        held = numpy_arrays(path)
    mask = held.pop("mask", None)
    if not held:
        raise ValueError(f"{path} holds no array; give {ARRAYS}")
    found = held[_named(path, list(held), value, usual)]
    if found.dtype.kind not in "biuf" or found.ndim < 2 or not found.size:
        raise ValueError(f"{path} holds {found.dtype} of shape {found.shape}; give {ARRAYS}")
    names = list(names) or [f"mode_{place}" for place in range(found.ndim)]
    if len(names) != found.ndim:
        raise ValueError(f"{path} has {found.ndim} modes, and --modes names {len(names)}; name all, or none")
    refuse_huge(dict(zip(names, found.shape, strict=True)), engine)
    found = found.astype("float64")
    if mask is not None:
        found = _masked(found, mask, path)
    if np.isinf(found).any():
        raise ValueError(f"{path} holds infinite numbers, the first {_first(np.isinf(found))}; mend them")
    known = int((found == found).sum())
    if not known:
        raise ValueError(f"{path} holds NaN alone; give some numbers")
    counts = {"rows": math.prod(found.shape), "rows_without_value": found.size - known, "repeated_rows": 0}
    return Dense(from_host(found, engine), of_places(found.shape, names, engine), counts)


def _named(path: Path, there: list[str], value: str, usual: str) -> str:
    """Which array is meant, of those of a file."""
    if value in there or path.suffix == ".npy":
        return value if value in there else there[0]
    if value != usual:
        raise ValueError(
            f"{path} has no array {value}; it has {', '.join(there)}: name one of these with --value"
        )
    name = "tensor" if "tensor" in there else there[0]
    if len(there) > 1:
        others = ", ".join(each for each in there if each != name)
        record(
            Choice(reason=f"array: {name} of {path.name} is taken, and not {others}; --value names another")
        )
    return name


def _masked(found: np.ndarray, mask: np.ndarray, path: Path) -> np.ndarray:
    if mask.shape != found.shape or mask.dtype.kind not in "biu":
        raise ValueError(
            f"{path}: mask is {mask.dtype} of shape {mask.shape}, not bool of {found.shape}; True is seen"
        )
    return np.where(mask.astype(bool), found, np.nan)


def _first(wrong: np.ndarray) -> str:
    at = np.unravel_index(int(wrong.argmax()), wrong.shape)
    return f"at ({', '.join(str(int(place)) for place in at)})"
